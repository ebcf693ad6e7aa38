"""``leadgym audit``: what is left of a week between meetings."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import click

from leadgym.cli_tools import deliver, out_option

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def add_to(main: click.Group, sentences: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
    """Make ``audit`` a command of ``main``; ``sentences`` keeps tracebacks from people."""
    main.command("audit")(
        click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))(
            _options(out_option(sentences(audit)))
        )
    )


def _options(command: Callable[..., Any]) -> Callable[..., Any]:
    options = (
        click.option("--sample", is_flag=True, help="Run on an invented calendar, without a file of yours."),
        click.option(
            "--weeks", type=click.IntRange(1, 53), default=4, show_default=True, help="How many whole weeks."
        ),
        click.option(
            "--from", "start", metavar="DATE", callback=_date, help="A day in the first week, as in 2026-06-08. "
            "Without it: the last whole weeks before today, or before the file's last meeting.",
        ),
        click.option("--hours", default="09:00-17:00", show_default=True, callback=_hours, help="Your working hours."),
        click.option("--days", default="mon-fri", show_default=True, callback=_days, help="As in mon-thu or mon,fri."),
        click.option(
            "--least", type=click.IntRange(15, 480), default=120, show_default=True,
            help="Minutes from which a free stretch counts as a block.",
        ),
        click.option("--zone", default="", help="Time zone, as in Europe/Berlin. Without it: the calendar's own."),
        click.option("--me", default="", metavar="MAIL", help="Your address, so that what you declined is left out."),
        click.option(
            "--labels", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
            help="A CSV of titles, kinds and sides (making, leading, neither). If it is not there yet, it is written "
            "with your titles, for you to fill in.",
        ),
        click.option(
            "--proposed", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
            help="The same calendar as you would have it: shows before and after.",
        ),
    )  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


def _date(_context: click.Context, _parameter: click.Parameter, text: str | None) -> date | None:
    try:
        found = date.fromisoformat(text) if text else None
    except ValueError:
        raise click.BadParameter("is no date; write it as in 2026-06-08.") from None
    if found and not 1971 <= found.year <= 2200:
        raise click.BadParameter("is too far away; take a year from 1971 to 2200.")
    return found


def _hours(_context: click.Context, _parameter: click.Parameter, text: str) -> tuple[int, int]:
    found = re.fullmatch(r"\s*(\d{1,2})[:.](\d\d)\s*[-–]\s*(\d{1,2})[:.](\d\d)\s*", text)
    opens, closes = (int(found[1]) * 60 + int(found[2]), int(found[3]) * 60 + int(found[4])) if found else (0, 0)
    if not found or not 0 <= opens < closes <= 1440 or int(found[2]) > 59 or int(found[4]) > 59:
        raise click.BadParameter("write two times of a day, the earlier one first, as in 09:00-17:30.")
    return opens, closes


def _days(_context: click.Context, _parameter: click.Parameter, text: str) -> tuple[int, ...]:
    found: set[int] = set()
    for part in text.lower().replace(" ", "").split(","):
        ends = part.split("-")
        if len(ends) > 2 or any(end not in DAYS for end in ends):
            raise click.BadParameter(f"write days as in mon-fri or mon,wed; the names are {', '.join(DAYS)}.")
        first, last = DAYS.index(ends[0]), DAYS.index(ends[-1])
        if first > last:
            raise click.BadParameter(f"'{part}' goes backwards; a week begins on mon here.")
        found.update(range(first, last + 1))
    return tuple(sorted(found))


def audit(
    file: Path | None,
    sample: bool,
    weeks: int,
    start: date | None,
    hours: tuple[int, int],
    days: tuple[int, ...],
    least: int,
    zone: str,
    me: str,
    labels: Path | None,
    proposed: Path | None,
    out: Path | None,
) -> None:
    """What is left of your week between meetings: stretches of two hours and more, and what breaks them.

    FILE is your calendar as .ics, and it stays on this machine. Where it comes from:

    \b
    Google    calendar.google.com, Settings, Import & export, Export; unpack the zip, take the .ics with your name
    Outlook   File, Save Calendar, "More options": whole calendar, "Limited details" or more
              (outlook.com: Settings, Shared calendars, Publish a calendar, download the ICS link)
    Apple     Calendar, select the calendar on the left, File, Export, Export

    \b
    Example:  leadgym audit calendar.ics --hours 09:00-17:30 --labels labels.csv --out week.html
              leadgym audit --sample
    """
    from leadgym.tools import audit as tool
    from leadgym.tools.audit.labels import write_labels

    if bool(file) == sample:
        raise click.UsageError("Give one FILE, or --sample to try it without one.")
    opens, closes = hours
    if least > closes - opens:
        raise click.UsageError(f"--least is {least} minutes and your working day {closes - opens}. Give less.")
    said = tool.Hours(opens, closes, days, least)
    if file and labels and not labels.exists():
        entries, _, _ = tool.entries_of(file, weeks=weeks, start=start, hours=said, zone=zone, me=me)
        rows = write_labels(entries, labels)
        click.echo(f"{labels}: written, {rows} titles. Fill in the column 'side', and run this again.\n", err=True)
    page = tool.audit(
        file or "", weeks=weeks, start=start, hours=said, zone=zone, me=me, labels=labels if file else None,
        proposed=proposed,
    )  # fmt: skip
    deliver(page, out)
