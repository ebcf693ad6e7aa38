"""A question to the room and the votes on it: what may be asked, what a vote may be, and how votes are counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field

from leadgym.room.race import Key, choices, key_of, question
from leadgym.scenario.engine import State, current_scene, open_options, open_questions, tell
from leadgym.widgets.intervals import TEN

NOBODY = "none"
"""The option of a vote on what to ask that asks nothing."""
MOST_OPTIONS, LONGEST_TEXT = 8, 300


class RoomProblem(ValueError):
    """What was wanted does not fit where the room stands, in a sentence. ``code`` is for programs."""

    def __init__(self, code: str, sentence: str) -> None:
        self.code = code
        super().__init__(sentence)


@dataclass(frozen=True)
class Choice:
    """One thing a poll offers."""

    id: str
    text: str


@dataclass(frozen=True)
class Poll:
    """A question to the room. ``kind``: ``decide`` and ``ask`` belong to the story's scene; ``range``, ``free`` and
    ``race`` to nobody. A range's vote is two numbers, and its choices say whether the ``answer`` (in ``unit``) lies
    between them. A race's poll says which ``race``."""

    id: str
    kind: str
    scene: str
    question: str
    choices: tuple[Choice, ...]
    answer: float | None = None
    unit: str = ""
    source: str = ""
    race: Key | None = None

    def choice(self, name: object) -> Choice:
        """The choice with that id. Raises RoomProblem."""
        for choice in self.choices:
            if choice.id == name:
                return choice
        raise RoomProblem("no-such-choice", "That is not on offer.")


@dataclass(frozen=True)
class Vote:
    """A participant's word in one round. ``sure``: per cent, or None. ``span``: low and high, for a range."""

    choice: str
    sure: int | None = None
    span: tuple[float, float] | None = None


@dataclass
class Round:
    """The votes of one round: by participant, or counted by show of hands."""

    votes: dict[str, Vote] = field(default_factory=dict)
    hands: dict[str, int] | None = None

    def counts(self) -> Counter[str]:
        """How many chose each option."""
        return Counter(self.hands if self.hands is not None else [vote.choice for vote in self.votes.values()])

    def sure(self, choice: str) -> float | None:
        """The mean of how sure those were who chose it, in per cent; None where nobody said."""
        said = [vote.sure for vote in self.votes.values() if vote.choice == choice and vote.sure is not None]
        return sum(said) / len(said) if said and self.hands is None else None


@dataclass
class Asked:
    """A poll with its two rounds.

    ``took``: by what the story went on: nothing, one, or several questions bought in turn. ``week``: up to which week a
    race is shown (0: not yet).
    """

    poll: Poll
    first: Round = field(default_factory=Round)
    second: Round = field(default_factory=Round)
    took: list[str] = field(default_factory=list)
    week: int = 0

    @property
    def last(self) -> Round:
        """The round that counts: the second where anybody voted in it."""
        return self.second if self.second.counts() else self.first

    def leading(self, among: Collection[str] | None = None) -> list[str]:
        """The options with most votes (``among`` these): none before a vote, several in a tie; in the poll's order."""
        counts = self.last.counts()
        names = [choice.id for choice in self.poll.choices if among is None or choice.id in among]
        most = max((counts[name] for name in names), default=0)
        return [name for name in names if most and counts[name] == most]

    def moved(self) -> int:
        """How many voted in both rounds, and otherwise in the second."""
        second = self.second.votes
        return sum(w in second and second[w].choice != vote.choice for w, vote in self.first.votes.items())


def offered(number: str, kind: object, story: State) -> Poll:
    """What the story offers where it stands: ``ask`` for its questions, anything else for its decision."""
    if story.scene is None:
        raise RoomProblem("story-over", "The story has ended; there is nothing to decide.")
    scene = current_scene(story)
    if kind == "ask":
        questions = open_questions(story)
        if not questions:
            raise RoomProblem("nothing-to-ask", "There is nothing left to ask here.")
        made = [Choice(q.id, tell(story, q.text)) for q in questions]
        intro = tell(story, scene.asking.intro) if scene.asking else ""
        return Poll(number, "ask", scene.id, intro, (*made, Choice(NOBODY, "Ask nothing more and decide.")))
    made = [Choice(option.id, tell(story, option.text)) for option in open_options(story)]
    return Poll(number, "decide", scene.id, tell(story, scene.question or "What do you do?"), tuple(made))


def free(number: str, asked: object, texts: object) -> Poll:
    """The facilitator's own question. Raises RoomProblem."""
    if not isinstance(asked, str) or not 0 < len(asked.strip()) <= LONGEST_TEXT:
        raise RoomProblem("bad-poll", f"A question is a text of at most {LONGEST_TEXT} characters.")
    if not isinstance(texts, list) or not 2 <= len(texts) <= MOST_OPTIONS:
        raise RoomProblem("bad-poll", f"A question takes 2 to {MOST_OPTIONS} answers.")
    if not all(isinstance(text, str) and 0 < len(text.strip()) <= LONGEST_TEXT for text in texts):
        raise RoomProblem("bad-poll", f"An answer is a text of at most {LONGEST_TEXT} characters.")
    made = tuple(Choice(f"a{place}", text.strip()) for place, text in enumerate(texts, 1))
    return Poll(number, "free", "", asked.strip(), made)


def guess(number: str, name: object) -> Poll:
    """A range for one of the ten facts of module 07. Raises RoomProblem."""
    fact = TEN.get(name) if isinstance(name, str) else None
    if fact is None:
        raise RoomProblem("no-such-fact", f"The facts to guess are: {', '.join(TEN)}.")
    made = (Choice("in", "The answer lies in your range"), Choice("out", "It lies outside"))
    question = f"{fact.text} ... {fact.unit}. Give a low and a high end, so that nine of ten such ranges would hold."
    return Poll(number, "range", "", question, made, fact.answer, fact.unit, fact.source)


def race(number: str, policies: object, away: object) -> Poll:
    """Which of some policies ships most. Raises RoomProblem."""
    try:
        key = key_of(policies, away)
    except ValueError as problem:
        raise RoomProblem("bad-race", str(problem)) from problem
    made = tuple(Choice(name, text) for name, text in choices(key))
    return Poll(number, "race", "", question(key), made, race=key)


def span(poll: Poll, low: object, high: object) -> Vote:
    """A range as a vote, held against the answer. Raises RoomProblem."""
    ends = [end for end in (low, high) if isinstance(end, int | float) and not isinstance(end, bool)]
    # Compared, not converted: a number that is none compares with nothing, and a whole one of 400 digits is no float.
    if len(ends) != 2 or not all(abs(end) <= 1e12 for end in ends) or ends[0] > ends[1]:
        raise RoomProblem("bad-range", "A range is two numbers, the lower one first.")
    assert poll.answer is not None, "a range's poll has its answer"  # noqa: S101
    return Vote("in" if ends[0] <= poll.answer <= ends[1] else "out", None, (float(ends[0]), float(ends[1])))
