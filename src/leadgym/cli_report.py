"""``leadgym report``: a cohort's report for the instructor, and a page for each learner."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from leadgym.cli_root import in_words, root_option
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
        from tqdm import tqdm

        from leadgym.cohort.course import find_root
        from leadgym.cohort.report.gather import gather
        from leadgym.cohort.report.write import older, write_report

        folder = find_root(root)
        if not folder.is_dir():
            raise click.ClickException(f"{folder} is not there. Name the folder with the gradebook: --root FOLDER")
        handed_in = {path.name for path in (folder / "submitted").glob("*/*")}
        out = out.expanduser().absolute()
        older(out)  # a folder that cannot be written to is said before a thousand notebooks are read
        wanted = [slug if slug in handed_in else module(slug) for slug in slugs] or None
        with in_words():
            quiet = not sys.stderr.isatty()
            with tqdm(desc="Reading", unit=" submissions", file=sys.stderr, leave=False, disable=quiet) as bar:
                cohort = gather(folder, wanted, datetime.now(UTC), bar.update)
        page = write_report(cohort, out)
        count = sum(len(one.learners) for one in cohort.modules)
        click.echo(f"Learners: {len(cohort.learners)}. Modules: {len(cohort.modules)}. Marked submissions: {count}.")
        click.echo(f"For you: {page.as_uri()}")
        click.echo(f"For the learners, one page each: {page.parent / 'learners'}")

    command: Callable[..., Any] = sentences(report)
    for option in (
        click.option(
            "--out", required=True, type=click.Path(path_type=Path, file_okay=False), help="Where the pages go."
        ),
        root_option,
        click.argument("slugs", nargs=-1, metavar="[SLUG]..."),
    ):
        command = option(command)
    main.command("report")(command)
