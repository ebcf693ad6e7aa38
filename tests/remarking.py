"""A small course with a rubric of its own: data answers, a function, a notebook that stops; marked in a moment."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_notebook
from ruamel.yaml import YAML
from submissions import ROOT

SLUG, NOTEBOOK = "99_mixed", "mixed.ipynb"
FIXTURES = ROOT / "tests" / "fixtures"
WORTH = {"judgement": 20, "plan": 12, "decide": 10}
RIGHT = "decide = lambda ticket: 'you' if not ticket['undo'] else 'nobody' if ticket['days'] < 0.5 else 'team'"
WRONG = "decide = lambda ticket: 'team'"
PLAN = {
    name: {
        "owner": owner, "hours": hours, "level": 4, "outcome": "nothing posts twice", "trigger": "late",
        "limits": ["no downtime"],
    }
    for name, owner, hours in (("keys", "tomasz", 2), ("docs", "priya", 0), ("fill", "priya", 3))
}  # fmt: skip


def rated(*firsts: int) -> dict[str, Any]:
    """Ratings for the three items: option a gets ``firsts``, the others what the key says; best is option b."""
    rest = ({"b": 1, "c": 3, "d": 3}, {"b": 5, "c": 2, "d": 4}, {"b": 2, "c": 5, "d": 1})
    return {
        item: {"ratings": {"a": first, **others}, "best": "b", "confidence": 0.8}
        for item, first, others in zip(("one", "two", "three"), firsts, rest, strict=True)
    }


LEARNERS: dict[str, tuple[Any, Any, str]] = {
    "ada": (rated(5, 1, 4), PLAN, RIGHT),
    "ben": (rated(1, 5, 1), PLAN, WRONG),
    "cleo": (rated(1, 1, 1), {}, RIGHT),
    # The first cell stops, so two of the answers never arrive.
    "dan": (None, PLAN, "decide = 1 / 0"),
}


def _about(name: str, **more: Any) -> dict[str, Any]:
    known = {"schema_version": 3, "grade_id": name, "locked": False, "grade": False, "solution": False, "task": False}
    return {"nbgrader": {**known, **more}}


def book(judgement: Any, plan: Any, function: str) -> Any:
    """The notebook with these answers in it."""
    answers = f"judgement = {judgement!r}\nplan = {plan!r}\n" if judgement is not None else f"plan = {plan!r}\n"
    cells = [
        new_code_cell("from leadgym.notebook import submit", id="set-up"),
        new_code_cell(f"{answers}{function}\n", id="answers", metadata=_about("answers", solution=True)),
        *(
            new_code_cell(
                f'submit("{name}", {name})', id=name, metadata=_about(name, grade=True, locked=True, points=p)
            )
            for name, p in WORTH.items()
        ),
    ]
    return new_notebook(cells=cells, metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}})


def lay(root: Path) -> Path:
    """The course with everybody's submission; nothing is marked."""
    yaml, source = YAML(typ="safe"), root / "source" / SLUG
    source.mkdir(parents=True)
    for fixture in ("exercise_small", "exercise_function"):
        shutil.copytree(FIXTURES / fixture / "data", source / "data", dirs_exist_ok=True)
    parts = {"rubric": {}, "keys": {}}
    for kind, found in parts.items():
        for fixture in ("exercise_small", "exercise_function"):
            answers = yaml.load((FIXTURES / fixture / f"{kind}.yaml").read_text(encoding="utf-8"))["answers"]
            found |= {name: about for name, about in answers.items() if name in WORTH}
    head = {"rubric": SLUG, "title": "A mixed exercise"}
    _dump(source / "rubric.yaml", {**head, "answers": parts["rubric"]})
    (root / "keys").mkdir()
    _dump(keys_file(root), {"keys": SLUG, "status": "provisional", "answers": parts["keys"]})
    nbformat.write(book({}, {}, "decide = None"), source / NOTEBOOK)
    settings = f"c = get_config()\nc.MarkAnswers.keys = {str(root / 'keys')!r}\n"
    (root / "nbgrader_config.py").write_text(settings, encoding="utf-8")
    for learner, answers in LEARNERS.items():
        hand_in(root, learner, *answers)
    return root


def hand_in(root: Path, learner: str, judgement: Any, plan: Any, function: str, when: str = "2026-03-02 09:00") -> None:
    folder = root / "submitted" / learner / SLUG
    folder.mkdir(parents=True, exist_ok=True)
    nbformat.write(book(judgement, plan, function), folder / NOTEBOOK)
    (folder / "timestamp.txt").write_text(f"{when}:00.000000 UTC", encoding="ascii")


def copied(root: Path, into: Path) -> Path:
    """A copy of a marked course, keys and all, which looks for its keys in itself."""
    shutil.copytree(root, into)
    settings = into / "nbgrader_config.py"
    settings.write_text(settings.read_text(encoding="utf-8").replace(str(root), str(into)), encoding="utf-8")
    return into


def keys_file(root: Path) -> Path:
    return root / "keys" / f"{SLUG}.yaml"


def rubric_file(root: Path) -> Path:
    return root / "source" / SLUG / "rubric.yaml"


def change(path: Path, *place: Any, to: Any) -> None:
    """Write another value at a place of a YAML (or JSON) file."""
    data = node = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    for step in place[:-1]:
        node = node[step]
    node[place[-1]] = to
    _dump(path, data)


def swap_keys(root: Path) -> None:
    """The key of item one had options a and b the wrong way round."""
    for option, key in (("a", 1), ("b", 5)):
        change(keys_file(root), "answers", "judgement", "items", "one", option, "key", to=key)


def _dump(path: Path, data: Any) -> None:
    path.write_text(json.dumps(data, indent=1), encoding="utf-8")  # JSON is YAML, too
