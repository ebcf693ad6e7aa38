"""How two states of a module's rules differ, in words for whoever changed them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from leadgym.cohort.rules import ANSWERS, CELLS, FILES, HEAD, MARKER, STORIES, Digests

_SHORT = 40
_NO_CAUSE = "By which rules these marks were made was not noted, so what has changed since cannot be said."
_LOST = "What it was is not kept."


def differences(
    before: Digests | None, was: Mapping[str, Any] | None, now: Digests, full: Mapping[str, Any]
) -> list[str]:
    """A sentence for each thing that has changed since ``before``; ``was`` and ``full`` are the data then and now.

    Where the data were not kept, which parts have changed is said all the same.
    """
    if before is None:
        return [_NO_CAUSE]
    return list(dict.fromkeys(_differences(before, was, now, full)))


def _differences(
    before: Digests, was: Mapping[str, Any] | None, now: Digests, full: Mapping[str, Any]
) -> Iterator[str]:
    for name in sorted({*before[ANSWERS], *now[ANSWERS]}):
        old, new = before[ANSWERS].get(name), now[ANSWERS].get(name)
        if old is None or new is None:
            yield f"The answer '{name}' is {'new' if old is None else 'gone'}."
        elif old != new and was is None:
            yield f"Rubric or keys of '{name}' have changed. {_LOST}"
        elif old != new and was is not None:
            for part, data in was[ANSWERS][name].items():
                what = "Rubric" if part == "rubric" else "Keys"
                yield from (f"{what} of '{name}'{told}" for told in _data(data, full[ANSWERS][name][part]))
    for part, tell in ((HEAD, _head), (FILES, _files), (STORIES, _stories), (CELLS, _cells)):
        if before.get(part) != now[part]:
            yield from tell(None if was is None else was[part], full[part])
    if before.get(MARKER) != now[MARKER]:
        old, new = (was or {}).get(MARKER, {}).get("leadgym", ""), full[MARKER]["leadgym"]
        version = f", version {old} then, {new} now" if old and old != new else ""
        yield f"leadgym's own marking code is another{version}."


def _data(old: Any, new: Any, place: tuple[str, ...] = ()) -> Iterator[str]:
    """What follows on the name of a file: where its data differ, and how."""
    if old == new:
        return
    if isinstance(old, dict) and isinstance(new, dict):
        for name in dict.fromkeys((*old, *new)):
            if name not in old or name not in new:
                yield f"{_at((*place, str(name)))}: is {'new' if name not in old else 'gone'}."
            else:
                yield from _data(old[name], new[name], (*place, str(name)))
    elif isinstance(old, list) and isinstance(new, list):
        a, b = _by_name(old), _by_name(new)
        if a is not None and b is not None:
            yield from _data(a, b, place)
            if list(a) != list(b) and set(a) == set(b):
                yield f"{_at(place)}: has another order."
        elif len(old) == len(new):
            for number, (one, other) in enumerate(zip(old, new, strict=True), start=1):
                yield from _data(one, other, (*place, f"number {number}"))
        else:
            yield f"{_at(place)}: has {len(new)} entries, had {len(old)}."
    elif _is_short(old) and _is_short(new):
        yield f"{_at(place)}: is {_shown(new)}, was {_shown(old)}."
    else:
        yield f"{_at(place)}: has other words."


def _by_name(entries: list[Any]) -> dict[str, Any] | None:
    """A list of things that have an id each, by it."""
    if not entries or not all(isinstance(entry, dict) and isinstance(entry.get("id"), str) for entry in entries):
        return None
    found = {entry["id"]: entry for entry in entries}
    return found if len(found) == len(entries) else None


def _at(place: tuple[str, ...]) -> str:
    return f", {', '.join(place)}" if place else ""


def _is_short(value: Any) -> bool:
    return not isinstance(value, dict | list) and len(str(value)) <= _SHORT


def _shown(value: Any) -> str:
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else f"'{value}'" if isinstance(value, str) else str(value)


def _head(was: Any, now: Any) -> Iterator[str]:
    if was is None:
        yield f"The heads of rubric or keys have changed. {_LOST}"
        return
    for part, what in (("rubric", "The rubric"), ("keys", "The key file")):
        yield from (f"{what}{told}" for told in _data(was[part], now[part]))


def _files(was: Any, now: Any) -> Iterator[str]:
    if was is None:
        yield f"Files beside the rubric have changed. {_LOST}"
        return
    for name in sorted({*was, *now}):
        if was.get(name) != now.get(name):
            what = "is new" if name not in was else "is gone" if name not in now else "has changed"
            yield f"The file {name} beside the rubric {what}."


def _stories(was: Any, now: Any) -> Iterator[str]:
    if was is None:
        yield f"The scenario has changed. {_LOST}"
        return
    for name in sorted({*was, *now}):
        if was.get(name) != now.get(name):
            yield f"The scenario of {name} has changed."


def _cells(was: Any, now: Any) -> Iterator[str]:
    told = False
    for name, cells in now.items():
        old = {cell["grade_id"]: cell for cell in (was or {}).get(name, [])}
        for cell in cells:
            before = old.get(cell["grade_id"], cell)
            if before["points"] != cell["points"]:
                told = True
                worth = f"is worth {_shown(cell['points'])} points, was {_shown(before['points'])}"
                yield f"The cell '{cell['grade_id']}' in {name} {worth}."
    if not told:
        yield "The notebook's graded or locked cells have changed."
