"""``leadgym risk``: from incidents to the expected loss per quarter, and a page to send."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from leadgym.cli_tools import Wrap, deliver, out_option

DAY = click.DateTime(["%Y-%m-%d"])


def add_to(main: click.Group, sentences: Wrap) -> None:
    """Make ``risk`` a command of ``main``; ``sentences`` keeps tracebacks from people."""
    command = click.argument("file", required=False, metavar="[FILE.csv]", type=click.Path(path_type=Path))(
        _options(out_option(sentences(risk)))
    )
    main.command("risk")(command)


def _options(command: Callable[..., Any]) -> Callable[..., Any]:
    options = (
        click.option("--sample", is_flag=True, help="Read a year of invented incidents instead of a file."),
        click.option(
            "--per-hour", type=click.FloatRange(min=0), help="What an hour costs, where the file does not say."
        ),
        click.option("--system", help="Only the rows of this system, as it is called in the file."),
        click.option(
            "--from", "first", type=DAY, help="First day to look at. Default: the first row's quarter begins."
        ),
        click.option(
            "--to", "last", type=DAY, help="Last day to look at. Default: the last row's quarter ends, at most today."
        ),
        click.option("--reader", default="", help="Whom the page is for."),
        click.option("--currency", default="€", show_default=True, help="The sign before sums; nothing is converted."),
    )
    for option in reversed(options):
        command = option(command)
    return command


def risk(
    file: Path | None,
    sample: bool,
    per_hour: float | None,
    system: str | None,
    first: datetime | None,
    last: datetime | None,
    reader: str,
    currency: str,
    out: Path | None,
) -> None:
    """What the incidents of a system cost per quarter, how sure that is, and a page to send to who pays for them.

    FILE is a CSV export of your tracker or pager, one row for each incident: in Jira, ServiceNow, PagerDuty or a
    spreadsheet, export the incident list as CSV. Columns, by these names or by what such exports call them:

    \b
    date          2026-07-09, 9 July 2026, 09.07.2026; a time may follow
    minutes       for which somebody outside felt it (or seconds, or an end: then from begin to end)
    cost          of the incident; or
    per hour      what an hour costs; or say --per-hour for all of them
    note          duplicates and drills are left out by it; may be missing
    system        may be missing

    Nothing leaves this machine. Give the whole window with --from and --to if it began or ended quietly: a log that
    begins with its first incident makes the rate too high.

    \b
    Example:  leadgym risk incidents.csv --per-hour 96000 --system "card payments" --out risk.html
              leadgym risk --sample
    """
    from leadgym.tools.risk import Ask, from_csv, page
    from leadgym.tools.risk.sample import sample_csv_log

    if sample == (file is not None):
        raise click.UsageError("Give a FILE, or --sample to see what it makes of invented incidents.")
    window = (first.date() if first else None, last.date() if last else None)
    log = sample_csv_log(system, window) if file is None else from_csv(file, per_hour, system, window, date.today())
    deliver(page(log, Ask(system=system or "", reader=reader), currency), out)
