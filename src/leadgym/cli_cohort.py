"""The ``leadgym cohort`` commands: a course root of its own, where it stands, and how a person is removed from it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

import click

from leadgym.cli_root import in_words, root_option


def add_to(main: click.Group, sentences: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
    """Hang the group under ``main``; ``sentences`` turns known problems into sentences.

    Commands that other files hang onto ``cohort`` have to be there by then.
    """
    for command in cohort.commands.values():
        command.callback = sentences(command.callback or command)
    main.add_command(cohort)


@click.group()
def cohort() -> None:
    """Run the course for a group: make it, see what is to be done today, remove a person.

    \b
    Example:  leadgym cohort status
    """


def _modules(_context: click.Context, _parameter: click.Parameter, given: str) -> list[str]:
    from leadgym.course.modules import find_slug, slugs

    names = [name.strip() for name in given.split(",") if name.strip()]
    try:
        return [find_slug(name) for name in names] if names else slugs()
    except KeyError as error:
        raise click.BadParameter(str(error.args[0])) from error


def _hour(_context: click.Context, _parameter: click.Parameter, given: str) -> time:
    try:
        return datetime.strptime(given, "%H:%M").time()
    except ValueError as error:
        raise click.BadParameter(f"'{given}' is no time of day. Write it as 09:00.") from error


@cohort.command("new")
@click.argument("name")
@click.option("--begins", type=click.DateTime(["%Y-%m-%d"]), required=True, help="The day of the first release.")
@click.option("--roster", type=click.Path(path_type=Path), required=True, help="CSV of the people; id has to be there.")
@click.option("--timezone", default="UTC", show_default=True, help="In which all times are meant, as Europe/Berlin.")
@click.option("--modules", default="", callback=_modules, help="Those to teach, in order: 00,02,05. Default: all.")
@click.option("--weeks", type=click.IntRange(1, 104), help="Spread over so many weeks. Default: a module a week.")
@click.option("--hour", default="09:00", show_default=True, callback=_hour, help="Of releases and due dates.")
@click.option("--days", type=click.IntRange(1, 365), default=7, show_default=True, help="From release to due date.")
@click.option("--late", type=click.FloatRange(0, 100), default=0.0, help="Per cent off for each day late. Default: 0.")
@click.option("--late-at-most", type=click.FloatRange(0, 100), default=100.0, help="Never more per cent than this.")
@click.option("--grace-hours", type=click.FloatRange(0, 336), default=0.0, help="So many hours late cost nothing.")
@click.option("--keep-days", type=click.IntRange(1, 3650), default=180, show_default=True, help="Keep work so long.")
@click.option("--title", default="", help="What it is called on pages. Default: Leadgym, NAME.")
@click.option("--exchange", type=click.Path(path_type=Path), help="nbgrader's exchange, where learners fetch from it.")
@click.option("--at", type=click.Path(path_type=Path), help="The folder to make. Default: ./NAME")
def new(name: str, roster: Path, at: Path | None, **given: Any) -> None:
    """Make a cohort: a folder of its own with schedule, roster and nbgrader's settings.

    NAME is the course id. The roster is a CSV export with the columns id, first_name, last_name, email, lms_user_id
    and section, of which only id has to be there. Nothing is made when anything is wrong, and nothing is overwritten.

    \b
    Example:  leadgym cohort new spring27 --begins 2027-01-11 --roster people.csv --timezone Europe/Berlin
              leadgym cohort new autumn27 --begins 2027-09-06 --roster people.csv --weeks 6 --late 10 --grace-hours 12
    """
    from leadgym.cohort.begin import Wanted, begin
    from leadgym.cohort.course import Late

    root = (at or Path(name)).expanduser().absolute()
    modules, weeks = given["modules"], given["weeks"]
    late = Late(grace_hours=given["grace_hours"], per_day=given["late"], at_most=given["late_at_most"])
    exchange = given["exchange"]
    wanted = Wanted(
        name,
        given["title"] or f"Leadgym, {name}",
        given["begins"].date(),
        modules,
        weeks or len(modules),
        given["timezone"],
        given["hour"],
        given["days"],
        late,
        given["keep_days"],
        exchange.expanduser().absolute() if exchange else None,
    )
    course, learners = begin(root, wanted, roster)
    first, last = course.modules[0], course.modules[-1]
    click.echo(f"Made {root}: {len(learners)} learners, {len(course.modules)} modules.")
    click.echo(
        f"First release {first.release:%A %d %B %Y, %H:%M}, last due date {last.due:%A %d %B %Y, %H:%M} "
        f"({course.timezone})."
    )
    click.echo("Look at cohort.yaml there, and change what you like. Then:")
    click.echo(f"  cd {root}")
    click.echo("  leadgym cohort status")


@cohort.command("status")
@click.argument("module", required=False)
@click.option("--json", "as_json", is_flag=True, help="All of it as one line of JSON.")
@root_option
def status(module: str | None, as_json: bool, root: Path | None) -> None:
    """Say what is to be done today, and what is released, handed in, late, marked and returned.

    New people in roster.csv and moved dates in cohort.yaml are taken over into the gradebook. With MODULE: everybody's
    work for that module. Stuck is who handed in nothing for the two modules that were due last, or something that
    cannot be marked.

    \b
    Example:  leadgym cohort status
              leadgym cohort status 02
    """
    from leadgym.cohort.course import find_root
    from leadgym.cohort.standing import look
    from leadgym.cohort.standing_said import as_data, of_module, overview

    with in_words():
        standing = look(find_root(root), datetime.now(UTC))
    if module is not None:
        slug = _of_course(module, [step.module for step in standing.course.modules])
        click.echo(json.dumps(as_data(standing, slug), ensure_ascii=False) if as_json else of_module(standing, slug))
    else:
        click.echo(json.dumps(as_data(standing), ensure_ascii=False) if as_json else overview(standing, Path.cwd()))


def _of_course(name: str, slugs: list[str]) -> str:
    from leadgym.course.modules import find_among

    found = find_among(name, slugs)
    if found is None:
        raise click.UsageError(f"This cohort has no module '{name}'. It has: {', '.join(slugs)}.")
    return found


@cohort.command("returned")
@click.argument("module")
@root_option
def returned(module: str, root: Path | None) -> None:
    """Note that you have handed MODULE's feedback back by other ways than the exchange: by mail, in an LMS.

    leadgym cohort status cannot see that by itself. Pages that are made after this are to be handed back anew.

    \b
    Example:  leadgym cohort returned 02
    """
    from leadgym.cohort.course import find_root, load_course
    from leadgym.cohort.standing import note_returned

    place = find_root(root)
    slug = _of_course(module, [step.module for step in load_course(place).modules])
    note_returned(place, slug)
    click.echo(f"{slug}: the feedback pages that are there now count as handed back.")


@cohort.command("forget")
@click.argument("learner", required=False)
@click.option("--all", "everybody", is_flag=True, help="Everybody, when the term for keeping people's work is over.")
@click.option("--yes", is_flag=True, help="Remove it without asking.")
@root_option
def forget(learner: str | None, everybody: bool, yes: bool, root: Path | None) -> None:
    """Remove a person from everything: roster, gradebook, work, marks, pages, logs, exchange.

    Shows first what it removes, and asks. May be stopped at any moment: the same command does the rest. At the end it
    searches the course root for the person's id, e-mail address and name, and says what it finds; exit code 1 then.

    \b
    Example:  leadgym cohort forget ada
              leadgym cohort forget --all
    """
    from leadgym.cohort.course import find_root
    from leadgym.cohort.forget import Place, everyone, find_person, forget_them
    from leadgym.cohort.forget_said import beyond_reach, nothing, to_remove, what_is_left

    if (learner is None) != everybody:
        raise click.UsageError("Name one LEARNER, or say --all.")
    with in_words():
        place = Place.of(find_root(root))
        found = [find_person(place, name) for name in (everyone(place) if learner is None else [learner])]
        found = [one for one in found if one.anything]
        if not found:
            raise click.ClickException(nothing(place, learner))
        click.echo(to_remove(place, found))
        if not yes:
            click.confirm("Remove all of this? There is no way back", abort=True)
        left = forget_them(place, found)
    click.echo(what_is_left(place, left, found))
    click.echo(beyond_reach(place))
    sys.exit(1 if left.anything else 0)
