"""The ``leadgym`` command. Each subcommand reads its input, calls one room and says what happened in sentences.

Exit codes: 0 done, 1 something was found or could not be done (the text says what), 2 the command was typed wrongly.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import traceback
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click

from leadgym import (
    __version__,
    cli_audit,
    cli_bus_factor,
    cli_ci,
    cli_cohort,
    cli_export,
    cli_flow,
    cli_forecast,
    cli_lite,
    cli_moderate,
    cli_panel,
    cli_portfolio,
    cli_quiz,
    cli_race,
    cli_remark,
    cli_report,
    cli_reviews,
    cli_risk,
    cli_scenario,
    cli_slides,
)
from leadgym.cli_handout import add_handout
from leadgym.cli_room import add_room
from leadgym.cli_root import root_option
from leadgym.cli_rubric import add_rubric
from leadgym.course.modules import CourseNotFound, content_root, coverage, find_slug, slugs
from leadgym.course.notebooks import NotANotebook, authored, normal_form
from leadgym.yamlfile import FileProblems


def _sentences(command: Callable[..., Any]) -> Callable[..., Any]:
    """Known problems become a sentence and exit code 1; no traceback reaches a person."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except (FileProblems, NotANotebook, CourseNotFound) as problem:
            raise click.ClickException(str(problem)) from problem
        except ModuleNotFoundError as error:
            if error.name and error.name.startswith("leadgym"):
                raise
            raise click.ClickException(
                f"This command needs '{error.name}', which is not installed. Run: pip install 'leadgym[lab]'"
            ) from error
        except (click.ClickException, click.Abort, click.exceptions.Exit, BrokenPipeError):
            raise
        except OSError as error:
            where = error.filename2 or error.filename or "A file"
            raise click.ClickException(
                f"{where} cannot be read or written ({error.strerror or error}). Check the path, and that you may "
                "write there, and run this again."
            ) from error
        except Exception as error:
            log = Path(tempfile.gettempdir()) / "leadgym-problem.log"
            log.write_text(traceback.format_exc(), encoding="utf-8")
            raise click.ClickException(
                f"leadgym stopped on something it does not know: {type(error).__name__}: {error}. Nothing of yours was "
                f"changed by that. The details are in {log}; please send them with what you typed."
            ) from error

    return run


def _slug(_context: click.Context, _parameter: click.Parameter, name: str | None) -> str | None:
    return None if name is None else _module(name)


def _module(name: str) -> str:
    try:
        return find_slug(name)
    except KeyError as error:
        raise click.BadParameter(str(error.args[0])) from error
    except CourseNotFound as problem:
        raise click.ClickException(str(problem)) from problem


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="leadgym")
def main() -> None:
    """From senior developer to tech lead: read it, play it, have it marked.

    \b
    Start here:      leadgym lab
    Have it marked:  leadgym mark 02_delegation

    Tab completion: eval "$(_LEADGYM_COMPLETE=bash_source leadgym)" (or zsh_source, fish_source).
    """


@main.command()
@click.option("--workspace", type=click.Path(path_type=Path), help="Your folder for the course. Default: ~/leadgym")
@click.option("--port", type=click.IntRange(1, 65535), help="The port for JupyterLab. Default: the next free one.")
@click.option("--no-browser", is_flag=True, help="Print the address and open no browser.")
@_sentences
def lab(workspace: Path | None, port: int | None, no_browser: bool) -> None:
    """Lay your workspace and open JupyterLab at the course map.

    Nothing you changed is ever overwritten; a newer course is laid beside it.

    \b
    Example:  leadgym lab --workspace ~/courses/leadgym
    """
    from leadgym.lab.server import open_lab
    from leadgym.lab.workspace import LabProblem, lay

    try:
        laid = lay(_workspace(workspace))
        for sentence in laid.sentences():
            click.echo(sentence)
        code = open_lab(laid.workspace, port=port, browser=not no_browser)
    except LabProblem as problem:
        raise click.ClickException(str(problem)) from problem
    sys.exit(code)


def _workspace(given: Path | None) -> Path:
    """The workspace meant: given, the one this folder lies in, the one Lab was started with, or the default."""
    if given is not None:
        return given.expanduser().absolute()
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / ".leadgym" / "manifest.json").is_file():
            return folder
    from leadgym.lab.workspace import default_workspace

    told = os.environ.get("LEADGYM_WORKSPACE")
    return Path(told).expanduser().absolute() if told else default_workspace()


@main.command()
@click.argument("slug", callback=_slug)
@click.option("--workspace", type=click.Path(path_type=Path), help="Your folder for the course. Default: ~/leadgym")
@_sentences
def mark(slug: str, workspace: Path | None) -> None:
    """Have your own exercise marked, here, by nbgrader. Save the notebook first.

    \b
    Example:  leadgym mark 02_delegation      (the number is enough: leadgym mark 02)
    """
    from leadgym.cohort.road import MarkingProblem
    from leadgym.cohort.solo import mark_own, unprotected

    try:
        result, page = mark_own(slug, _workspace(workspace), progress=_bar)
    except MarkingProblem as problem:
        raise click.ClickException(str(problem)) from problem
    for title, (points, out_of) in result.answers.items():
        click.echo(f"  {title}: {points:g} of {out_of:g}")
    click.echo(f"{slug}: {result.points:g} of {result.out_of:g} points.")
    if result.needs_review:
        click.echo("The rules are not sure of everything: the page says of what, and what to judge yourself against.")
    if said := unprotected():
        click.echo(said, err=True)
    click.echo(f"Feedback: {page.as_uri()}")
    click.echo("The course map shows it too: open course_map.ipynb and run it again.")


@main.command()
@click.argument("slug")
@click.option("--json", "as_json", is_flag=True, help="One line of JSON per learner.")
@click.option("--again", is_flag=True, help="Mark everything anew, also what is marked already.")
@root_option
@click.option("--workers", type=click.IntRange(1, 256), help="Processes that mark. Default: one per processor.")
@click.option("--scheduler", default="", metavar="ADDRESS", help="Have a Dask cluster mark, as tcp://host:8786.")
@click.option("--trust-submissions", is_flag=True, help="Run them unprotected where no jail is possible.")
@_sentences
def grade(slug: str, as_json: bool, root: Path | None, **options: Any) -> None:
    """Mark a cohort: every submission in submitted/LEARNER/SLUG/ of the course root.

    The course root is the cohort's folder in which you are (see leadgym cohort new), else grader/. A course made with
    nbgrader is marked too: --root is its folder, with the assignment in source/SLUG/ (or where its nbgrader_config.py
    says), and SLUG is the assignment's name.

    Submissions run in a bubblewrap jail. Where none is possible nothing is marked, unless --trust-submissions says
    that this code may do on your machine whatever it likes.

    Marks go into gradebook.db there, pages into feedback/. What is marked already and has not been handed in
    again is left as it is. Exit code 1 when a submission could not be marked; the others are marked all the same.

    Stop it whenever you like, with Ctrl-C or by force: what is marked stays, and the same command does the rest.

    With --json each line has learner, module, status (marked, marked before, not marked), points, out_of, answers
    (points and out_of by name), needs_review and problem.

    \b
    Example:  leadgym grade 02_delegation --json
              leadgym grade 02_delegation --workers 4
    """
    from leadgym.cohort.course import find_root
    from leadgym.cohort.grade import grade_all
    from leadgym.cohort.road import MarkingProblem

    root = find_root(root)
    if slug not in {folder.name for folder in (root / "submitted").glob("*/*")}:
        slug = _module(slug)
    try:
        results = grade_all(slug, root, quiet=as_json, **options)
    except MarkingProblem as problem:
        raise click.ClickException(str(problem)) from problem
    except KeyboardInterrupt:
        click.echo("Stopped. What is marked stays marked; the same command does the rest.", err=True)
        sys.exit(130)
    for result in results:
        if as_json:
            click.echo(json.dumps(result.as_json(), ensure_ascii=False))
        elif not result.problem:
            review = "  (waits for a person)" if result.needs_review else ""
            state = "" if result.fresh else "  (marked before)"
            click.echo(f"{result.learner}: {result.points:g} of {result.out_of:g}{review}{state}")
    if said := _older(results, slug):
        click.echo(said, err=True)
    failed = [result for result in results if result.problem]
    for result in failed:
        click.echo(f"Not marked: {result.learner}: {result.problem}", err=True)
    sys.exit(1 if failed else 0)


def _older(results: list[Any], slug: str) -> str:
    """How many marks were made by other rules than today's, and what to do; empty where none was."""
    older, unknown = (sum(result.by_rules == what for result in results) for what in ("older", "unknown"))
    parts = (
        [f"{older} of {len(results)} were marked by an older rubric, older keys or an older notebook"] if older else []
    )
    parts += [f"of {unknown} it is not known by which rubric they were marked"] if unknown else []
    said = "; ".join(parts)
    return f"{said[0].upper()}{said[1:]}: leadgym cohort remark {slug}" if said else ""


def _bar(steps: Any, total: int, what: str) -> Any:
    """A progress bar on a terminal, silence elsewhere."""
    from tqdm import tqdm

    return tqdm(steps, total=total, desc=what, file=sys.stderr, disable=not sys.stderr.isatty(), leave=False)


@main.command()
@click.argument("slug", required=False, callback=_slug)
@click.option("--check", is_flag=True, help="Change nothing; exit 1 when exercises/ is not what nbgrader generates.")
@_sentences
def release(slug: str | None, check: bool) -> None:
    """Generate exercises/ from solutions/ with nbgrader.

    \b
    Example:  leadgym release 02_delegation
    """
    from leadgym.cohort.release import release as generate
    from leadgym.cohort.road import MarkingProblem

    differences: list[str] = []
    try:
        found = [slug] if slug else slugs()
        for one in _bar(found, len(found), "Generating"):
            differences += generate(one, check=check)
    except MarkingProblem as problem:
        raise click.ClickException(str(problem)) from problem
    for difference in differences:
        click.echo(difference)
    if not differences:
        click.echo("exercises/ is exactly what nbgrader generates.")
    elif check:
        raise click.ClickException("exercises/ has drifted. Run: leadgym release")
    else:
        click.echo("exercises/ is generated anew; the lines above are what changed.")


@main.command()
@click.option("--check", is_flag=True, help="Change nothing; exit 1 when a notebook is not in normal form.")
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
@_sentences
def fmt(check: bool, paths: tuple[Path, ...]) -> None:
    """Bring authored notebooks into normal form: no outputs, no counts, ids that mean something.

    \b
    Example:  leadgym fmt --check
              leadgym fmt course/02_delegation/lesson.ipynb
    """
    folders = [content_root() / name for name in authored()]
    found = [
        path
        for place in (paths or folders)
        for path in (sorted(place.rglob("*.ipynb")) if place.is_dir() else [place])
        if ".ipynb_checkpoints" not in path.parts
    ]
    changed = 0
    for path in found:
        text = normal_form(path)
        if text != path.read_text(encoding="utf-8"):
            changed += 1
            click.echo(f"{path}: {'not in normal form' if check else 'brought into normal form'}")
            if not check:
                path.write_text(text, encoding="utf-8")
    if check and changed:
        raise click.ClickException(f"{changed} of {len(found)} notebooks to mend. Run: leadgym fmt")
    click.echo(f"{len(found)} notebooks in normal form.")


@main.command("coverage")
@_sentences
def coverage_() -> None:
    """Say where each of the statements S1 to S40 is taught and practised. Exit 1 while any is missing.

    \b
    Example:  leadgym coverage
    """
    missing = 0
    for statement, places in coverage().items():
        for kind in ("taught", "practised"):
            where = getattr(places, kind)
            missing += not where
            click.echo(f"{statement:4} {kind:10} {', '.join(where) if where else 'nowhere yet'}")
    if missing:
        raise click.ClickException(f"{missing} of {2 * len(coverage())} are missing.")


add_rubric(main, _sentences)
add_room(main, _sentences, _slug, _workspace)
add_handout(main, _sentences, _slug)
cli_slides.add_to(main, _sentences, _slug, _workspace)
for tool in (cli_audit, cli_bus_factor, cli_ci, cli_flow, cli_forecast, cli_panel, cli_race, cli_reviews, cli_risk):
    tool.add_to(main, _sentences)
cli_lite.add_to(main, _sentences)
cli_scenario.add_to(main, _sentences, _bar)
for part in (cli_export, cli_moderate, cli_remark):
    part.add_to(cli_cohort.cohort)
cli_cohort.add_to(main, _sentences)
cli_report.add_to(main, _sentences, _module)
for own in (cli_portfolio, cli_quiz):
    own.add_to(main, _sentences, _workspace)

if __name__ == "__main__":
    main()
