"""Policies that are asked: plain functions, here or in another process, in batches over all runs.

A policy has up to five parts, each a function of one observation (see ``observation.py``):

- ``assign``: ``{ticket: person}`` for tickets under ``waiting``. Asked when one waits and somebody has room.
- ``pair``: ``{ticket: person or None}``, who sits beside the owner. The observation also has ``assigned``, what this
  policy's ``assign`` has handed out a moment ago.
- ``calendar``: ``{"coding": 0.6, "batched": False}``, the share of the lead's free time that is coding, and whether
  interruptions and answers are kept for the end of the day. Asked on Monday mornings.
- ``wip_limit``: how many tickets a person may have open, 1 to 5. Asked on Monday mornings.
- ``review_order``: ``{ticket: person or None}`` for tickets under ``reviews``, first things first; a person to review
  it, or None for the model's choice. Asked when a review has no reviewer.

Without ``assign``, everybody takes what lies nearest to what they are seen to know; without the others nobody pairs,
the lead codes 60 % of their time, two tickets are open a person, and reviews go to whoever knows enough.

What is wrong with a decision costs that part in that run at that moment: the default stands in, and a sentence is kept
(``Problem``). A ticket given to somebody who is away or has no room stays on the board, and is counted too.
"""

from __future__ import annotations

import marshal
import math
import traceback
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from leadgym.sim.observation import observations, undecided
from leadgym.sim.references import nearest
from leadgym.sim.state import DEFAULT_CODING, DEFAULT_WIP, KEEP, NOBODY, Decisions, State

PARTS = ("calendar", "wip_limit", "assign", "pair", "review_order")
MOST_WIP = 5
_MOST_ENTRIES = 500
_MOST_TEXT = 80
_MAX_PROBLEM = 200

Observation = dict[str, Any]
Reply = Mapping[str, Any]
Ask = Callable[[str, list[Observation]], Sequence[Reply]]
"""A part's name and a batch of observations in; for each, ``{"value": decision}`` or ``{"problem": sentence}`` out."""


@dataclass(frozen=True)
class Question:
    """A part of the policy and the observations it is to decide on."""

    part: str
    observations: list[Observation]


Asking = Generator[Question, Sequence[Reply], Decisions]


@dataclass(frozen=True)
class Problem:
    """Something wrong with decisions of one part: what, how often, and where first (``run 3, week 2, Tuesday``).

    ``lost``: the whole decision could not be used, and the default stood in.
    """

    part: str
    what: str
    count: int
    first: str
    lost: bool = False

    def __str__(self) -> str:
        times = "Once" if self.count == 1 else f"{self.count} times"
        return f"{times} `{self.part}` {self.what} The first time: {self.first}."


class _Refused(ValueError):
    """Why a decision cannot be used; completes a sentence that begins with the part's name."""


class Problems:
    """Counts what was wrong."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str, bool], list[Any]] = {}

    def add(self, part: str, what: str, seen: Observation, lost: bool = False) -> None:
        """``what`` completes a sentence that begins with the part's name."""
        where = f"run {seen['run']}, week {seen['week']}, {seen['day']} {seen['half']}"
        self._found.setdefault((part, what, lost), [0, where])[0] += 1

    def __iter__(self) -> Generator[Problem, None, None]:
        for (part, what, lost), (count, first) in sorted(self._found.items(), key=lambda item: -item[1][0]):
            yield Problem(part, what, count, first, lost)


def here(functions: Mapping[str, Callable[[Observation], Any]]) -> Ask:
    """Asks functions of this process, each with a copy of its own to change. What they raise becomes a problem."""

    def ask(part: str, batch: list[Observation]) -> list[Reply]:
        replies: list[Reply] = []
        for seen in batch:
            try:
                own = marshal.loads(marshal.dumps(seen))  # noqa: S302 - our own plain data, copied the fastest way
                replies.append({"value": functions[part](own)})
            except Exception as error:
                said = f"{type(error).__name__}: {error}"[:_MAX_PROBLEM]
                replies.append({"problem": f"{said.rstrip('.')}{_line(functions[part], error)}"})
        return replies

    return ask


def _line(function: Callable[[Observation], Any], error: Exception) -> str:
    """In which line of the cell or file of ``function`` it stopped, as the end of a sentence."""
    file = getattr(getattr(function, "__code__", None), "co_filename", None)
    lines = [number for frame, number in traceback.walk_tb(error.__traceback__) if frame.f_code.co_filename == file]
    return f" in line {lines[-1]}" if lines else ""


def deciding(parts: Sequence[str], state: State, problems: Problems) -> Asking:
    """Asks for what has to be decided before this step, and ends in the decisions for all runs."""
    turn = _Turn(parts, state, problems)
    which = undecided(state)
    monday = state.step % state.world.steps_a_week == 0
    if not which.any():
        return Decisions()
    # Without a policy's part the defaults stand, and nobody has to be shown anything.
    seen = observations(state, which) if parts else []
    if monday and "calendar" in parts:
        yield from turn.each("calendar", seen, turn.calendar)
    if monday and "wip_limit" in parts:
        yield from turn.each("wip_limit", seen, turn.wip_limit)
    if "assign" in parts:
        ready = [one for one in seen if one["waiting"] and any(person["room"] for person in one["people"])]
        yield from turn.each("assign", ready, turn.assign)
    turn.default_assign(seen)
    if "pair" in parts:
        yield from turn.each("pair", [one for one in seen if one["open"] or one["assigned"]], turn.pair)
    if "review_order" in parts:
        yield from turn.each("review_order", [one for one in seen if one["reviews"]], turn.review_order)
    return turn.decisions()


class _Turn:
    """The replies to one step's questions, put into arrays."""

    def __init__(self, parts: Sequence[str], state: State, problems: Problems) -> None:
        self.state, self.problems, self.parts = state, problems, parts
        self.start = state.window.start
        shape = (state.world.runs, state.window.stop - self.start)
        self.given = np.full(shape, NOBODY)
        self.partner = np.full(shape, KEEP)
        self.reviewer = np.full(shape, NOBODY)
        self.rank = np.full(shape, KEEP)
        self.coding, self.batched, self.wip = state.coding.copy(), state.batched.copy(), state.wip.copy()
        self.own = np.zeros(shape[0], dtype=np.bool_)  # runs whose assign was heard
        self.person = {name: number for number, name in enumerate(state.world.team.names)}

    def each(
        self, part: str, seen: list[Observation], read: Callable[[Observation, Any], None]
    ) -> Generator[Question, Sequence[Reply], None]:
        """Asks one part about ``seen`` and reads the replies, each by itself."""
        if not seen:
            return
        replies = yield Question(part, seen)
        if not isinstance(replies, Sequence) or len(replies) != len(seen):
            replies = [{"problem": "no decision came back"}] * len(seen)
        for one, reply in zip(seen, replies, strict=True):
            try:
                if not isinstance(reply, Mapping) or "value" not in reply:
                    why = reply.get("problem", "no decision came back") if isinstance(reply, Mapping) else "no reply"
                    raise _Refused(f"ended in an error ({str(why)[:_MAX_PROBLEM].rstrip('.')}).")
                read(one, reply["value"])
            except _Refused as refused:
                self.problems.add(part, str(refused), one, lost=True)

    def calendar(self, seen: Observation, value: Any) -> None:
        """``{"coding": share, "batched": bool}``, either of them optional."""
        run = seen["run"]
        self.coding[run], self.batched[run] = DEFAULT_CODING, False
        if not isinstance(value, Mapping) or not set(value) <= {"coding", "batched"}:
            raise _Refused('has to give a dict with "coding", "batched" or both, and nothing else.')
        coding, batched = value.get("coding", DEFAULT_CODING), value.get("batched", False)
        if isinstance(coding, bool) or not isinstance(coding, int | float) or not math.isfinite(coding):
            raise _Refused('has to give "coding" as a number from 0 to 1.')
        if not 0 <= coding <= 1:
            raise _Refused('has to give "coding" as a number from 0 to 1.')
        if not isinstance(batched, bool):
            raise _Refused('has to give "batched" as True or False.')
        self.coding[run], self.batched[run] = coding, batched
        seen["coding"], seen["batched"] = coding, batched

    def wip_limit(self, seen: Observation, value: Any) -> None:
        """A whole number from 1 to MOST_WIP; people's room in the observation follows it."""
        run = seen["run"]
        self.wip[run] = DEFAULT_WIP
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST_WIP:
            raise _Refused(f"has to give a whole number from 1 to {MOST_WIP}.")
        self.wip[run] = seen["wip_limit"] = value
        owners = [one["owner"] for one in seen["open"]]
        for person in seen["people"]:
            person["room"] = max(value - owners.count(person["name"]), 0) if person["here"] else 0

    def assign(self, seen: Observation, value: Any) -> None:
        """``{ticket: person}``; the first ones named get the room there is."""
        waiting = {one["ticket"]: one["number"] for one in seen["waiting"]}
        pairs = self._pairs(value, "ticket", "person", none=False)
        for ticket, person in pairs:
            self._known(seen, ticket, person)
        room = {person["name"]: person["room"] for person in seen["people"]}
        present = {person["name"] for person in seen["people"] if person["here"]}
        for ticket, person in pairs:
            if ticket not in waiting:
                self.problems.add("assign", "gave away a ticket that somebody has already. Look under 'waiting'.", seen)
            elif person is None or person not in present:
                self.problems.add("assign", "gave a ticket to somebody who is away. It stayed on the board.", seen)
            elif room[person] < 1:
                self.problems.add("assign", "gave a ticket to somebody without room. It stayed on the board.", seen)
            else:
                room[person] -= 1
                self.given[seen["run"], waiting[ticket] - self.start] = self.person[person]
        self.own[seen["run"]] = True

    def default_assign(self, seen: list[Observation]) -> None:
        """What lies nearest, in runs where the policy has no say."""
        if not self.own.all() and (fallback := nearest(self.state, self.coding).assign) is not None:
            self.given = np.where(self.own[:, None], self.given, fallback)
        names = self.state.world.team.names
        for one in seen:
            row = self.given[one["run"]]
            held = [(ticket["ticket"], row[ticket["number"] - self.start]) for ticket in one["waiting"]]
            one["assigned"] = {ticket: names[person] for ticket, person in held if person != NOBODY}

    def pair(self, seen: Observation, value: Any) -> None:
        """``{ticket: person or None}`` for open tickets and those just assigned."""
        open_ = {one["ticket"]: one["number"] for one in seen["open"]}
        open_.update({one["ticket"]: one["number"] for one in seen["waiting"] if one["ticket"] in seen["assigned"]})
        pairs = self._pairs(value, "ticket", "person or None", none=True)
        for ticket, person in pairs:
            self._known(seen, ticket, person)
        owner = {one["ticket"]: one["owner"] for one in seen["open"]} | seen["assigned"]
        for ticket, person in pairs:
            if ticket not in open_:
                self.problems.add("pair", "named a ticket that nobody is working on. Look under 'open'.", seen)
            elif owner[ticket] == person:
                self.problems.add("pair", "sat somebody down beside themselves. Nothing changed.", seen)
            else:
                number = NOBODY if person is None else self.person[person]
                self.partner[seen["run"], open_[ticket] - self.start] = number

    def review_order(self, seen: Observation, value: Any) -> None:
        """``{ticket: person or None}``, first things first."""
        reviews = {one["ticket"]: one for one in seen["reviews"]}
        pairs = self._pairs(value, "ticket", "person or None", none=True)
        for ticket, person in pairs:
            self._known(seen, ticket, person)
        run = seen["run"]
        for one in reviews.values():
            self.rank[run, one["number"] - self.start] = len(pairs)
        for rank, (ticket, person) in enumerate(pairs):
            if ticket not in reviews:
                self.problems.add("review_order", "named a ticket that is not in review. Look under 'reviews'.", seen)
                continue
            column = reviews[ticket]["number"] - self.start
            self.rank[run, column] = rank
            if person == reviews[ticket]["owner"]:
                self.problems.add("review_order", "let somebody review their own work. The default chose.", seen)
            elif person is not None:
                self.reviewer[run, column] = self.person[person]

    def _pairs(self, value: Any, key: str, what: str, none: bool) -> list[tuple[str, str | None]]:
        if not isinstance(value, Mapping):
            raise _Refused(f"has to give a dict {{{key}: {what}}}, not {type(value).__name__}.")
        if len(value) > _MOST_ENTRIES:
            raise _Refused(f"gave more than {_MOST_ENTRIES} entries.")
        for ticket, person in value.items():
            if not isinstance(ticket, str) or not (isinstance(person, str) or (none and person is None)):
                raise _Refused(f"has to give a dict {{{key}: {what}}} with names in quotes.")
        return list(value.items())

    def _known(self, seen: Observation, ticket: str, person: str | None) -> None:
        if person is not None and person not in self.person:
            raise _Refused(f"named '{person[:_MOST_TEXT]}', who is not in the team.")
        shown = (one for key in ("waiting", "open", "reviews") for one in seen[key])
        if not any(one["ticket"] == ticket for one in shown):
            raise _Refused(f"named '{ticket[:_MOST_TEXT]}', which is no ticket on the board.")

    def decisions(self) -> Decisions:
        """All that was decided."""
        return Decisions(
            assign=self.given,
            partner=self.partner,
            coding=self.coding,
            batched=self.batched,
            wip=self.wip,
            reviewer=self.reviewer if "review_order" in self.parts else None,
            review_rank=self.rank if "review_order" in self.parts else None,
        )
