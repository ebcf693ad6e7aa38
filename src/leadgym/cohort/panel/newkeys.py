"""The key file with a panel's keys in it: only the characters that change are written, everything else stays."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from ruamel.yaml.comments import CommentedMap

from leadgym.cohort.panel.asked import Asked
from leadgym.cohort.panel.numbers import PanelSaid
from leadgym.marking import load_keys
from leadgym.marking.judgement_keys import PANEL_OF, JudgementKeys
from leadgym.yamlfile import FileProblems, parse_yaml


def present_keys(asked: Asked) -> JudgementKeys:
    """The keys in use. Raises FileProblems."""
    if not asked.keys.is_file():
        raise FileProblems(
            [f"{asked.keys}:1: there is no key file, so there is nothing to compare with. Put it there."]
        )
    return _loaded(asked, asked.keys)


def new_keys(asked: Asked, said: PanelSaid, day: date) -> str:
    """The text of the key file with the keys of the agreed items, the panel's record, and ``status: panel``.

    Contested items keep their keys and are marked; items that too few rated keep theirs and are no part of the record.
    Raises FileProblems where too few took part or nothing would be left to score.
    """
    path = asked.keys
    if said.experts < PANEL_OF:
        raise FileProblems(
            [f"{path}:1: {said.experts} experts are no panel: {PANEL_OF} have to rate. No keys are written."]
        )
    rated = [one for one in said.items if one.state != "too few"]
    if not any(one.state == "agreed" for one in rated):
        raise FileProblems([f"{path}:1: the panel agrees on no item, so nothing could be scored. No keys are written."])
    text = path.read_text(encoding="utf-8")
    data = parse_yaml(text, str(path)).data
    lines = text.split("\n")
    own = data["answers"][asked.answer]
    for one in rated:
        for option in one.options if one.state == "agreed" else ():
            if option.proposed != option.now:
                node = own["items"][one.item.id][option.option]
                _put(path, lines, node, "key", str(option.now), str(option.proposed), f"was {option.now}")
    _put(path, lines, data, "status", str(data["status"]), "panel")
    _record(asked, path, lines, own, said, day)
    made = "\n".join(lines)
    with tempfile.TemporaryDirectory() as folder:
        trial = Path(folder) / path.name
        trial.write_text(made, encoding="utf-8")
        try:
            _loaded(asked, trial)
        except FileProblems as error:
            told = [problem.replace(str(trial), f"the new {path.name}") for problem in error.problems]
            raise FileProblems([*told, "No keys are written."]) from error
    return made


def still_of_authors(asked: Asked, keys: str, name: Path) -> Iterator[str]:
    """Lines that learners or authors read and that still speak of the authors' keys, each with its file and line."""
    for path, text in (
        (name, keys),
        (asked.folder / "rubric.yaml", (asked.folder / "rubric.yaml").read_text(encoding="utf-8")),
        (asked.form_path, asked.form_path.read_text(encoding="utf-8")),
    ):
        for number, line in enumerate(text.split("\n"), 1):
            public = path != name or line.lstrip().startswith("#")
            if public and re.search(r"\bauthors?\b|\bprovisional\b", line):
                yield f"{path}:{number}: {' '.join(line.split())[:100]}"


def _loaded(asked: Asked, path: Path) -> JudgementKeys:
    own = load_keys(path, asked.rubric, asked.folder).answers[asked.answer]
    assert isinstance(own, JudgementKeys)  # noqa: S101 - load_keys picks the class by the rubric
    return own


def _put(path: Path, lines: list[str], node: CommentedMap, name: str, old: str, new: str, why: str = "") -> None:
    """Write ``new`` in the place of the value ``old``; ``why`` as a comment where the line ends there."""
    # What comes in through a merge (<<) has no place of its own.
    row, column = node.lc.value(name) if name in (node.lc.data or {}) else (node.lc.line, 0)
    line = lines[row]
    if not re.match(rf"{re.escape(old)}(?![\w.])", line[column:]):
        raise FileProblems([f"{path}:{row + 1}: {name}: write {old} there as it is, without quotes or anchors."])
    rest = line[column + len(old) :]
    if why and not rest.strip():
        rest = f"  # {why}"
    elif why and rest.rstrip().endswith("}"):
        rest = f"{rest.rstrip()}  # {why}"
    lines[row] = f"{line[:column]}{new}{rest}"


def _record(asked: Asked, path: Path, lines: list[str], own: Any, said: PanelSaid, day: date) -> None:
    """Put the panel's record before ``items``, in place of one that is there."""
    if "panel" in own:
        first, names = own.lc.key("panel")[0], list(own)
        after = names.index("panel") + 1
        if after == len(names):
            raise FileProblems([f"{path}:{first + 1}: panel: move this above 'items', where it can be replaced."])
        last = own.lc.key(names[after])[0]
        lines[first:last] = []
        data = parse_yaml("\n".join(lines), str(path)).data
        own = data["answers"][asked.answer]
    row, column = own.lc.key("items")
    if lines[row][:column].strip():
        raise FileProblems(
            [f"{path}:{row + 1}: items: begin a line of its own with it, so that the record fits before it."]
        )
    indent = " " * column
    made = [
        f"{indent}panel:",
        f"{indent}  experts: {said.experts}",
        f"{indent}  date: {day.isoformat()}",
        f"{indent}  items:",
    ]
    for one in said.items:
        if one.state == "too few":
            continue
        w = f", w: {one.w.w:.2f}" if one.w else ""
        contested = ", contested: true" if one.state == "contested" else ""
        why = f"  # {one.why}" if one.why else ""
        words = asked.wordings[one.item.id]
        made.append(f"{indent}    {one.item.id}: {{r_wg: {one.r_wg:.2f}{w}, wording: {words}{contested}}}{why}")
    lines[row:row] = made
