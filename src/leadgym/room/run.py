"""A room's run as a fold over events: who joined, what was asked, who voted what, and where the story stands.

Nothing here reads a clock, a file or a network. What happens is an event, a dict of JSON data with a ``kind``. ``apply``
is the only way in, for what happens now and for what a session file tells after a restart. An event that does not fit
raises ``RoomProblem`` and changes nothing, so a file holds only events that were taken.

The course of a question is that of peer instruction (Crouch & Mazur 2001): everybody votes alone, turns to a neighbour,
votes again; the split is shown when the facilitator says so.

| kind | fields |
|---|---|
| ``open`` | ``module``, ``seed``, ``variant`` (each may be None), ``at`` |
| ``join`` | ``who``, ``name`` (may be empty) |
| ``begin`` | the first scene goes onto the screen, before its first question; with ``at`` it starts the clock |
| ``ask`` | ``what``: ``decide`` or ``ask`` (what the story offers here), ``range`` with ``fact``, ``free`` with ``question`` and ``choices``, or ``race`` with ``policies`` and ``away`` |
| ``stage`` | ``to``: one of the stages of a question |
| ``vote`` | ``who``, ``poll``, ``choice``, ``sure`` (50 to 100, or None); for a range ``low`` and ``high`` |
| ``hands`` | ``poll``, ``round`` (``first`` or ``second``), ``counts`` by option |
| ``take`` | ``choice``: the option of the poll by which the story goes on; ``more``: stay here to buy another question |
| ``raced`` | ``result``: what a race came to (``race.Raced``), so that nothing is run twice |
| ``week`` | ``poll``, ``to``: up to which week the race is shown; 0 is back to the split |
| ``back`` | |
| ``organisation`` | ``variant``: where the story begins once more; ``same``: whether with the answers given so far |
| ``segment`` | ``number``, ``at`` |
| ``port`` | ``number``: where phones find the room, so that a restart listens there again |
| ``again`` | ``at``: a room past its time goes on, on purpose |
| ``end``, ``close`` | |

``at`` are seconds since 1970; ``join`` and ``vote`` come from participants, ``open``, ``port`` and ``raced`` from the server,
and everything else (``FACILITATORS``) from the facilitator.
"""  # noqa: E501

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any

from leadgym.room.poll import NOBODY, Asked, RoomProblem, Round, Vote, free, guess, offered, race, span
from leadgym.room.race import WEEKS, Key, Raced, read
from leadgym.scenario.engine import NotPossible, State, advance, begin, open_questions
from leadgym.scenario.model import Scenario

LOBBY, FIRST, TALK, SECOND, CLOSED, SHOWN, ENDED, OVER = (
    "lobby", "first", "talk", "second", "closed", "shown", "ended", "over",
)  # fmt: skip
NEXT: Mapping[str, frozenset[str]] = {
    FIRST: frozenset({TALK, CLOSED}),
    TALK: frozenset({SECOND, CLOSED, FIRST}),
    SECOND: frozenset({CLOSED}),
    CLOSED: frozenset({SHOWN, FIRST, SECOND, LOBBY}),
    SHOWN: frozenset({TALK, SECOND, LOBBY}),
}
"""Where a question may go from each stage. Back to a vote from ``closed`` or ``talk`` mends a press too early;
to the lobby is back to the story, with nothing taken."""
FACILITATORS = frozenset(
    {"begin", "ask", "stage", "hands", "take", "week", "back", "organisation", "segment", "again", "end", "close"}
)
"""The kinds of events that a facilitator sends."""
MOST_PEOPLE, LONGEST_NAME = 1000, 24
TOO_EARLY = 30.0
"""Seconds within which a step back to the part before says that "Next part" was pressed too early: its time goes on."""
_LATEST = 1e11


class Room:
    """The run. ``scenario_of`` finds the story of a module. ``runs`` are those in other organisations before this one,
    each with every point on its way, as ``states`` has this one's."""

    def __init__(self, scenario_of: Callable[[str], Scenario]) -> None:
        self._scenario_of = scenario_of
        self.stage = ""
        self.module = ""
        self.people: dict[str, str] = {}
        self.asked: list[Asked] = []
        self.begun = False
        self.segment = (0, 0.0)
        self.opened_at = 0.0
        self.port = 0
        self.began_at = 0.0
        self.clock = False
        self._since: dict[int, float] = {}
        self.states: list[State] = []
        self.runs: list[list[State]] = []
        self.races: dict[Key, Raced] = {}
        self.revision = 0

    @property
    def story(self) -> State:
        """Where the story stands; ``states`` has every point on the way."""
        return self.states[-1]

    @property
    def ends(self) -> list[State]:
        """Where each run stands or stood last, in the order in which they were played."""
        return [run[-1] for run in (*self.runs, self.states)]

    @property
    def ended_early(self) -> bool:
        """Whether the facilitator ended it while the story could still go on."""
        return self.stage == ENDED and self.story.scene is not None

    @property
    def at_premise(self) -> bool:
        """Whether the room sees who is who, and no scene yet. A question of nobody's may come before the story."""
        told = len(self.states) > 1 or bool(self.runs) or any(one.poll.scene for one in self.asked)
        return not (self.begun or told)

    @property
    def can_back(self) -> bool:
        """Whether there is anything to go back to."""
        told = any(one.poll.scene for one in self.asked)
        return len(self.states) > 1 or bool(self.runs) or self.ended_early or (self.begun and not told)

    @property
    def now(self) -> Asked | None:
        """The question before the room, open or shown; None in the lobby and once the story has gone on."""
        on_show = self.stage in (FIRST, TALK, SECOND, CLOSED, SHOWN)
        return self.asked[-1] if on_show and self.asked else None

    @property
    def on_offer(self) -> list[str]:
        """The options by which the story can go on from the question before the room: what was bought is none."""
        now = self.now
        if now is None or now.poll.kind not in ("decide", "ask"):
            return []
        left = {NOBODY, *(q.id for q in open_questions(self.story))} if now.poll.kind == "ask" else None
        return [choice.id for choice in now.poll.choices if left is None or choice.id in left]

    @property
    def voting(self) -> Round | None:
        """The round in which votes are taken now; None where none are."""
        asked = self.now
        if asked is None:
            return None
        return {FIRST: asked.first, SECOND: asked.second}.get(self.stage)

    @property
    def unraced(self) -> Key | None:
        """The race that the room is asked about now and that has not been run; None where there is none."""
        key = self.now.poll.race if self.now is not None else None
        return key if key not in self.races else None

    def raced(self, asked: Asked) -> Raced | None:
        """What the race that ``asked`` is about came to; None where it was not run or no week of it is shown."""
        return self.races.get(asked.poll.race) if asked.poll.race is not None and asked.week else None

    def apply(self, event: Mapping[str, Any]) -> None:
        """Take one event. Raises RoomProblem, having changed nothing, when it does not fit."""
        kind = event.get("kind")
        takes = getattr(self, f"_take_{kind}", None) if isinstance(kind, str) else None
        if takes is None:
            raise RoomProblem("no-such-event", f"A room knows nothing called {str(kind)[:40]!r}.")
        if kind == "open":
            if self.stage:
                raise RoomProblem("open-already", "The room is open already.")
        elif not self.stage:
            raise RoomProblem("not-open", "The room is not open.")
        elif self.stage == OVER:
            raise RoomProblem("over", "This room is closed.")
        takes(event)
        self.revision += 1

    def anew(self) -> Room:
        """A room of the same stories in which nothing has happened."""
        return Room(self._scenario_of)

    def replayed(self, events: Iterable[Mapping[str, Any]]) -> Room:
        """This room after ``events``."""
        for event in events:
            self.apply(event)
        return self

    def _take_open(self, event: Mapping[str, Any]) -> None:
        name, at = _text(event, "module"), _seconds(event)
        seed, variant = event.get("seed"), event.get("variant")
        if not (seed is None or type(seed) is int) or not (variant is None or isinstance(variant, str)):
            raise RoomProblem("bad-event", "A seed is a whole number and a variant a name, or they are left out.")
        try:
            self.states = [begin(self._scenario_of(name), seed, variant)]
        except NotPossible as problem:
            raise RoomProblem("not-possible", str(problem)) from problem
        except (OSError, ValueError) as problem:
            raise RoomProblem("no-such-module", f"The story of {name[:60]!r} cannot be read ({problem}).") from problem
        self.module, self.stage = name, LOBBY
        self.opened_at = self.began_at = at
        self.segment = (0, at)

    def _take_join(self, event: Mapping[str, Any]) -> None:
        who, name = _text(event, "who"), event.get("name") or ""
        if len(self.people) >= MOST_PEOPLE and who not in self.people:
            raise RoomProblem("full", f"The room is full: {MOST_PEOPLE} people are in it.")
        if not isinstance(name, str) or len(name) > LONGEST_NAME:
            raise RoomProblem("bad-name", f"A name has at most {LONGEST_NAME} letters.")
        self.people[who] = name

    def _take_begin(self, event: Mapping[str, Any]) -> None:
        if self.stage != LOBBY or not self.at_premise:
            raise RoomProblem("not-now", "The story has begun already.")
        at = _seconds(event)
        self.begun = True
        if at and not self.clock and self.segment[0] == 0:
            self.clock, self.began_at, self.segment = True, at, (0, at)

    def _take_ask(self, event: Mapping[str, Any]) -> None:
        if self.stage not in (LOBBY, SHOWN, CLOSED, ENDED):
            raise RoomProblem("still-voting", "A question is open. Close its vote first.")
        number, what = f"q{len(self.asked) + 1}", event.get("what")
        if what == "free":
            poll = free(number, event.get("question"), event.get("choices"))
        elif what == "range":
            poll = guess(number, event.get("fact"))
        elif what == "race":
            poll = race(number, event.get("policies"), event.get("away"))
        else:
            poll = offered(number, what, self.story)
        self.asked.append(Asked(poll))
        self.stage = FIRST

    def _take_stage(self, event: Mapping[str, Any]) -> None:
        to = event.get("to")
        if not isinstance(to, str) or to not in NEXT.get(self.stage, frozenset()):
            raise RoomProblem("not-now", f"From '{self.stage}' the room cannot go to '{str(to)[:20]}'.")
        if self.now is not None and self.now.took and to not in (SHOWN, LOBBY):
            raise RoomProblem("bought-already", "The room has bought from this vote. Put the question anew.")
        if self.now is not None and to in (TALK, SECOND):
            self.now.week = 0  # whoever votes once more does not look at what came
        self.stage = to

    def _take_vote(self, event: Mapping[str, Any]) -> None:
        now, voting, who = self.now, self.voting, _text(event, "who")
        if now is None or event.get("poll") != now.poll.id:
            raise RoomProblem("another-question", "The room is at another question by now.")
        if voting is None:
            raise RoomProblem("not-voting", "No vote is open now.")
        if who not in self.people:
            raise RoomProblem("not-joined", "Join the room first.")
        if now.poll.kind == "range":
            voting.votes[who] = span(now.poll, event.get("low"), event.get("high"))
            return
        sure = event.get("sure")
        if sure is not None and (type(sure) is not int or not 50 <= sure <= 100):
            raise RoomProblem("bad-sure", "How sure you are is a whole number from 50 to 100.")
        voting.votes[who] = Vote(now.poll.choice(event.get("choice")).id, sure)

    def _take_hands(self, event: Mapping[str, Any]) -> None:
        now, counts, which = self.now, event.get("counts"), event.get("round")
        if now is None or event.get("poll") != now.poll.id or which not in ("first", "second"):
            raise RoomProblem("another-question", "The room is at another question by now.")
        if not isinstance(counts, Mapping) or not all(
            type(n) is int and 0 <= n <= MOST_PEOPLE for n in counts.values()
        ):
            raise RoomProblem("bad-count", f"A count is a whole number from 0 to {MOST_PEOPLE}.")
        for name in counts:
            now.poll.choice(name)
        round_ = now.first if which == "first" else now.second
        round_.hands = {name: int(n) for name, n in counts.items()}

    def _take_take(self, event: Mapping[str, Any]) -> None:
        now = self.now
        if now is None or self.stage not in (CLOSED, SHOWN) or now.poll.kind not in ("decide", "ask"):
            raise RoomProblem("not-now", "Close the vote first; then the story can go on.")
        choice, more = now.poll.choice(event.get("choice")).id, event.get("more", False)
        if not isinstance(more, bool):
            raise RoomProblem("bad-event", "'more' is true or false, or left out.")
        if (now.poll.kind, choice) != ("ask", NOBODY):
            try:
                step = f"{'ask ' if now.poll.kind == 'ask' else ''}{now.poll.scene}.{choice}"
                self.states.append(advance(self.story, step))
            except NotPossible as problem:
                raise RoomProblem("not-possible", str(problem)) from problem
        now.took.append(choice)
        if more and now.poll.kind == "ask" and choice != NOBODY and open_questions(self.story):
            return
        self.stage = ENDED if self.story.scene is None else LOBBY

    def _take_raced(self, event: Mapping[str, Any]) -> None:
        try:
            found = read(event.get("result"))
        except ValueError as problem:
            raise RoomProblem("bad-event", str(problem)) from problem
        self.races[found.key] = found

    def _take_week(self, event: Mapping[str, Any]) -> None:
        now, to = self.now, event.get("to")
        if now is None or now.poll.race is None or event.get("poll") != now.poll.id:
            raise RoomProblem("another-question", "The room is at another question by now.")
        if self.stage != SHOWN:
            raise RoomProblem("not-now", "Show the split first; then the race can start.")
        if type(to) is not int or not 0 <= to <= WEEKS:
            raise RoomProblem("bad-week", f"A race is shown up to week 1 to {WEEKS}, or 0 for not at all.")
        if now.poll.race not in self.races:
            raise RoomProblem("not-raced", "The race is still being run. Press again in a moment.")
        now.week = to

    def _take_back(self, _event: Mapping[str, Any]) -> None:
        """Take back an end before its time, or else the last step of the story; what was voted stays on record."""
        if not self.can_back:
            raise RoomProblem("nothing-back", "The story stands at its beginning.")
        if self.ended_early:
            self.stage = LOBBY
            return
        if len(self.states) > 1:
            self.states.pop()
        elif self.runs:
            self.states = self.runs.pop()
        else:
            self.begun = False
        self.stage = ENDED if self.story.scene is None else LOBBY

    def _take_organisation(self, event: Mapping[str, Any]) -> None:
        variant, same = _text(event, "variant"), event.get("same")
        if self.stage not in (LOBBY, CLOSED, SHOWN, ENDED):
            raise RoomProblem("still-voting", "A question is open. Close its vote first.")
        if not isinstance(same, bool):
            raise RoomProblem("bad-event", "'same' is true or false.")
        if any(end.variant == variant for end in self.ends):
            raise RoomProblem("played-already", "The room has played in this organisation already.")
        try:
            states = [begin(self.story.scenario, self.story.seed, variant)]
        except NotPossible as problem:
            raise RoomProblem("not-possible", str(problem)) from problem
        with suppress(NotPossible):  # as far as the answers are on offer there
            for choice in self.story.choices if same else ():
                states.append(advance(states[-1], choice))
        self.runs.append(self.states)
        self.states = states
        self.stage = ENDED if self.story.scene is None else LOBBY

    def _take_segment(self, event: Mapping[str, Any]) -> None:
        number = event.get("number")
        if type(number) is not int or number < 0:
            raise RoomProblem("bad-segment", "A part has a number from 0.")
        at, starts_clock = _seconds(event), number == self.segment[0] == 0  # people join before it begins
        if number == self.segment[0] - 1 and at - self.segment[1] < TOO_EARLY:
            at = self._since.get(number, at)
        self._since[self.segment[0]] = self.segment[1]
        self.segment, self.clock = (number, at), True
        if starts_clock:
            self.began_at = self.segment[1]

    def _take_port(self, event: Mapping[str, Any]) -> None:
        number = event.get("number")
        if type(number) is not int or not 0 < number < 65536:
            raise RoomProblem("bad-port", "A port is a whole number from 1 to 65535.")
        self.port = number

    def _take_again(self, event: Mapping[str, Any]) -> None:
        """The time until it closes begins once more, and so does that of its part; what lay between is no delay."""
        at = _seconds(event)
        number, since = self.segment
        self.opened_at, self.segment = at, (number, at)
        self._since.clear()
        self.began_at += at - since

    def _take_end(self, _event: Mapping[str, Any]) -> None:
        self.stage = ENDED

    def _take_close(self, _event: Mapping[str, Any]) -> None:
        self.stage = OVER


def _text(event: Mapping[str, Any], name: str) -> str:
    """A field that is a text and not empty. Raises RoomProblem."""
    value = event.get(name)
    if not isinstance(value, str) or not value:
        raise RoomProblem("bad-event", f"'{event.get('kind')}' takes '{name}', a text.")
    return value


def _seconds(event: Mapping[str, Any]) -> float:
    """When it happened; 0 where nobody says. Raises RoomProblem."""
    at = event.get("at") or 0.0
    if not isinstance(at, int | float) or isinstance(at, bool) or not 0 <= at <= _LATEST:
        raise RoomProblem("bad-event", "'at' is a number of seconds since 1970.")
    return float(at)
