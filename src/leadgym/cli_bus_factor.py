"""``leadgym bus-factor``: how many people may leave a repository, and what to hand over if one does."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import click

from leadgym.cli_tools import Wrap, deliver, out_option


def add_to(main: click.Group, sentences: Wrap) -> None:
    """Make ``bus-factor`` a command of ``main``; ``sentences`` keeps tracebacks from people."""
    command: Any = sentences(bus_factor)
    for option in (
        out_option,
        click.option("--sample", is_flag=True, help="Show the page for an invented repository."),
        click.option("--every-file", is_flag=True, help="Count prose, data and configuration too, not only code."),
        click.option(
            "--leaver", metavar="NAME", help="Whose leaving it is about. Default: the largest author who still commits."
        ),
        click.option("--subdir", metavar="DIR", help="Only the files below this folder (from the repository's top)."),
        click.option(
            "--as-of", "as_of", metavar="DAY", help="As it stood at the end of that day, as in 2026-12-31 (UTC)."
        ),
    ):
        command = option(command)
    path = click.argument("path", required=False, metavar="[PATH]", type=click.Path(path_type=Path))
    main.command("bus-factor")(path(command))


def bus_factor(
    path: Path | None,
    as_of: str | None,
    subdir: str | None,
    leaver: str | None,
    every_file: bool,
    sample: bool,
    out: Path | None,
) -> None:
    """How many people may leave a repository before more than half of its files have no author.

    PATH is a clone with its whole history (not --depth 1), or a folder in one. Nothing needs exporting: git's own
    history is read, on this machine, and nothing leaves it. A history of 50,000 commits takes seconds to minutes.

    The page says the truck factor and who is in it, which folder is known by whom, and what has no author left if
    one person goes, with who stands nearest.

    \b
    Example:  leadgym bus-factor . --out handover.html
              leadgym bus-factor ~/src/shop --subdir payments --leaver sara
              leadgym bus-factor --sample
    """
    from leadgym.tools.busfactor.history import read_history
    from leadgym.tools.busfactor.page import report

    if sample == (path is not None):
        raise click.UsageError("Give the folder of a git repository, as in: leadgym bus-factor . (or --sample).")
    if path is None:
        from leadgym.tools.busfactor.sample import history

        deliver(report(history(), leaver), out)
        return
    try:
        day = dt.date.fromisoformat(as_of) if as_of else None
    except ValueError as error:
        raise click.UsageError(f"--as-of: '{as_of}' is no day. Write it as in 2026-12-31.") from error
    deliver(report(read_history(path, day, subdir, every_file), leaver), out)
