"""The course root that a command about marks works on, and the module that is meant there."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from leadgym.cohort.road import Road

root_option = click.option(
    "--root",
    type=click.Path(path_type=Path),
    help="The course root. Default: the cohort's folder you are in, else grader/.",
)


@contextmanager
def in_words() -> Iterator[None]:
    """What the marker's rooms cannot do, as click's sentence."""
    from leadgym.cohort.road import MarkingProblem  # with nbgrader, which takes a second

    try:
        yield
    except MarkingProblem as problem:
        raise click.ClickException(str(problem)) from problem


def root_of(given: Path | None) -> Path:
    """The course root's folder, which has to exist. Raises click.ClickException."""
    from leadgym.cohort.course import find_root

    folder = find_root(given)
    if not folder.is_dir():
        raise click.ClickException(f"{folder} is no folder. Give the course root: --root FOLDER")
    return folder


def marked_road(given: Path | None) -> Road:
    """nbgrader on the course root, where something is marked. Raises click.ClickException, MarkingProblem."""
    from leadgym.cohort.road import Road

    folder = root_of(given)
    road = Road(folder)
    file = folder / "gradebook.db"
    if not file.is_file() and road.db_url == f"sqlite:///{file}":
        raise click.ClickException(f"{folder} has no gradebook yet. Mark first: leadgym grade SLUG --root {folder}")
    return road


def account(otherwise: str) -> str:
    """Who is at work here, as the machine calls them, or ``otherwise`` where it has no name for them."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return otherwise


def module_of(root: Path, name: str) -> str:
    """A module of ours (``02`` is enough), or an assignment of a course of one's own. Raises click.BadParameter."""
    from leadgym.course.modules import find_slug

    if name in {folder.name for kind in ("autograded", "submitted") for folder in (root / kind).glob("*/*")}:
        return name
    try:
        return find_slug(name)
    except KeyError as error:
        raise click.BadParameter(str(error.args[0]), param_hint="SLUG") from error
