"""``leadgym race``: the policies of a room on one page."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click


def add_to(main: click.Group, sentences: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
    """Make ``race`` a command of ``main``; ``sentences`` keeps tracebacks from people."""
    main.command("race")(
        click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path))(
            _options(sentences(race))
        )
    )


def _options(command: Callable[..., Any]) -> Callable[..., Any]:
    options = (
        click.option("--seeds", type=click.IntRange(2, 200), default=30, show_default=True, help="How many quarters."),
        click.option("--weeks", type=click.IntRange(4, 26), default=13, show_default=True, help="Weeks of each."),
        click.option(
            "--away",
            type=click.IntRange(1, 26),
            default=6,
            show_default=True,
            help="The week from which the lead is away for four, for the absence loss.",
        ),
        click.option("--html", "page", type=click.Path(path_type=Path), help="Also write one page for a projector."),
        click.option("--trust-submissions", is_flag=True, help="Run them unprotected where no jail is possible."),
    )
    for option in reversed(options):
        command = option(command)
    return command


def race(
    files: tuple[Path, ...], seeds: int, weeks: int, away: int, page: Path | None, trust_submissions: bool
) -> None:
    """Race policies on the same luck, beside the reference policies.

    A FILE is a .py with assign(team), or with a dict called policy, or a notebook that has one. pair, calendar,
    wip_limit and review_order count where they are there. Files are run in a bubblewrap jail. Exit code 1 when one
    could not be raced; the others are raced all the same.

    \b
    Example:  leadgym race mine.py yours.ipynb --html race.html
    """
    from leadgym.cohort.jail.execute import NoJail
    from leadgym.cohort.race import RaceFileProblem, names, play_file
    from leadgym.widgets import race_page as shown

    if away > weeks:
        raise click.UsageError(f"--away is week {away} of {weeks}. Give an earlier one.")
    luck = range(1, seeds + 1)
    racers, notes, out = [], [], 0
    for path, name in zip(files, names(files), strict=True):
        click.echo(f"{shown.printable(name)} ...", err=True)
        try:
            if not path.is_file():
                raise RaceFileProblem(f"{path}: is not there. Check the path.")
            here, gone = play_file(path, luck, weeks, away, trust_submissions)
        except NoJail as problem:
            raise click.ClickException(str(problem)) from problem
        except RaceFileProblem as problem:
            notes.append(f"Not raced: {problem}")
            out += 1
            continue
        racers.append(shown.Racer(name, here, gone))
        notes += [f"{name}: {problem}" for problem in here.problems]
    for note in notes:
        click.echo(shown.printable(note), err=True)
    if not racers:
        raise click.ClickException("Nobody is left to race. Mend a file above, and run this again.")
    racers += shown.references(luck, weeks, away)
    click.echo("\n".join([f"{shown.takeaway(racers)}.", "", *shown.lines(racers), "", shown.conditions(racers, away)]))
    if page:
        page.write_text(shown.page(racers, away, notes), encoding="utf-8")
        click.echo(f"Page: {page.absolute().as_uri()}")
    if out:
        raise click.exceptions.Exit(1)
