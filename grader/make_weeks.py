"""Make what module 01 keeps hidden: days for `focus_blocks`, and weeks for `reschedule` with what a good search wins.

Writes between the marker lines of `grader/keys/01_schedule.yaml`; `--check` writes nothing and fails where they differ
(it computes every week again, which takes some ten seconds). `--practice` prints the rubric's practice weeks.

    python grader/make_weeks.py [--check | --practice]

The reference is a beam search over single moves, which holds every constraint. With care 1 it looks for the most
`won - lost`; with care 0, the selfish search, for the most `won`, and never looks at what others lose. It is good, and
not proven best. It lies here, and not in the package, so that nobody hands it in by importing it.
"""

from __future__ import annotations

import json
import random
import sys
import zlib
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from leadgym.course.generated import settle, with_blocks
from leadgym.sim.meetings import DAYS, SLOT, Proposal, Week, blocks, draw_week, outcome

ROOT = Path(__file__).resolve().parents[1]
KEYS = ROOT / "grader/keys/01_schedule.yaml"
SEED = 61_204_377_119
"""The hidden weeks and days come from here on."""
WEEKS = 12
PRACTICE = (1, 2, 3, 4)
BEAM = 3
LEAST_WON = 240
"""Weeks in which there is less to win are passed over: they would count for nearly nothing."""


def search(week: Week, care: float = 1.0) -> dict[str, tuple[int, int]]:
    """A good proposal: the most ``won - care * lost`` that a beam of ``BEAM`` finds in the moves there are."""
    board = _Board(week)
    best: tuple[float, dict[str, tuple[int, int]]] = (0.0, {})
    beam = [(0.0, board.start, {})]
    for _ in range(week["moves"]):
        grown = [child for _, masks, places in beam for child in board.children(masks, places, care)]
        grown.sort(key=lambda child: (-child[0], _lot(child[3])))
        beam, seen = [], set()
        for hope, score, masks, places in grown:
            if score > best[0] + 1e-9:
                best = (score, places)
            if masks not in seen and len(beam) < BEAM:
                seen.add(masks)
                beam.append((hope, masks, places))
    return best[1]


Masks = tuple[tuple[int, ...], ...]
"""For you and each of the others, for each day, the quarter hours that are taken, as bits."""


class _Board:
    """A week in bits, which is what makes a search over thousands of moves quick."""

    def __init__(self, week: Week) -> None:
        self.week = week
        self.names = ["you", *week["others"]]
        self.length = (week["closes"] - week["opens"]) // SLOT
        self.least = week["least"] // SLOT
        taken = [[0] * DAYS for _ in self.names]
        for row, name in enumerate(self.names[1:], 1):
            for one in week["others"][name]:
                taken[row][one["day"]] |= self._bits(one["start"], one["minutes"])
        for one in week["meetings"]:
            for row in self._rows(one):
                taken[row][one["day"]] |= self._bits(one["start"], one["minutes"])
        self.start: Masks = tuple(map(tuple, taken))
        self.before = [[self._minutes(day) for day in days] for days in self.start]

    def _bits(self, start: int, minutes: int) -> int:
        begin = max(0, (start - self.week["opens"]) // SLOT)
        end = min(self.length, -((self.week["opens"] - start - minutes) // SLOT))
        return ((1 << max(0, end - begin)) - 1) << begin

    def _rows(self, one: Mapping[str, Any]) -> list[int]:
        return [0, *(self.names.index(name) for name in one["people"])]

    def _minutes(self, day: int) -> int:
        return SLOT * _long(day, self.length, self.least)[0]

    def _lost(self, row: int, days: tuple[int, ...]) -> int:
        return sum(max(0, was - self._minutes(day)) for was, day in zip(self.before[row], days, strict=True))

    def children(self, masks: Masks, places: dict[str, tuple[int, int]], care: float) -> Iterator[Any]:
        """Every further move: how promising it looks, what it scores, the week after it, and the proposal."""
        costs = [self._lost(row, days) for row, days in enumerate(masks)]
        hopes = sum(_long(day, self.length, self.least)[1] for day in masks[0])
        for one in self.week["meetings"]:
            if not one["movable"] or one["id"] in places:
                continue
            rows = self._rows(one)
            own = self._bits(one["start"], one["minutes"])
            without = {row: _with(masks[row], one["day"], masks[row][one["day"]] & ~own) for row in rows}
            for day in range(one["by"] + 1):
                taken = 0
                for row in rows:
                    taken |= without[row][day]
                for slot in range(self.length - one["minutes"] // SLOT + 1):
                    start = self.week["opens"] + slot * SLOT
                    bits = self._bits(start, one["minutes"])
                    if taken & bits or (day, start) == (one["day"], one["start"]):
                        continue
                    after = {row: _with(days, day, days[day] | bits) for row, days in without.items()}
                    won = sum(map(self._minutes, after[0])) - sum(self.before[0])
                    lost = sum(
                        self._lost(row, after[row]) if row in after else cost for row, cost in enumerate(costs) if row
                    )
                    score = won - care * lost
                    shape = sum(_long(d, self.length, self.least)[1] for d in after[0]) - hopes
                    week = tuple(after.get(row, days) for row, days in enumerate(masks))
                    yield score + shape, score, week, {**places, one["id"]: (day, start)}


def _lot(places: Proposal) -> int:
    """Which of two moves that look alike comes first: drawn, so that nobody's hour is taken for its place in a list."""
    return zlib.crc32(repr(sorted(places.items())).encode())


def _with(days: tuple[int, ...], day: int, mask: int) -> tuple[int, ...]:
    return (*days[:day], mask, *days[day + 1 :])


@lru_cache(maxsize=1 << 18)
def _long(taken: int, length: int, least: int) -> tuple[int, float]:
    """The quarter hours of a day in stretches of ``least`` or more, and a little extra for few, long stretches."""
    focus, shape, run = 0, 0.0, 0
    for slot in range(length + 1):
        if slot < length and not taken >> slot & 1:
            run += 1
            continue
        focus += run if run >= least else 0
        shape += run * run
        run = 0
    return focus, shape / 64


def computed(seed: int) -> dict[str, int]:
    """What the reference and the selfish search come to in the week of ``seed``."""
    week = draw_week(seed)
    careful, selfish = outcome(week, search(week, 1)), outcome(week, search(week, 0))
    return {"won": careful.won, "lost": careful.lost, "selfish_won": selfish.won, "selfish_lost": selfish.lost}


def weeks() -> list[dict[str, int]]:
    """The hidden weeks: the first WEEKS from SEED on in which there is something to win."""
    found: list[dict[str, int]] = []
    seed = SEED
    while len(found) < WEEKS:
        one = computed(seed)
        if one["won"] >= LEAST_WON:
            found.append({"seed": seed, **one})
        seed += 7_919
    return found


LABELS = {
    "apart": "meetings that lie apart, inside the working day",
    "none": "a day without meetings, or one with nothing but short gaps",
    "edge": "a stretch that is exactly as long as the least, or a quarter of an hour short of it",
    "overlap": "meetings that overlap or lie inside each other",
    "touch": "meetings that touch",
    "outside": "meetings that begin before the working day, end after it, or lie outside",
    "order": "meetings that do not come in the order of the day",
    "away": "a day that is taken as a whole",
    "free": "entries that are shown as free, declined or cancelled",
    "note": "an all-day entry that takes no time",
}
GROUPS = {
    "plain": ("apart", "apart", "apart", "edge", "edge", "none"),
    "together": ("overlap", "overlap", "touch", "outside", "outside", "order"),
    "no_meeting": ("away", "free", "free", "free", "note", "note"),
}
TITLES = ("Sync", "1:1", "Planning", "Interview", "Design", "Supplier", "Refunds", "Release")


def event(start: int, end: int, title: str, **other: Any) -> dict[str, Any]:
    """An entry of a day, as the exercise has them."""
    plain = {"title": title, "start": start, "end": end, "all_day": False, "shown": "busy", "answer": "yes"}
    return {**plain, "cancelled": False, **other}


def day_of(luck: random.Random, kind: str) -> dict[str, Any]:
    """A day that has what ``kind`` is about."""
    opens, closes = luck.choice(((540, 1020), (480, 990), (570, 1110)))
    least = luck.choice((120, 120, 90))
    events: list[dict[str, Any]] = []
    at = opens + 15 * luck.randint(2, 9)
    for _ in range({"none": luck.choice((0, 9)), "edge": 1}.get(kind, luck.randint(2, 3))):
        length = 15 * luck.randint(1, 4)
        if at + length > closes:
            break
        events.append(event(at, at + length, luck.choice(TITLES)))
        at += length + 15 * (luck.randint(1, 5) if kind == "none" else luck.randint(4, 14))
    if kind == "edge":
        first, short = events[0], luck.choice((0, 15))
        first["start"] = opens + least - short
        first["end"] = first["start"] + 30
        events.append(event(first["end"] + least - (15 - short), closes, "Support"))
    one = events[0] if events else {"start": opens, "end": opens}
    if kind == "overlap":
        events.append(event(one["start"] - 15, one["end"] + 45, "Interview"))
        events.append(event(one["start"], one["start"] + 15, "1:1"))
    if kind == "touch":
        events.append(event(one["end"], one["end"] + 30, "Sync"))
        events.append(event(one["end"] + 30, one["end"] + 45, "1:1"))
    if kind == "outside":
        events.append(event(opens - 90, opens + 15 * luck.randint(0, 2), "Early call"))
        events.append(event(closes - 15 * luck.randint(1, 3), closes + 60, "Late call"))
        events.append(event(closes + 90, closes + 150, "Choir"))
    if kind in ("order", "overlap", "outside", "free"):
        luck.shuffle(events)
    if kind == "away":
        events.append(event(0, 1440, "Leave", all_day=True))
    if kind == "note":
        events.append(event(0, 1440, "Noor's birthday", all_day=True, shown="free"))
    if kind == "free":
        middle = (opens + closes) // 30 * 15
        other = luck.choice(({"shown": "free"}, {"answer": "no"}, {"cancelled": True}))
        events.append(event(middle - 60, middle + 60, "Reading group", **other))
    return {"opens": opens, "closes": closes, "least": least, "events": events}


def counts(one: Mapping[str, Any]) -> bool:
    """Whether an entry takes time."""
    return one["shown"] == "busy" and one["answer"] != "no" and not one["cancelled"]


def right(day: Mapping[str, Any]) -> list[list[int]]:
    """The focus blocks of a day."""
    busy = [(0, 1440) if one["all_day"] else (one["start"], one["end"]) for one in day["events"] if counts(one)]
    return [list(block) for block in blocks(busy, day["opens"], day["closes"], day["least"])]


def naive(day: Mapping[str, Any]) -> list[list[int]]:
    """The gaps between entries in order, whatever they are: what a first draft finds."""
    at, found = day["opens"], []
    for one in day["events"]:
        if one["start"] - at >= day["least"]:
            found.append([at, one["start"]])
        at = one["end"]
    return [*found, [at, day["closes"]]] if day["closes"] - at >= day["least"] else found


def days() -> dict[str, list[tuple[str, dict[str, Any], list[list[int]]]]]:
    """The hidden days by group. In the two harder groups a first draft comes to something else."""
    luck = random.Random(SEED)  # noqa: S311 - kept where it is hidden
    found: dict[str, list[tuple[str, dict[str, Any], list[list[int]]]]] = {}
    for group, kinds in GROUPS.items():
        found[group] = []
        for kind in kinds:
            day = day_of(luck, kind)
            while group != "plain" and right(day) == naive(day):
                day = day_of(luck, kind)
            found[group].append((kind, day, right(day)))
    return found


def keys() -> dict[str, str]:
    """The generated parts of the key file."""
    groups = ["    groups:"]
    for group, asked in days().items():
        groups.append(f"      {group}:")
        for kind, day, blocks_ in asked:
            groups.append(f"        - label: {LABELS[kind]}")
            groups.append(f"          right: {json.dumps(blocks_)}")
            groups.append(f"          input: {json.dumps(day)}")
    hidden = ["    weeks:"]
    for one in weeks():
        hidden.append(f"      - {{{', '.join(f'{name}: {value}' for name, value in one.items())}}}")
    return {"focus_blocks": "\n".join(groups), "reschedule": "\n".join(hidden)}


def main() -> None:
    """Write, check, or print the practice weeks."""
    if "--practice" in sys.argv[1:]:
        for seed in PRACTICE:
            sys.stdout.write(f"      - {{seed: {seed}, won: {computed(seed)['won']}}}\n")
        return
    settle({KEYS: with_blocks(KEYS.read_text(encoding="utf-8"), KEYS, keys())}, "make_weeks.py")


if __name__ == "__main__":
    main()
