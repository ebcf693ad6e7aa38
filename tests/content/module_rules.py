"""What every module has where: the same slug in every room, the same file names, places that exist.

Each function takes the root (the folder with ``course/``, ``solutions/``, ``exercises/``, ``grader/``) and gives
sentences about what is wrong.
"""

from __future__ import annotations

import re
from pathlib import Path

from lesson_rules import screens, source

from leadgym.course import notebooks
from leadgym.course.modules import Module
from leadgym.yamlfile import Model, load

COURSE_FILES = {"lesson.ipynb", "scenario.yaml", "facilitator.md", "module.yaml"}
SOME_COURSE_FILES = {"model_key.yaml", "model.ipynb"}
"""What a module has when the simulation can play its story."""
_LEFT_BEHIND = {"__pycache__", ".ipynb_checkpoints", ".DS_Store"}


def _names(folder: Path) -> set[str]:
    """Everything below ``folder``, as relative paths, without what tools leave behind."""
    return {
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and not _LEFT_BEHIND & set(path.parts)
    }


def _folders(room: Path) -> set[str]:
    if not room.is_dir():
        return set()
    return {path.name for path in room.iterdir() if path.is_dir() and path.name not in _LEFT_BEHIND}


def room_problems(root: Path) -> list[str]:
    """The rooms hold the same modules, none more in one than in another."""
    rooms = {name: _folders(root / name) for name in ("course", "solutions", "exercises")}
    rooms["grader/keys"] = {path.stem for path in (root / "grader" / "keys").glob("*.yaml")}
    everywhere = set().union(*rooms.values())
    return [
        f"{room}/ has no {slug}, which another room has."
        for room, slugs in rooms.items()
        for slug in sorted(everywhere - slugs)
    ]


def file_problems(root: Path, slug: str) -> list[str]:
    """A module's files have their fixed names, nothing beside them, and the exercise holds what its solution holds."""
    problems = []
    course, solution, exercise = (_names(root / room / slug) for room in ("course", "solutions", "exercises"))
    problems += [f"course/{slug} has no {name}." for name in sorted(COURSE_FILES - course)]
    problems += [
        f"course/{slug}/{name} belongs to no module." for name in sorted(course - COURSE_FILES - SOME_COURSE_FILES)
    ]
    if "rubric.yaml" not in solution:
        problems.append(f"solutions/{slug} has no rubric.yaml.")
    found = [name for name in sorted(solution) if name.endswith(".ipynb")]
    if len(found) != 1:
        problems.append(f"solutions/{slug} has {len(found)} notebooks ({', '.join(found)}); it has to have one.")
    problems += [
        f"solutions/{slug}/{name} is neither notebook, rubric nor data/."
        for name in sorted(solution)
        if not (name.endswith(".ipynb") or name == "rubric.yaml" or name.startswith("data/"))
    ]
    problems += [f"exercises/{slug} lacks {name}: run leadgym release." for name in sorted(solution - exercise)]
    problems += [f"exercises/{slug}/{name} comes from no solution." for name in sorted(exercise - solution)]
    return problems


class _Scene(Model, extra="ignore"):
    id: str


class _Ids(Model, extra="ignore"):
    """The parts of a scenario or a rubric that a place can name."""

    scenes: list[_Scene] = []
    answers: dict[str, object] = {}


def place_problems(root: Path, slug: str, module: Module) -> list[str]:
    """Every statement has a place, and every place is a cell, a scene, an answer or a heading that is there."""
    problems = []
    for statement, places in module.statements.items():
        if not places.taught and not places.practised:
            problems.append(f"{statement} is neither taught nor practised anywhere.")
        for place in (*places.taught, *places.practised):
            file, _, what = place.partition("#")
            path = next((p for p in (root / r / slug / file for r in ("course", "solutions")) if p.is_file()), None)
            if path is None:
                problems.append(f"{statement}: there is no file {file}.")
            elif what not in _named_in(path):
                problems.append(f"{statement}: {file} has nothing called '{what}'.")
    return problems


def _named_in(path: Path) -> set[str]:
    if path.suffix == ".ipynb":
        return {str(cell.get("id")) for cell in notebooks.read(path)["cells"]}
    found = load(path, _Ids)
    return {scene.id for scene in found.scenes} | set(found.answers)


_POINTS_AT = re.compile(r"[Tt]he lesson, '([^']+)'")
_LINK = re.compile(r"\]\((?!\w+:)([^)#]+)\)")


def pointer_problems(root: Path, slug: str) -> list[str]:
    """Where rubric and exercise point at a screen of the lesson, and the lesson at a file, it is there."""
    folder = root / "course" / slug
    cells = notebooks.read(folder / "lesson.ipynb")["cells"]
    titles = {screen.title for screen in screens(cells)}
    links = {link for cell in cells if cell["cell_type"] == "markdown" for link in _LINK.findall(source(cell))}
    lost = [
        f"the lesson links to {link}, which is not there." for link in sorted(links) if not (folder / link).exists()
    ]
    return lost + [
        f"solutions/{slug}/{path.name} points at the screen '{title}', which the lesson does not have."
        for path in sorted((root / "solutions" / slug).glob("*.*"))
        for title in sorted(set(_POINTS_AT.findall(path.read_text(encoding="utf-8"))) - titles)
    ]
