"""Weeks of meetings to be rescheduled: drawn by seed, with what a change wins you and takes from others. Pure.

A week is plain data, so that it can be handed to a function in another process. Times are minutes after midnight (540
is nine o'clock) on quarter hours, days are 0 (Monday) to 4:

```python
{"opens": 540, "closes": 1020, "least": 120, "moves": 3,
 "meetings": [{"id": "m4", "title": "Sync with Dana", "day": 1, "start": 630, "minutes": 30,
               "movable": True, "by": 3, "people": ["Dana"]}, ...],
 "others": {"Dana": [{"day": 1, "start": 780, "minutes": 60}, ...], ...}}
```

``meetings`` is your calendar; ``by`` is the last day a meeting may lie on, and ``people`` have it in theirs too.
``others`` is what else they have. A proposal is ``{"m4": [day, start], ...}``, for at most ``moves`` of them.

Focus minutes of a person and a day: what is left of it in stretches of ``least`` minutes or more. ``won`` is how much
more of it you have in the week after the proposal; ``lost`` the sum, over the others and the days, of how much less
each has. A long morning that Priya loses on Tuesday is not made up by one on Thursday that she was not asked about.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Week = dict[str, Any]
Proposal = Mapping[str, tuple[int, int]]

SLOT = 15
DAYS = 5
OPENS, CLOSES, LEAST = 540, 1020, 120
_PEOPLE = ("Priya", "Tomasz", "Wen", "Dana", "Iris", "Ruth")
_NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri")


def clock(minute: int) -> str:
    """540 as 09:00."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def blocks(busy: list[tuple[int, int]], opens: int, closes: int, least: int) -> list[tuple[int, int]]:
    """The stretches of ``least`` minutes or more from ``opens`` to ``closes`` in which nothing of ``busy`` lies.

    ``busy`` may overlap, touch, lie outside, and come in any order; what ends before it starts takes no time.
    """
    found, free_from = [], opens
    for start, end in sorted((max(start, opens), min(end, closes)) for start, end in busy if end > start):
        if end <= start:
            continue
        if start - free_from >= least:
            found.append((free_from, start))
        free_from = max(free_from, end)
    return [*found, (free_from, closes)] if closes - free_from >= least else found


def draw_week(seed: int) -> Week:
    """The week of ``seed``. The same on every platform."""
    luck = random.Random(f"leadgym meetings {seed}")  # noqa: S311 - a week, not a secret
    people = luck.sample(_PEOPLE, 4)
    week: Week = {"opens": OPENS, "closes": CLOSES, "least": LEAST, "moves": luck.choice((3, 3, 4)), "meetings": []}
    week["others"] = {name: [] for name in people}
    add = _Adding(week, luck)
    for day in range(DAYS):
        add.at(day, 720, "Lunch", 30, [])
        for name in people:
            add.theirs(name, day, 720, 30)
    stand_up = luck.choice((540, 570, 600, 705))
    team = [name for name in people if name in ("Priya", "Tomasz", "Wen")]
    for day in range(DAYS):
        add.at(day, stand_up, "Stand-up", 15, team)
    add.at(luck.choice((0, 1)), luck.choice((780, 840)), "Planning", 90, people)
    add.somewhere("Roadmap call", 60, [], movable=False)
    add.somewhere("Supplier", 45, [], movable=False)
    for name in people:
        for _ in range(luck.randint(2, 3)):
            add.theirs_somewhere(name, luck.choice((30, 60, 60, 90)))
    for name in people:
        add.somewhere(f"1:1 {name}", 30, [name], movable=True)
    add.somewhere("Design talk", 60, luck.sample(people, 3), movable=True)
    for title, minutes in (("Refunds", 45), ("Hiring", 30), ("Support", 30), ("Release", 45), ("Sync", 30)):
        add.somewhere(title, minutes, luck.sample(people, luck.choice((1, 2, 2, 3))), movable=True)
    week["meetings"].sort(key=lambda one: (one["day"], one["start"]))
    for number, one in enumerate(week["meetings"], 1):
        one["id"] = f"m{number}"
    return week


class _Adding:
    """Puts meetings where nobody who is in them has anything yet."""

    def __init__(self, week: Week, luck: random.Random) -> None:
        self.week, self.luck = week, luck

    def at(self, day: int, start: int, title: str, minutes: int, people: list[str]) -> None:
        self._add(day, start, title, minutes, people, movable=False)

    def theirs(self, name: str, day: int, start: int, minutes: int) -> None:
        self.week["others"][name].append({"day": day, "start": start, "minutes": minutes})

    def theirs_somewhere(self, name: str, minutes: int) -> None:
        for day, start in self._places(minutes):
            if not any(_meet(start, minutes, busy) for busy in _their_day(self.week, name, day)):
                self.theirs(name, day, start, minutes)
                return

    def somewhere(self, title: str, minutes: int, people: list[str], *, movable: bool) -> None:
        for day, start in self._places(minutes):
            if free(self.week, {}, day, start, minutes, people, but=""):
                self._add(day, start, title, minutes, people, movable=movable)
                return

    def _places(self, minutes: int) -> list[tuple[int, int]]:
        starts = range(OPENS, CLOSES - minutes + 1, 30)
        return self.luck.sample([(day, start) for day in range(DAYS) for start in starts], len(starts) * DAYS)

    def _add(self, day: int, start: int, title: str, minutes: int, people: list[str], *, movable: bool) -> None:
        by = min(DAYS - 1, day + self.luck.choice((0, 0, 1, 1, 2, 4))) if movable else DAYS - 1
        one = {"id": "", "title": title, "day": day, "start": start, "minutes": minutes}
        self.week["meetings"].append({**one, "movable": movable, "by": by, "people": list(people)})


def moved(week: Week, proposal: Proposal) -> list[dict[str, Any]]:
    """The meetings as they lie after ``proposal``."""
    found = []
    for one in week["meetings"]:
        day, start = proposal.get(one["id"], (one["day"], one["start"]))
        found.append({**one, "day": day, "start": start})
    return found


def _their_day(week: Week, name: str, day: int, proposal: Proposal | None = None, but: str = "") -> Iterator[Any]:
    yield from (one for one in week["others"][name] if one["day"] == day)
    for one in moved(week, proposal or {}):
        if name in one["people"] and one["day"] == day and (not but or one["id"] != but):
            yield one


def _meet(start: int, minutes: int, busy: Mapping[str, Any]) -> bool:
    return bool(start < busy["start"] + busy["minutes"] and busy["start"] < start + minutes)


def free(
    week: Week, proposal: Proposal, day: int, start: int, minutes: int, people: list[str], but: str
) -> bool:  # fmt: skip
    """Whether you and ``people`` have nothing there after ``proposal``, the meeting ``but`` aside."""
    mine = [one for one in moved(week, proposal) if one["day"] == day and (not but or one["id"] != but)]
    if any(_meet(start, minutes, one) for one in mine):
        return False
    theirs = (one for name in people for one in _their_day(week, name, day, proposal, but))
    return not any(_meet(start, minutes, one) for one in theirs)


def problems(week: Week, proposal: Any) -> list[str]:
    """Why ``proposal`` (any data) cannot be put into people's calendars, in sentences; none where it can."""
    if not isinstance(proposal, Mapping):
        return [f'It has to be a dict such as {{"m4": [2, 780]}}, and is a {type(proposal).__name__}.']
    known = {one["id"]: one for one in week["meetings"]}
    places: dict[str, tuple[int, int]] = {}
    found = []
    for name, place in proposal.items():
        numbers = isinstance(place, list | tuple) and len(place) == 2 and all(type(n) is int for n in place)
        if name not in known:
            found.append("It moves something that is not in the week.")
        elif not numbers:
            found.append("A place is [day, start], two whole numbers.")
        elif (place[0], place[1]) != (known[name]["day"], known[name]["start"]):
            places[name] = (place[0], place[1])
    if found:
        return list(dict.fromkeys(found))
    if len(places) > week["moves"]:
        found.append(f"It moves {len(places)} meetings; {week['moves']} is the most.")
    for name, (day, start) in places.items():
        one = known[name]
        said = f"{one['title']} to {_NAMES[day] if 0 <= day < DAYS else f'day {day}'} {clock(start)}"
        if not one["movable"]:
            found.append(f"{said}: that one is fixed.")
        elif not (0 <= day < DAYS and week["opens"] <= start and start + one["minutes"] <= week["closes"]):
            found.append(f"{said}: outside of the working week.")
        elif start % SLOT:
            found.append(f"{said}: not on a quarter of an hour.")
        elif day > one["by"]:
            found.append(f"{said}: it is needed by {_NAMES[one['by']]}.")
        elif not free(week, places, day, start, one["minutes"], one["people"], but=name):
            found.append(f"{said}: somebody has something there.")
    return found


@dataclass(frozen=True)
class Outcome:
    """What a proposal comes to, in focus minutes. With ``problems`` nothing is won and nothing lost."""

    won: int
    lost: int
    moves: int
    problems: tuple[str, ...] = ()


def outcome(week: Week, proposal: Any) -> Outcome:
    """What ``proposal`` (any data) comes to in ``week``."""
    if wrong := problems(week, proposal):
        return Outcome(0, 0, 0, tuple(wrong))
    places = {name: (place[0], place[1]) for name, place in proposal.items()}
    before, after = focus(week, {}), focus(week, places)
    lost = sum(max(0, was - now) for name in week["others"] for was, now in zip(before[name], after[name], strict=True))
    return Outcome(sum(after["you"]) - sum(before["you"]), lost, len(places))


def focus(week: Week, proposal: Proposal) -> dict[str, list[int]]:
    """Focus minutes of each day after ``proposal``: of ``you``, and of each of the others."""
    found = {}
    meetings = moved(week, proposal)
    for name in ("you", *week["others"]):
        own = [] if name == "you" else week["others"][name]
        busy = [*own, *(one for one in meetings if name == "you" or name in one["people"])]
        found[name] = [
            sum(
                end - start
                for start, end in blocks(
                    [(one["start"], one["start"] + one["minutes"]) for one in busy if one["day"] == day],
                    week["opens"], week["closes"], week["least"],
                )
            )
            for day in range(DAYS)
        ]  # fmt: skip
    return found
