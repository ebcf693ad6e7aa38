"""What lies in a workspace: stories played (``*.choices.json``), things made (the outputs of submit), pages printed.

Things are looked for in the exercise's saved outputs and in the copy that was marked, where the marker has left what it
read beside the mark: a notebook may be marked without one cell of it having been run. The later of the two counts.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from leadgym.course.modules import content_root, module, public, scenario, slugs
from leadgym.scenario.engine import NotPossible, State, current_scene, replay, tell
from leadgym.scenario.model import Scenario
from leadgym.yamlfile import FileProblems, Model, load

ANSWER_TYPE = "application/vnd.leadgym.answer+json"
MADE = frozenset({"plan", "prose", "policy", "declared", "function", "scenario"})
"""The kinds of answer in which something was made that can be shown; the others are a run, ratings or numbers."""
MONDAY = "monday"
MARKED = ".leadgym/marking/autograded/me"
"""Where ``leadgym mark`` leaves its copies."""
LARGEST = 20 * 2**20


@dataclass(frozen=True)
class Story:
    """A story that was played: how it ended ("" while it has not), and what was chosen where it turned."""

    slug: str
    title: str
    ending: str
    turns: tuple[str, ...]
    runs: int


@dataclass(frozen=True)
class Thing:
    """Something made: ``name`` is 02/plan, ``content`` what was handed in, as data, or the text that a cell printed."""

    name: str
    slug: str
    title: str
    kind: str
    content: Any


@dataclass(frozen=True)
class Found:
    """All that a workspace holds. ``missing``: names and titles of what could be made and is not there."""

    workspace: Path
    stories: tuple[Story, ...] = ()
    things: tuple[Thing, ...] = ()
    missing: tuple[tuple[str, str], ...] = ()
    unplayed: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    titles: Mapping[str, str] = field(default_factory=dict)
    """The modules' titles by slug."""

    @property
    def empty(self) -> bool:
        """Whether nothing has been played or made."""
        return not self.stories and not self.things


class _Run(Model, extra="ignore"):
    seed: int
    variant: str | None = None
    weights: dict[str, int] = {}
    choices: tuple[str, ...] = ()


class _Saved(Model, extra="ignore"):
    """The part of a file of choices that is needed here; ``leadgym.widgets.store`` writes it."""

    run: _Run | None = None
    past: tuple[_Run, ...] = ()


class _Answer(Model, extra="ignore"):
    kind: str
    title: str
    tables: dict[str, Any] = {}
    entries: str = ""
    fields: dict[str, Any] = {}


class _Table(Model, extra="ignore"):
    rows: dict[str, dict[str, Any]] = {}


class _Rubric(Model, extra="ignore"):
    answers: dict[str, _Answer]


def read_workspace(workspace: Path) -> Found:
    """What lies in ``workspace``. Never raises for a file in it: what cannot be read is named in ``problems``."""
    stories, things, missing, unplayed, problems = [], [], [], [], []
    titles = dict(_titles())
    for slug in titles:
        story, said = _story(workspace, slug)
        problems += said
        if story:
            stories.append(story)
        else:
            unplayed.append(slug)
        made, absent, said = _made(workspace, slug)
        things += made
        missing += absent
        problems += said
        page, said = _monday(workspace, slug, titles[slug])
        things += page
        problems += said
    return Found(workspace, tuple(stories), tuple(things), tuple(missing), tuple(unplayed), tuple(problems), titles)


@cache
def _titles() -> tuple[tuple[str, str], ...]:
    return tuple((slug, module(slug).title) for slug in slugs())


@cache
def _asked(slug: str) -> dict[str, _Answer]:
    """What the course's own rubric asks for. Raises FileProblems."""
    return load(public(slug) / "rubric.yaml", _Rubric).answers


def _story(workspace: Path, slug: str) -> tuple[Story | None, list[str]]:
    """The run that came farthest: an ended one before one that has not, a later before an earlier."""
    told = scenario(slug)
    problems: list[str] = []
    best: State | None = None
    count = 0
    for room in ("course", "exercises"):
        path = workspace / room / slug / f"{told.scenario}.choices.json"
        if not path.is_file():
            continue
        try:
            saved = _Saved.model_validate_json(_text(path))
        except (ValidationError, OSError, ValueError):
            problems.append(f"{_inside(workspace, path)} cannot be read as choices, and is left out.")
            continue
        for run in (*saved.past, *([saved.run] if saved.run else [])):
            if not run.choices:
                continue
            try:
                state = replay(told, run.choices, run.seed, run.variant, run.weights)
            except (NotPossible, KeyError, ValueError):
                problems.append(f"{_inside(workspace, path)} holds a run that the story does not offer any more.")
                continue
            count += 1
            if best is None or state.ending or not best.ending:
                best = state
    if best is None:
        return None, list(dict.fromkeys(problems))
    ending = next((one.title for one in told.endings if one.id == best.ending), "")
    return Story(slug, told.title, ending, tuple(_turns(told, best)), count), list(dict.fromkeys(problems))


def _turns(told: Scenario, end: State) -> Iterator[str]:
    here = replay(told, (), end.seed, end.variant, end.weights)
    for choice in end.choices:
        if not choice.startswith("ask ") and (scene := current_scene(here)).turning_point:
            option = next(one for one in scene.options if choice == f"{scene.id}.{one.id}")
            yield f"{scene.title}: {tell(here, option.text)}"
        here = replay(told, (*here.choices, choice), end.seed, end.variant, end.weights)


def _made(workspace: Path, slug: str) -> tuple[list[Thing], list[tuple[str, str]], list[str]]:
    """What was handed in and can be shown, what was not, and what could not be read."""
    try:
        asked = _asked(slug)
    except FileProblems as error:
        return [], [], error.problems
    problems: list[str] = []
    answers: dict[str, Any] = {}
    notebooks = [path for room in (MARKED, "exercises") for path in sorted((workspace / room / slug).glob("*.ipynb"))]
    for path in sorted(notebooks, key=_saved_at):  # the last word counts
        cells, problem = _cells(workspace, path)
        problems += problem
        for cell in cells:
            answers.update((name, answer) for name, answer in _handed_in(cell) if not _blank(answer))
    things, absent = [], []
    for name, about in asked.items():
        if about.kind not in MADE:
            continue
        called = f"{slug[:2]}/{name}"
        content = answers.get(name)
        if _blank(content):
            absent.append((called, about.title))
        else:
            shown = _in_words(content, about, slug) if about.kind == "plan" else content
            things.append(Thing(called, slug, about.title, about.kind, shown))
    return things, absent, problems


def _saved_at(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _in_words(plan: Any, about: _Answer, slug: str) -> Any:
    """A plan with the words of its form: labels for fields, and what a chosen row or choice is called."""
    called = {name: _names(table, slug) for name, table in about.tables.items()}

    def chosen(value: Any, takes: Any) -> Any:
        if isinstance(value, list) and isinstance(takes, Mapping):
            return [chosen(one, takes.get("of")) for one in value]
        if not isinstance(value, str) or not isinstance(takes, Mapping):
            return value
        choices = takes.get("choices")
        known = choices if isinstance(choices, Mapping) else called.get(str(takes.get("table")), {})
        return known.get(value, value)

    if not isinstance(plan, Mapping):
        return plan
    rows = called.get(about.entries, {})
    return {
        rows.get(row, row): {
            _label(about.fields.get(field), field): chosen(value, about.fields.get(field))
            for field, value in entry.items()
        }
        if isinstance(entry, Mapping)
        else entry
        for row, entry in plan.items()
    }


def _label(takes: Any, field: str) -> str:
    return str(takes.get("label", field)) if isinstance(takes, Mapping) else field


def _names(table: Any, slug: str) -> dict[str, str]:
    """What the rows of a rubric's table are called, by their ids."""
    if not isinstance(table, Mapping):
        return {}
    rows = table.get("rows")
    if isinstance(table.get("file"), str):
        try:
            rows = load(public(slug) / table["file"], _Table).rows
        except FileProblems:
            return {}
    rows = rows if isinstance(rows, Mapping) else {}
    return {str(row): str(columns["name"]) for row, columns in rows.items() if "name" in columns}


def _monday(workspace: Path, slug: str, title: str) -> tuple[list[Thing], list[str]]:
    """The page that the lesson's last cell has printed, where the learner has written in that cell."""
    mine, problems = _cells(workspace, workspace / "course" / slug / "lesson.ipynb")
    ours, _ = _cells(workspace, content_root() / "course" / slug / "lesson.ipynb")
    last, laid = _last_code(mine), _last_code(ours)
    if not last or not laid or _source(last) == _source(laid):
        return [], problems
    text = "".join(
        _joined(output.get("text")) for output in _list(last.get("outputs")) if output.get("output_type") == "stream"
    ).strip()
    name = f"{slug[:2]}/{MONDAY}"
    return [Thing(name, slug, f"On Monday, {title}", "page", text)] if text else [], problems


def _cells(workspace: Path, path: Path) -> tuple[list[dict[str, Any]], list[str]]:
    if not path.is_file():
        return [], []
    try:
        data = json.loads(_text(path))
        cells = data["cells"]
        return [cell for cell in cells if isinstance(cell, dict)], []
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return [], [f"{_inside(workspace, path)} cannot be read as a notebook, and is left out."]


def _handed_in(cell: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """What submit has left in a cell's outputs: name and answer."""
    for output in _list(cell.get("outputs")):
        data = output.get("data")
        bundle = data.get(ANSWER_TYPE) if isinstance(data, dict) else None
        if isinstance(bundle, dict) and isinstance(bundle.get("name"), str) and "answer" in bundle:
            yield bundle["name"], bundle["answer"]


def _blank(content: Any) -> bool:
    """Whether an answer holds nothing that somebody wrote: no text, no number, at any depth."""
    if isinstance(content, Mapping):
        return all(_blank(value) for value in content.values())
    if isinstance(content, list):
        return all(_blank(value) for value in content)
    return content is None or (isinstance(content, str) and not content.strip())


def _last_code(cells: list[dict[str, Any]]) -> dict[str, Any] | None:
    code = [cell for cell in cells if cell.get("cell_type") == "code" and _source(cell).strip()]
    return code[-1] if code else None


def _source(cell: Mapping[str, Any]) -> str:
    return _joined(cell.get("source"))


def _joined(text: Any) -> str:
    if isinstance(text, list):
        return "".join(part for part in text if isinstance(part, str))
    return text if isinstance(text, str) else ""


def _list(node: Any) -> list[dict[str, Any]]:
    return [one for one in node if isinstance(one, dict)] if isinstance(node, list) else []


def _text(path: Path) -> str:
    """Raises OSError, ValueError; also for what is larger than anything a person has written."""
    if path.stat().st_size > LARGEST:
        raise ValueError("too large")
    return path.read_text(encoding="utf-8")


def _inside(workspace: Path, path: Path) -> str:
    return path.relative_to(workspace).as_posix() if path.is_relative_to(workspace) else path.name
