"""``leadgym forecast``: when will it be done, from the weeks a team has behind it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from leadgym.cli_tools import deliver, out_option


def add_to(main: click.Group, sentences: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
    """Make ``forecast`` a command of ``main``; ``sentences`` keeps tracebacks from people."""
    main.command("forecast")(
        click.argument("file", required=False, metavar="FILE.csv", type=click.Path(path_type=Path))(
            _options(out_option(sentences(forecast)))
        )
    )


def _options(command: Callable[..., Any]) -> Callable[..., Any]:
    options = (
        click.option(
            "--items", type=int, metavar="N", help="How many are left. Default: the rows without a finish day."
        ),
        click.option("--by", metavar="DATE", help="A day, as 2026-11-20: how likely, and how many by then."),
        click.option(
            "--added", type=float, default=0.0, metavar="N", help="Items found a week on the way, on average."
        ),
        click.option(
            "--weeks", type=int, metavar="N", help="Draw only from the last N weeks. Default: all, at most 52."
        ),
        click.option("--start", metavar="DATE", help="The first Monday of work. Default: that after the export."),
        click.option("--as-of", metavar="DATE", help="The day of the export. Default: that of the last finished item."),
        click.option("--since", metavar="DATE", help="Leave out what was finished before."),
        click.option(
            "--column",
            metavar="NAME",
            help="The column with the finish day, or with a week's count.",
        ),
        click.option("--dates", type=click.Choice(["day-first", "month-first"]), help="What 3/4/2026 is."),
        click.option("--zone", metavar="NAME", help="Where times with an offset belong, as Europe/Copenhagen."),
        click.option("--runs", type=int, default=10_000, show_default=True, metavar="N", help="How often it is drawn."),
        click.option("--seed", type=int, default=1, show_default=True, metavar="N", help="Another seed, other luck."),
        click.option("--sample", is_flag=True, help="Use the sample data instead of a file."),
    )
    for option in reversed(options):
        command = option(command)
    return command


def forecast(file: Path | None, out: Path | None, sample: bool, **options: Any) -> None:
    """When will it be done? Chances (P50, P85, P95) from the weeks behind you, tried on your own past.

    FILE.csv is what your tracker exports: one row an item with the day it was finished (Jira: Resolved; GitHub, GitLab:
    closed at; Azure DevOps: Closed Date; Linear, Asana: Completed), empty where it is open. Or two columns, week and
    items. Export half a year or more. Nothing leaves this machine.

    Draws whole past weeks again, weeks with nothing included, until the list is done, 10,000 times over. It assumes
    that the coming weeks are like those and that nothing is added, unless --added says so.

    \b
    Example:  leadgym forecast --sample
              leadgym forecast tracker.csv --items 34 --by 2026-11-20
              leadgym forecast tracker.csv --items 34 --added 0.5 --weeks 16 --out forecast.html
    """
    from leadgym.tools.forecast.run import made

    if sample == (file is not None):
        raise click.UsageError("Name a FILE.csv, or say --sample." if file is None else "Either a file or --sample.")
    deliver(made(file, **options), out)
