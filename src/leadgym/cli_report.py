"""``leadgym report``: a cohort's report for the instructor, and a page for each learner."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from leadgym.cli_tools import Wrap

Named = Callable[[str], str]


def add_to(main: click.Group, sentences: Wrap, module: Named) -> None:
    """Make ``report`` a command of ``main``. ``module``: the slug meant by a name or a number."""

    def report(slugs: tuple[str, ...], root: Path | None, out: Path) -> None:
        """Write the cohort's report as pages into --out FOLDER; of the modules SLUG alone where some are given.

        index.html says who needs a word and why, what waits for you, marks by module, criterion and competency,
        how sure and how right people were, and which items to keep, look at or drop. There is a page per module, and
        learners/ID.html is a learner's own, with nothing of anybody else: send each learner theirs and nothing more.

        Pages are read from the gradebook and from autograded/; nothing is marked and nothing is changed there. The
        same command again replaces the pages. They need no network, and print.

        \b
        Example:  leadgym report --out report
                  leadgym report 02 03 --root ~/spring27 --out ~/spring27-report
        """
        from leadgym.cohort.course import find_root
        from leadgym.cohort.report.gather import gather
        from leadgym.cohort.report.write import write_report
        from leadgym.cohort.road import MarkingProblem

        folder = find_root(root)
        if not folder.is_dir():
            raise click.ClickException(f"{folder} is not there. Name the folder with the gradebook: --root FOLDER")
        handed_in = {path.name for path in (folder / "submitted").glob("*/*")}
        wanted = [slug if slug in handed_in else module(slug) for slug in slugs] or None
        try:
            cohort = gather(folder, wanted, datetime.now(UTC))
        except MarkingProblem as problem:
            raise click.ClickException(str(problem)) from problem
        if sys.stderr.isatty():
            click.echo(f"Read {len(cohort.learners)} learners; writing.", err=True)
        page = write_report(cohort, out.expanduser().absolute())
        count = sum(len(one.learners) for one in cohort.modules)
        click.echo(f"{len(cohort.learners)} learners, {len(cohort.modules)} modules, {count} marked submissions.")
        click.echo(f"For you: {page.as_uri()}")
        click.echo(f"For the learners, one page each: {page.parent / 'learners'}")

    command: Callable[..., Any] = sentences(report)
    for option in (
        click.option(
            "--out", required=True, type=click.Path(path_type=Path, file_okay=False), help="Where the pages go."
        ),
        click.option(
            "--root", type=click.Path(path_type=Path), help="The course root. Default: the cohort's you are in."
        ),
        click.argument("slugs", nargs=-1, metavar="[SLUG]..."),
    ):
        command = option(command)
    main.command("report")(command)
