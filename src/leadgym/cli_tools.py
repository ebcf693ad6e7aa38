"""The commands on one's own data. Each reads a file, prints its report, and writes it where it is told to."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from leadgym.tools.report import Report, write_report

Wrap = Callable[[Callable[..., Any]], Callable[..., Any]]


def out_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """``--out FILE``: the option every tool has."""
    return click.option(
        "--out",
        type=click.Path(path_type=Path, dir_okay=False),
        help="Also write the page: .html with its pictures in it, or .md with them beside it.",
    )(command)


def deliver(report: Report, out: Path | None) -> None:
    """Print ``report``; with ``out`` also write it, and say where it lies."""
    click.echo(report.text(), nl=False)
    if out is not None:
        for path in write_report(report, out):
            click.echo(f"Page: {path.absolute().as_uri()}")
