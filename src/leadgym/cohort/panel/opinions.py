"""What experts sent, read as data: each file checked, what cannot count set apart with a sentence, the rest kept."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from leadgym.cohort.panel.asked import ROLES, Asked, order
from leadgym.marking.form import read_form
from leadgym.marking.show import quoted, visible
from leadgym.tools.rows import Line, read_csv, read_text
from leadgym.yamlfile import FileProblems

LARGEST = 1_000_000
"""Bytes a file may have; a filled form has about ten thousand."""
WORDS, NAME = 1000, 80
ENDINGS = {".json", ".txt", ".csv"}
_COLUMNS: dict[str, Sequence[str]] = {
    "expert": ("name",),
    "role": (),
    "item": (),
    "wording": (),
    "option": (),
    "rating": (),
    "words": ("remark", "remarks"),
}


@dataclass(frozen=True)
class Opinion:
    """One expert's ratings (1 to 5, by item and option) and remarks (by item). ``saved`` is the file's own word."""

    path: Path
    expert: str
    role: str
    saved: datetime | None
    ratings: Mapping[str, Mapping[str, int]]
    words: Mapping[str, str]

    @property
    def flat(self) -> dict[tuple[str, str], int]:
        """The ratings by (item, option)."""
        return {(item, option): given for item, own in self.ratings.items() for option, given in own.items()}


@dataclass
class Gathered:
    """The opinions that count; ``problems``: what does not, with the mend; ``notes``: what to know of the rest."""

    opinions: list[Opinion] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def gather(asked: Asked, paths: Sequence[Path]) -> Gathered:
    """Read the files, and the .json, .txt and .csv files in the folders, of ``paths``. Never raises for a file."""
    found = Gathered()
    for path in _files(paths, found.problems):
        try:
            opinion = _read(asked, path, found)
        except FileProblems as error:
            found.problems += error.problems
            continue
        if opinion.flat:
            found.opinions.append(opinion)
        else:
            found.problems.append(
                f"{path}:1: nothing that is rated can be used. Ask {opinion.expert} for a filled form."
            )
    found.opinions = list(_one_each(found))
    found.opinions = [opinion for opinion in found.opinions if _tells_apart(asked, opinion, found.notes)]
    found.notes += _alike(found.opinions)
    return found


def _files(paths: Sequence[Path], problems: list[str]) -> Iterator[Path]:
    seen = set()
    for path in paths:
        inside = sorted(one for one in path.iterdir() if one.suffix.lower() in ENDINGS) if path.is_dir() else [path]
        if not inside:
            problems.append(f"{path}: has no .json, .txt or .csv file in it. Put the experts' files there.")
        for one in inside:
            if one.resolve() not in seen:
                seen.add(one.resolve())
                yield one


def _read(asked: Asked, path: Path, found: Gathered) -> Opinion:
    if path.is_file() and path.stat().st_size > LARGEST:
        raise FileProblems([f"{path}:1: is larger than a filled form can be. Is it the right file?"])
    text = read_text(path)
    if text.lstrip().startswith("{"):
        raw, at = _from_json(path, text), _Places(path, text)
    elif path.suffix.lower() == ".csv":
        raw, at = _from_csv(path, found), _Places(path, "")
    else:
        raise FileProblems(
            [f"{path}:1: is neither a file that the form saved nor a filled .csv. Leave it out, or ask for another."]
        )
    if (raw.get("module"), raw.get("answer")) not in {(asked.module, asked.answer), (None, None)}:
        where = quoted(f"{raw.get('module')}, {raw.get('answer')}"[:80])
        raise FileProblems(
            [
                at.problem(
                    f"is a form of {where}, not of {asked.module}, {asked.answer}. Read it with its own kind.",
                    "module",
                )
            ]
        )
    name = raw.get("expert")
    expert = _plain(name, NAME) if isinstance(name, str) else ""
    if not expert:
        raise FileProblems(
            [at.problem("says no name or code. Write one there, as it would stand on the form.", "expert")]
        )
    role = raw.get("role") or ""
    if role not in ("", *ROLES):
        found.notes.append(at.problem(f"{_shown(role)} is none of {', '.join(ROLES)}; it is passed over.", "role"))
        role = ""
    items = raw.get("items")
    if not isinstance(items, Mapping):
        raise FileProblems([at.problem("has no ratings. Save the form again.", "items")])
    current = _current(asked, items, at, found.problems)
    readings, _ = read_form(asked.form, {item: {"ratings": one.get("ratings")} for item, one in current.items()})
    for item, reading in readings.items():
        for problem in reading.problems:
            found.problems.append(at.problem(f"{problem} The other ratings count.", "items", item, "ratings"))
    words = {
        item: _plain(one.get("words"), WORDS) for item, one in current.items() if isinstance(one.get("words"), str)
    }
    return Opinion(
        path,
        expert,
        str(role),
        _time(raw.get("saved")),
        {item: reading.ratings for item, reading in readings.items() if reading.ratings},
        {item: said for item, said in words.items() if said},
    )


def _current(asked: Asked, items: Mapping[str, Any], at: _Places, problems: list[str]) -> dict[str, Mapping[str, Any]]:
    """The items that were rated in their present words."""
    wordings, current, old = asked.wordings, {}, []
    for item, one in items.items():
        if item not in wordings:
            problems.append(at.problem(f"the form has no item {_shown(item)} now; it is left out.", "items", item))
        elif not isinstance(one, Mapping):
            problems.append(
                at.problem("has to be an object with 'wording' and 'ratings'; it is left out.", "items", item)
            )
        elif one.get("wording") != wordings[item]:
            old.append(item)
        else:
            current[item] = one
    if old:
        which = "all its items" if len(old) == len(items) else ", ".join(old)
        problems.append(
            at.problem(
                f"rates other words than those of today: {which}. They are left out; send the form anew (it keeps what "
                "still fits when this file is loaded into it).",
                "items",
                old[0],
                "wording",
            )
        )
    return current


@dataclass(frozen=True)
class _Places:
    """Says on which line of a JSON text a field stands."""

    path: Path
    text: str

    def problem(self, what: str, *place: str) -> str:
        at = 0
        for part in place:
            found = self.text.find(json.dumps(part), at)
            at = found if found >= 0 else at
        line = self.text.count("\n", 0, at) + 1
        return f"{self.path}:{line}: {'.'.join(visible(part)[:40] for part in place)}: {what}"


def _from_json(path: Path, text: str) -> Mapping[str, Any]:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            names = [name for name, _ in pairs]
            twice = next(name for name in names if names.count(name) > 1)
            raise ValueError(f"{_shown(twice)} stands twice in one place")
        return found

    def no_number(name: str) -> Any:
        raise ValueError(f"{name} is no number")

    try:
        data = json.loads(text, object_pairs_hook=once, parse_constant=no_number)
    except json.JSONDecodeError as error:
        raise FileProblems(
            [f"{path}:{error.lineno}: is cut off or changed ({error.msg}). Ask for the file that the form saved."]
        ) from error
    except (ValueError, RecursionError) as error:
        why = "nested too deep" if isinstance(error, RecursionError) else str(error)
        raise FileProblems([f"{path}:1: cannot be read ({why}). Ask for the file that the form saved."]) from error
    if not isinstance(data, dict) or data.get("leadgym_panel") != 1:
        raise FileProblems(
            [f"{path}:1: is not a file that a panel's form saved. Leave it out, or ask for the right one."]
        )
    return data


def _from_csv(path: Path, found: Gathered) -> dict[str, Any]:
    """A sheet in the shape of the JSON file; wrong ratings are told with their lines."""
    rows = read_csv(path, _COLUMNS, ["role", "words"])
    items: dict[str, dict[str, Any]] = defaultdict(lambda: {"wording": "", "ratings": {}, "words": ""})
    for row in rows:
        one = items[row.cells["item"]]
        one["wording"] = row.cells["wording"]
        one["words"] = " ".join(said for said in (one["words"], row.cells.get("words", "")) if said)
        option, given = row.cells["option"], row.cells["rating"]
        if option in one["ratings"]:
            found.problems.append(row.problem("option", f"{_shown(option)} stands twice; the first row counts."))
        elif given in {"1", "2", "3", "4", "5"}:
            one["ratings"][option] = int(given)
        elif given:
            found.problems.append(
                row.problem("rating", f"{_shown(given)} is not one of 1 to 5. The other ratings count.")
            )
    return {"expert": _single(rows, "expert"), "role": _single(rows, "role"), "items": dict(items)}


def _single(rows: Sequence[Line], column: str) -> str:
    said = list(dict.fromkeys(row.cells[column] for row in rows if row.cells.get(column)))
    if len(said) > 1:
        line = next(row for row in rows if row.cells.get(column) == said[1])
        raise FileProblems([line.problem(column, f"{_shown(said[1])} and {_shown(said[0])} in one file. Keep one.")])
    # The sheet puts a sign before what a spreadsheet would take for a formula.
    return said[0][1:] if said and said[0][:1] == "'" and said[0][1:2] in "=+-@" else "".join(said)


def _one_each(found: Gathered) -> Iterator[Opinion]:
    """One opinion for each expert: the newest of several."""
    by: dict[str, list[Opinion]] = defaultdict(list)
    for opinion in found.opinions:
        by[opinion.expert.casefold()].append(opinion)
    for same in by.values():
        whole = {(tuple(sorted(one.flat.items())), tuple(sorted(one.words.items()))) for one in same}
        if len(whole) == 1:
            for other in same[1:]:
                found.notes.append(f"{other.path}: is the same as {same[0].path} and counts once.")
            yield same[0]
            continue
        newest = sorted(same, key=lambda one: one.saved or datetime.min.replace(tzinfo=UTC))
        if newest[-1].saved is None or newest[-1].saved == newest[-2].saved:
            files = ", ".join(str(one.path) for one in same)
            found.problems.append(
                f"{files}: differ, are by one expert, {_shown(same[0].expert)}, and do not say which is newer. Neither "
                "counts; leave one out."
            )
            continue
        for other in newest[:-1]:
            found.notes.append(
                f"{other.path}: {newest[-1].path} is by the same expert and newer "
                f"({newest[-1].saved:%Y-%m-%d %H:%M} UTC), and counts in its place."
            )
        yield newest[-1]


def _tells_apart(asked: Asked, opinion: Opinion, notes: list[str]) -> bool:
    """Whether the ratings say anything; what is odd about them is noted."""
    given, path = opinion.flat, opinion.path
    missing = [
        item.id
        for item in asked.form.items
        if any(option.id not in opinion.ratings.get(item.id, {}) for option in item.options)
    ]
    total = sum(len(item.options) for item in asked.form.items)
    if missing:
        notes.append(
            f"{path}: {total - len(given)} of {total} options are not rated ({', '.join(missing)}); the rest counts."
        )
    if len(given) > 3 and len(set(given.values())) == 1:
        notes.append(
            f"{path}: rates everything {next(iter(given.values()))}, which tells nothing apart; it is left out."
        )
        return False
    whole = [item for item in asked.form.items if item.id in opinion.ratings and item.id not in missing]
    level = [item for item in whole if len(set(opinion.ratings[item.id].values())) == 1]
    if len(level) > 1 and 2 * len(level) >= len(whole):
        notes.append(
            f"{path}: gives all options the same rating in {len(level)} of {len(whole)} items. It counts; ask."
        )
    seen = [
        tuple(
            opinion.ratings[item.id][option] for option in order(opinion.expert, [o.id for o in item.options], item.id)
        )
        for item in whole
    ]
    most = max((seen.count(one) for one in seen), default=0)
    if len(seen) >= 4 and most >= 0.8 * len(seen) and not level:
        notes.append(f"{path}: rates by place on the screen in {most} of {len(seen)} items. It counts; ask.")
    return True


def _alike(opinions: Sequence[Opinion]) -> Iterable[str]:
    """Two experts with the very same ratings: chance does not do that on a whole form."""
    for place, one in enumerate(opinions):
        for other in opinions[:place]:
            if one.flat == other.flat and len(one.flat) >= 8:
                yield f"{other.path} and {one.path}: agree on every rating. Both count; ask whether one is a copy."


def _time(value: Any) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def _plain(text: Any, longest: int) -> str:
    return " ".join(visible(str(text)).split())[:longest]


def _shown(value: Any) -> str:
    return f"'{_plain(value, 40)}'"
