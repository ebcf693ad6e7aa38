"""``leadgym portfolio``: what a learner has played, made and had marked, on one page."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from leadgym.cli_tools import Wrap, deliver, out_option

Workspace = Callable[[Path | None], Path]


def add_to(main: click.Group, sentences: Wrap, workspace_of: Workspace) -> None:
    """Make ``portfolio`` a command of ``main``. ``workspace_of``: the folder meant, given or not."""

    def portfolio(workspace: Path | None, choose: tuple[str, ...], sample: bool, out: Path | None) -> None:
        """One page from your own work in this course: stories, things made, marks, and the three you choose.

        It reads your workspace and nothing else. What you handed in is found in the saved outputs of your exercise
        notebooks and in the copies that 'leadgym mark' has marked; the later one counts. Names such as 02/plan stand on
        the page under "Things made". Nothing is invented, what is missing is named, and nothing leaves the machine.

        \b
        Example:  leadgym portfolio
                  leadgym portfolio --choose "02/plan=Three tickets have owners who are not me." --out me.html
                  leadgym portfolio --sample --out sample.html
        """
        from leadgym.tools.portfolio import portfolio_report, read_workspace, sample_marks, sample_workspace
        from leadgym.tools.portfolio.sample import CHOSEN

        chosen = dict(_chosen(one) for one in choose)
        if sample:
            with tempfile.TemporaryDirectory(prefix="leadgym-sample-") as folder:
                found = read_workspace(sample_workspace(Path(folder)))
            deliver(portfolio_report(found, sample_marks(), chosen or CHOSEN), out)
            return
        folder_ = workspace_of(workspace)
        if not folder_.is_dir():
            raise click.ClickException(
                f"{folder_} is not there. Run 'leadgym lab' once, or give the right --workspace."
            )
        deliver(portfolio_report(read_workspace(folder_), _marks(folder_), chosen), out)

    command: Callable[..., Any] = sentences(portfolio)
    for option in (
        out_option,
        click.option("--sample", is_flag=True, help="Show the page of an invented learner."),
        click.option(
            "--choose",
            multiple=True,
            metavar="NAME=SENTENCE",
            help="One of your three: its name on the page, and what is different now. Up to three times.",
        ),
        click.option("--workspace", type=click.Path(path_type=Path), help="Your folder for the course."),
    ):
        command = option(command)
    main.command("portfolio")(command)


def _chosen(given: str) -> tuple[str, str]:
    name, sign, sentence = given.partition("=")
    if not sign or not name.strip():
        raise click.UsageError(f"--choose takes NAME=SENTENCE, as in --choose \"02/plan=...\"; this is '{given[:60]}'.")
    return name.strip(), sentence.strip()


def _marks(workspace: Path) -> dict[str, tuple[float, float]]:
    from leadgym.cohort.road import MarkingProblem, marks
    from leadgym.cohort.solo import marking_root

    if not (marking_root(workspace) / "gradebook.db").is_file():
        return {}
    try:
        return marks(marking_root(workspace))
    except MarkingProblem as problem:
        click.echo(f"Your marks are not shown: {problem}", err=True)
        return {}
