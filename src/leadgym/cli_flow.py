"""``leadgym flow``: a tracker's export as one page about waiting, work in progress and age."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from leadgym.cli_tools import deliver, out_option


def add_to(main: click.Group, sentences: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
    """Make ``flow`` a command of ``main``; ``sentences`` keeps tracebacks from people."""
    main.command("flow")(
        click.argument("file", required=False, metavar="FILE.csv", type=click.Path(path_type=Path, dir_okay=False))(
            _options(out_option(sentences(flow)))
        )
    )


def _pairs(_context: click.Context, parameter: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for one in given:
        name, sign, value = one.partition("=")
        if not sign or not name.strip() or not value.strip():
            raise click.BadParameter(f"'{one}' needs an equals sign: {parameter.metavar}.")
        found[name.strip()] = value.strip()
    return found


def _options(command: Callable[..., Any]) -> Callable[..., Any]:
    options = (
        click.option("--sample", is_flag=True, help="Show what it makes of an invented board; needs no file."),
        click.option(
            "--dates", type=click.Choice(["day-first", "month-first"]), help="Which comes first in 03/11/2026."
        ),
        click.option("--zone", metavar="ZONE", help="Time zone of times that name none, such as Europe/Berlin."),
        click.option(
            "--column", "columns", multiple=True, callback=_pairs, metavar="NAME=HEADING",
            help="Which column is key, title, created, started, finished, cancelled, status, blocked, reopened; in a "
            "history also at, to, category, reason. Can be given again.",
        ),
        click.option(
            "--status", "statuses", multiple=True, callback=_pairs, metavar="STATUS=KIND",
            help="What a status of yours means: waiting, doing, blocked, done or cancelled. Can be given again.",
        ),
        click.option("--on", metavar="DATE", help="The day it is said for. Default: the last one in the file."),
    )  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


def flow(
    file: Path | None,
    sample: bool,
    dates: str | None,
    zone: str | None,
    columns: dict[str, str],
    statuses: dict[str, str],
    on: str | None,
    out: Path | None,
) -> None:
    """How long your tickets waited, and for what; how much is in progress, and how old it is.

    FILE.csv is an export of your board, read here and sent nowhere. Two forms work:

    \b
    one row a ticket   a key, and when it was created, started and finished, as far
                       as your tracker says. Jira: Issues, Export CSV. Linear:
                       Settings, Export. GitHub: below. What stood blocked is only
                       in it if you keep a column 'blocked', with cells such as
                       2026-11-03..2026-11-05 bank; 2026-11-09.. legal
    one row a change   a key, the moment, the status it went to, and, if you have
                       it, what it waits for (Jira: an export of the changelog).
                       Says what stood blocked if 'blocked' is one of the statuses.

    \b
    Example:  leadgym flow --sample
              leadgym flow board.csv --out flow.html
              leadgym flow board.csv --column started="In Dev"
              leadgym flow history.csv --status "Ready for QA=doing"

    \b
    GitHub as CSV, in one line (gh knows no starts, only created and closed):
      gh issue list --state all --limit 1000 --json number,title,createdAt,closedAt
        --jq '["number","title","createdAt","closedAt"],
        (.[] | [.number,.title,.createdAt,.closedAt]) | @csv' > board.csv
    """
    from leadgym.tools.flow import flow as page

    if (file is None) != sample:
        raise click.UsageError("Give one of the two: a FILE.csv, or --sample.")
    given: dict[str, Any] = {"dates": dates, "zone": zone, "columns": columns, "statuses": statuses, "on": on}
    deliver(page(file, **given), out)
