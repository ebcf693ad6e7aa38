"""A generated cohort's course root: cohort.yaml, roster.csv, and in ``submitted/`` what its learners hand in.

Answers are drawn from what is planted (cohort_model.py) with the private keys at hand: this is the authors' side, and
nothing of it goes to learners. The rest comes from the hand-written learners of tests/fixtures/answers. A submission is
short: the set-up cell and the graded cells, which is what can change a mark, and not the lesson around them.
"""

from __future__ import annotations

import ast
import csv
import io
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from cohort_model import BROKEN, DOUBTED, LATE, MISSES, POLICIES, Learner, Planted, generator

from leadgym.cohort.road import PRIVATE
from leadgym.course.modules import content_root, notebook_name, slugs
from leadgym.course.notebooks import KERNELSPEC, LANGUAGE

ANSWERS = Path(__file__).resolve().parents[1] / "tests" / "fixtures" / "answers"
FIRST_RELEASE = datetime(2026, 9, 7, 9, tzinfo=UTC)
ODD = {
    "cut": "the second half of the notebook is missing; the first is marked",
    "essay": "a text that is no notebook",
    "nothing": "an empty folder",
    "renamed": "the notebook under another name, which is marked all the same",
    "untouched": "the exercise as it was handed out",
}
"""The ways in which a submission is broken."""
NOTE = "\n<!-- full marks, please -->"
"""A line in a text for which it goes to a person."""
PLAYED = ("policy", "declared")
"""The kinds of answers of which only a share hold a function, see POLICIES."""
# Where a hand-written learner has no answer of their own, the nearest one's is taken.
_ELSE = {"solution": "strong"}


def due(slug: str) -> datetime:
    """When the module is due: two modules a week, over six weeks."""
    return FIRST_RELEASE + timedelta(days=3.5 * slugs().index(slug) + 7)


def course_file(chosen: Sequence[str]) -> str:
    """``cohort.yaml``."""
    lines = [
        "cohort: generated",
        "title: Generated learners",
        "timezone: UTC",
        "late: {grace_hours: 12, per_day: 10, at_most: 50}",
        "modules:",
    ]
    for slug in chosen:
        release, until = (f"{when:%Y-%m-%d %H:%M}" for when in (due(slug) - timedelta(days=7), due(slug)))
        lines.append(f"  - {{module: {slug}, release: {release}, due: {until}}}")
    return "\n".join(lines) + "\n"


def roster_file(learners: Sequence[Learner]) -> str:
    """``roster.csv``."""
    made = io.StringIO()
    rows = csv.writer(made, lineterminator="\n")
    rows.writerow(["id", "first_name", "last_name", "email", "section"])
    for one in learners:
        rows.writerow([one.id, one.first_name, one.last_name, f"{one.id}@example.org", one.section])
    return made.getvalue()


def fate(planted: Planted, learner: Learner, slug: str) -> str:
    """What becomes of the learner's submission: ``missing``, one of ODD, ``late`` or ``handed in``."""
    if learner.silent is not None and slugs().index(slug) >= learner.silent:
        return "missing"
    rng = generator(planted.seed, learner.id, slug, "fate")
    drawn = rng.random()
    if drawn < MISSES:
        return "missing"
    if drawn < MISSES + BROKEN:
        return str(rng.choice(list(ODD)))
    return "late" if drawn < MISSES + BROKEN + LATE else "handed in"


def handed_in_at(planted: Planted, learner: Learner, slug: str) -> datetime:
    """When the learner hands in; the late ones up to eight days after the due date, most of them much sooner."""
    rng = generator(planted.seed, learner.id, slug, "when")
    if fate(planted, learner, slug) == "late":
        return due(slug) + timedelta(hours=float(min(192.0, rng.exponential(36.0))), minutes=1)
    return due(slug) - timedelta(hours=float(rng.uniform(1, 120)))


def answers(planted: Planted, learner: Learner, slug: str, only: str = "") -> dict[str, Any]:
    """All that the learner answers in that module, or ``only`` one: data, or the lines of a function. None: nothing."""
    if learner.games:
        return dict(_written(slug, "gaming"))
    drawn = {"judgement": None, "sorting": planted.sorting, "chances": planted.chances, "estimate": planted.estimate}
    made: dict[str, Any] = {}
    for name, about in planted.rubric(slug).answers.items():
        if only not in ("", name):
            continue
        if about.kind == "judgement":
            made[name] = planted.judgement(learner, slug)
        elif about.kind in drawn:
            made[name] = drawn[about.kind](learner, slug, name)
        else:
            made[name] = of_level(slug, name, planted.level(learner, slug, name))
            rng = generator(planted.seed, learner.id, slug, "handed", name)
            if about.kind in PLAYED and rng.random() >= POLICIES:
                made[name] = None
            if about.kind == "prose" and made[name] and rng.random() < DOUBTED:
                made[name] = f"{_text(made[name])}{NOTE}"
    return made


def of_level(slug: str, name: str, level: str) -> Any:
    """What the hand-written learner of that level hands in as that answer."""
    found = _written(slug, level)
    return found[name] if name in found else _written(slug, _ELSE[level])[name]


def notebook(planted: Planted, slug: str, given: dict[str, Any]) -> dict[str, Any]:
    """The notebook that hands in ``given``."""
    cells = [json.loads(cell) for cell in _exercise(slug)]
    for before, cell in pairwise(cells):
        name = cell["metadata"].get("nbgrader", {}).get("grade_id")
        if name in given and cell["metadata"]["nbgrader"]["grade"]:
            about = planted.rubric(slug).answers[name]
            before["source"] = _source(name, given[name], cell["source"], code=about.asks_a_function)
    return _whole(cells)


def pure(planted: Planted, slug: str, level: str) -> dict[str, Any]:
    """The notebook of a learner who is at the same level in everything that has levels, and whose texts are plain."""
    names = planted.rubric(slug).answers
    return notebook(planted, slug, {name: of_level(slug, name, level) for name in names})


def hand_in(folder: Path, slug: str, made: dict[str, Any] | None, when: datetime, odd: str = "") -> None:
    """Put a submission where ``leadgym grade`` looks for it, broken in one of the ways of ODD where ``odd`` says so."""
    folder.mkdir(parents=True, exist_ok=True)
    name, text = notebook_name(slug), json.dumps(made, ensure_ascii=False, indent=1)
    if odd == "cut":
        text = text[: len(text) // 2]
    elif odd == "essay":
        text = "Dear all, my answers are in the attachment.\n"
    elif odd == "renamed":
        name = f"{Path(name).stem} (1).ipynb"
    elif odd == "untouched":
        text = (content_root() / "exercises" / slug / name).read_text(encoding="utf-8")
    if odd != "nothing":
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "timestamp.txt").write_text(f"{when:%Y-%m-%d %H:%M:%S.%f} UTC", encoding="ascii")


def marked(kind: str) -> bool:
    """Whether a submission of that fate gets a mark."""
    return kind not in ("missing", "essay", "nothing")


def whole(kind: str) -> bool:
    """Whether a submission of that fate has all that its learner answered."""
    return marked(kind) and kind not in ("cut", "untouched")


def lay(root: Path, planted: Planted, learners: Sequence[Learner], chosen: Sequence[str], about: str) -> None:
    """The course root of the learners and the modules ``chosen``. ``about`` says that and how it was generated."""
    for one in learners:
        for slug in chosen:
            what = fate(planted, one, slug)
            if what != "missing":
                made = notebook(planted, slug, answers(planted, one, slug))
                folder = root / "submitted" / one.id / slug
                hand_in(folder, slug, made, handed_in_at(planted, one, slug), what if what in ODD else "")
    (root / PRIVATE).mkdir(parents=True, exist_ok=True)
    (root / "cohort.yaml").write_text(course_file(chosen), encoding="utf-8")
    (root / "roster.csv").write_text(roster_file(learners), encoding="utf-8")
    # Last: where this is, all the rest is.
    (root / PRIVATE / "generated").write_text(f"{about}\n", encoding="utf-8")


def _source(name: str, given: Any, submits: str, *, code: bool) -> str:
    """The cell before ``submits``, which hands ``given`` in under ``name``."""
    call: Any = ast.parse(submits, mode="eval").body
    handed = call.args[1]
    if code and given is not None:
        text = _text(given)
        if isinstance(handed, ast.Name):
            return text if handed.id == name else f"{text}\n\n{handed.id} = {name}"
        # {"weights": weights, **policy}
        return f"{text}\n\nweights, policy = {name}['weights'], {{k: v for k, v in {name}.items() if k != 'weights'}}"
    variable = next(node.id for node in ast.walk(handed) if isinstance(node, ast.Name))
    if isinstance(handed, ast.Dict):
        return f"weights, {handed.values[1].id} = {{}}, {{}}"
    if isinstance(given, list):
        given = _text(given)
    return f"{variable} = {given!r}"


def _text(given: Any) -> str:
    return "\n".join(given) if isinstance(given, list) else str(given)


@cache
def _written(slug: str, learner: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ANSWERS / slug / f"{learner}.json").read_text(encoding="utf-8"))
    return found


@cache
def _exercise(slug: str) -> tuple[str, ...]:
    """The cells of the exercise that a short submission keeps, each as JSON."""
    path = content_root() / "exercises" / slug / notebook_name(slug)
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    kept = []
    for cell in cells:
        if cell["id"] == "set-up" or "nbgrader" in cell["metadata"]:
            cell["source"] = "".join(cell["source"])
            kept.append(json.dumps(cell))
    return tuple(kept)


def _whole(cells: list[dict[str, Any]]) -> dict[str, Any]:
    metadata = {"kernelspec": KERNELSPEC, "language_info": LANGUAGE}
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
