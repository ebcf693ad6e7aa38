"""``leadgym cohort export``: grades as CSV, for yourself, for Canvas, for Moodle."""

from __future__ import annotations

from pathlib import Path

import click

from leadgym.cli_root import in_words, marked_road, module_of, root_option


def add_to(cohort: click.Group) -> None:
    """Hang the command onto ``cohort``."""
    cohort.add_command(export)


@click.command()
@click.argument("slugs", nargs=-1, metavar="[SLUG]...")
@click.option("--to", "form", type=click.Choice(["csv", "canvas", "moodle"]), required=True, help="For whom.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="The file to write.")
@root_option
@click.option(
    "--id",
    "by",
    metavar="WHICH",
    help="By what learners are found. canvas: id (usual), sis, login; moodle: email (usual), idnumber, username.",
)
@click.option(
    "--column", "names", multiple=True, metavar="SLUG=NAME", help="What a column is called. As often as needed."
)
@click.option("--provisional", is_flag=True, help="Write what stands so far where a part waits for a person.")
def export(
    slugs: tuple[str, ...],
    form: str,
    out: Path,
    root: Path | None,
    by: str | None,
    names: tuple[str, ...],
    provisional: bool,
) -> None:
    """Write the grades of all marked modules, or of each SLUG, into a CSV file.

    \b
    csv     a line for each learner and module, with the columns of nbgrader export
            and section, lms_user_id, waiting; for spreadsheets and scripts
    canvas  what Canvas imports: Grades, Import
    moodle  what Moodle imports: Grades, Import, CSV file

    Points are after late penalties. Nothing handed in is a blank, not a 0. What waits for a person is a blank for
    Canvas and Moodle, unless you say --provisional. Both take a blank for "no grade", also where they have one.

    Learners come from roster.csv. For Canvas its lms_user_id is the number of the Canvas user (--id id) or the SIS
    User ID (--id sis), or its id is the login (--id login); Moodle finds them by email, by lms_user_id as the ID number
    (--id idnumber), or by id as the username. A column is called as the module is; call it as the assignment is called
    over there with --column.

    \b
    Example:  leadgym cohort export --to csv --out grades.csv
              leadgym cohort export --to canvas --out canvas.csv 02 --column 02="Delegation (4711)"
              leadgym cohort export --to moodle --out moodle.csv --id username
    """
    from leadgym.cohort.exports.forms import IDS, written_as
    from leadgym.cohort.exports.gather import gather
    from leadgym.keptfile import write_whole

    allowed = IDS.get(form, ())
    if by is not None and by not in allowed:
        there = f"has to be one of {', '.join(allowed)}." if allowed else "goes with --to canvas and --to moodle."
        raise click.BadParameter(there, param_hint="--id")
    if not out.absolute().parent.is_dir():
        raise click.ClickException(f"{out.parent} is no folder. Make it, or name another place.")
    with in_words():
        road = marked_road(root)
        wanted = [module_of(road.root, slug) for slug in slugs] or None
        grades = gather(road, wanted, dict(_named(road.root, name) for name in names))
        text = written_as(grades, form, by or (allowed[0] if allowed else ""), provisional=provisional)
    write_whole(out, text)
    for notice in grades.notices:
        click.echo(notice, err=True)
    rows = text.count("\n") - (2 if form == "canvas" else 1)
    columns = ", ".join(f"{column.name} (of {column.out_of:g})" for column in grades.columns)
    click.echo(f"{out}: {rows} line{'s' * (rows != 1)}. {columns}.")


def _named(root: Path, text: str) -> tuple[str, str]:
    slug, _, name = text.partition("=")
    if not name.strip():
        raise click.BadParameter(f"'{text}' has no name. Write it as 02_delegation=Delegation", param_hint="--column")
    return module_of(root, slug.strip()), name
