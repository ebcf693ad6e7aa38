"""What each screen shows of a room, as JSON data: the participants' phones, the projector, the facilitator's prompts.

HTML in it comes from ``leadgym.widgets`` and is clean; every other text is plain, and a page has to escape it. Before a
tally is shown, nothing that a phone or the projector gets tells how others voted, or what the answer is.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from leadgym.course.modules import Module, RaceOf, scenario
from leadgym.course.modules import module as promised
from leadgym.room.organisations import about, beside, label
from leadgym.room.poll import Asked, Poll, Round, Vote
from leadgym.room.race import WEEKS, came, drawn, key_of, question, title
from leadgym.room.run import CLOSED, ENDED, FIRST, LOBBY, OVER, SECOND, SHOWN, Room
from leadgym.scenario.engine import open_questions, questions_left, replay
from leadgym.widgets.debrief import compared
from leadgym.widgets.pages import asked, heading, meters, premise, scene_text
from leadgym.widgets.prose import block, plain
from leadgym.widgets.race_words import NOT_A_FORECAST

_SAYS = {
    LOBBY: "Look at the big screen. A question comes here.",
    FIRST: "Vote alone. Nobody sees who voted what.",
    "talk": "Put the phone down and turn to your neighbour: what did you choose, and why?",
    SECOND: "Vote again: the same answer, or another.",
    "closed": "The vote is closed. Look at the big screen.",
    SHOWN: "Look at the big screen.",
    ENDED: "The story ends here. Look at the big screen.",
    OVER: "This room is closed. You can close this page.",
}
"""What a phone says at each stage."""
_PAIRS = re.compile(r"\bpairs(,| for) (two|three|four) minutes", re.IGNORECASE)
"""Where a part's prompts want the long way: a vote alone, the neighbour, a second vote."""


def everybodys(room: Room) -> dict[str, Any]:
    """What is the same on every phone: the stage and what to do, the question, the scene as HTML."""
    now = room.now
    return {
        "revision": room.revision,
        "stage": room.stage,
        "says": _race_in_words(room) or _SAYS.get(room.stage, ""),
        "voting": room.voting is not None,
        "poll": _poll(now.poll) if now is not None else None,
        "round": {FIRST: 1, SECOND: 2}.get(room.stage),
        "scene": _scene_on_phone(room),
    }


def participant(room: Room, who: str, common: dict[str, Any] | None = None) -> dict[str, Any]:
    """What the phone of ``who`` shows: ``everybodys`` (``common``, where it is at hand), and their own votes."""
    voting = room.voting
    before = room.now.first.votes.get(who) if room.stage == SECOND and room.now is not None else None
    return {
        **(common or everybodys(room)),
        "mine": _own(voting.votes.get(who) if voting is not None else None),
        "before": _own(before),
    }


def _own(vote: Vote | None) -> dict[str, Any] | None:
    """Somebody's own vote. Of a range not whether it holds: that would be the answer."""
    if vote is None:
        return None
    return {"choice": vote.choice if vote.span is None else None, "sure": vote.sure, "span": vote.span}


def projector(room: Room) -> dict[str, Any]:
    """What everybody sees: the story as HTML, the question, how many have voted, and, once shown, the split."""
    poll_now, voting, story = room.now, room.voting, room.story
    return {
        "revision": room.revision,
        "stage": room.stage,
        "title": " / ".join(filter(None, [plain(story.scenario.title), label(story)])),
        "people": len(room.people),
        "voted": len(voting.votes) if voting is not None else None,
        "premise": premise(story) + about(story) if room.at_premise else "",
        "heading": heading(story),
        "scene": scene_text(story),
        "answers": asked(story) if story.scene is not None else "",
        "meters": meters(room.states),
        "poll": _poll(poll_now.poll) if poll_now is not None else None,
        "split": _split(poll_now) if poll_now is not None and room.stage == SHOWN else None,
        "race": _race(room),
        "compared": _compared(room) if room.stage == ENDED else "",
        "debrief": [plain(question) for question in story.scenario.debrief.questions[:3]]
        if room.stage == ENDED
        else [],
        "monday": _monday(room.module) if room.stage == ENDED else "",
    }


@lru_cache(maxsize=8)
def _monday(slug: str) -> str:
    return plain(promised(slug).on_monday)


def _race(room: Room) -> dict[str, Any] | None:
    """The race up to the week that is shown, as HTML, and beside it what the room guessed; None where none is asked."""
    now = room.now
    if now is None or now.poll.race is None:
        return None
    raced, told = room.raced(now), []
    if raced is not None:
        told = [guessed(now)]
        if now.week == WEEKS:
            told += [f"In the simulation {came(raced, raced.weeks[-1].more)}.", _without_absence(room, now)]
    return {
        "week": now.week,
        "weeks": WEEKS,
        "ready": room.unraced is None,
        "html": drawn(raced, now.week) if raced is not None else "",
        "told": " ".join(filter(None, told)),
    }


def guessed(asked: Asked) -> str:
    """What the room thought would come of a race, in a sentence."""
    counts, leading = asked.last.counts(), asked.leading()
    if not leading:
        return "Nobody guessed."
    letters = " and ".join("ABC"[place] for place, one in enumerate(asked.poll.choices) if one.id in leading)
    if len(leading) > 1:
        return f"The room is split between {letters}."
    short = plain(asked.poll.choice(leading[0]).text).partition(".")[0].partition(":")[0]
    return f"The room guessed {letters}, {short[:1].lower()}{short[1:]}: {counts[leading[0]]} of {counts.total()}."


def _without_absence(room: Room, asked: Asked) -> str:
    """What the same race came to with the lead there, where the room has seen that."""
    policies, away = asked.poll.race or ((), 0)
    for before in room.asked:
        raced = room.raced(before)
        if away and raced is not None and raced.key == (policies, 0) and before.week == WEEKS:
            return f"Before, with you there all the time: {raced.weeks[-1].says}."
    return ""


def _race_in_words(room: Room) -> str:
    """The race on a phone: where it stands in the week that is shown; empty where none is shown."""
    race, now = _race(room), room.now
    raced = room.raced(now) if now is not None else None
    if race is None or now is None or raced is None:
        return ""
    return f"{title(raced, now.week)} {race['told']} {NOT_A_FORECAST}"


def _compared(room: Room) -> str:
    """The debrief as HTML: the runs in two organisations beside each other, where there are two; at the story's end the
    room's road beside the other branches under the same luck."""
    story = room.story
    runs = beside(room.ends) if room.runs else ""
    if story.scene is not None:
        return runs
    return runs + _branches(room.module, story.seed, story.variant, story.choices)


@lru_cache(maxsize=8)
def _branches(module: str, seed: int, variant: str | None, choices: tuple[str, ...]) -> str:
    return compared(replay(scenario(module), choices, seed, variant))


def prompts(room: Room, module: Module, facilitator: str, now: float) -> dict[str, Any]:
    """The facilitator's second screen: the part they are in, its time in seconds, its prompts, and what can be pressed.

    ``facilitator`` is the module's ``facilitator.md``; ``now`` seconds since 1970. ``left`` is negative over time.
    """
    parts = module.minutes.lunch_and_learn
    number, since = min(room.segment[0], len(parts) - 1), room.segment[1]
    spent = sum(part.minutes for part in parts[:number]) * 60
    text, poll_now = part_of(facilitator, parts[number].name), room.now
    return {
        "revision": room.revision,
        "stage": room.stage,
        "people": len(room.people),
        "part": number,
        "module": module.module,
        "parts": [{"name": part.name, "minutes": part.minutes, "slide": part.slide or ""} for part in parts],
        "left": round(parts[number].minutes * 60 - (now - since)),
        "behind": round((now - room.began_at) - spent - (now - since)),
        "clock": room.clock,
        # Each prompt stands on a line of its own there, and is a paragraph here.
        "prompts": block(text.replace("\n**", "\n\n**")),
        "pairs": bool(_PAIRS.search(text)) and poll_now is not None and poll_now.poll.kind in ("decide", "free"),
        "poll": _poll(poll_now.poll) if poll_now is not None else None,
        "voted": len(room.voting.votes) if room.voting is not None else None,
        "split": _split(poll_now) if poll_now is not None else None,
        "take": _take(room),
        "hands": _hands(room),
        "can_back": room.can_back,
        "organisations": _organisations(room),
        "second": parts[number].second,
        "races": _races(room, module),
        "race_next": _race_next(room, parts[number].race),
        "can_ask": _can_ask(room),
        "can_begin": room.stage == LOBBY and room.at_premise,
        "can_decide": room.stage in (LOBBY, ENDED) and room.story.scene is not None,
    }


def _organisations(room: Room) -> list[dict[str, str]]:
    """Those in which the room has not played the story yet."""
    if room.stage not in (LOBBY, CLOSED, SHOWN, ENDED):
        return []
    played = {end.variant for end in room.ends}
    return [
        {"id": name, "label": plain(one.label)}
        for name, one in room.story.scenario.variants.items()
        if name not in played
    ]


def _take(room: Room) -> dict[str, Any] | None:
    """By what the story can go on, which of it has most votes, and whether more can be bought after that."""
    if room.now is None or not room.on_offer:
        return None
    several = room.now.poll.kind == "ask" and min(questions_left(room.story), len(open_questions(room.story))) > 1
    return {"on_offer": room.on_offer, "leading": room.now.leading(room.on_offer), "more": several}


def _hands(room: Room) -> dict[str, Any] | None:
    """What hands can be counted for now, and in which round; for a range once everybody has seen the answer."""
    now = room.now
    if now is None or (now.poll.kind == "range") != (room.stage == SHOWN):
        return None
    held = ("Hands up: whose range held it?", "Hands up: whose did not?")
    texts = held if now.poll.kind == "range" else [plain(choice.text) for choice in now.poll.choices]
    return {
        "poll": now.poll.id,
        "round": "second" if room.stage == SECOND or now.second.counts() else "first",
        "choices": [{"id": c.id, "text": text} for c, text in zip(now.poll.choices, texts, strict=True)],
    }


def _asks(of: RaceOf | None) -> list[dict[str, Any]]:
    """The events that ask about a race: with the lead there, then away."""
    if of is None:
        return []
    return [{"kind": "ask", "what": "race", "policies": of.policies, "away": away} for away in (0, of.away)]


def _races(room: Room, module: Module) -> list[dict[str, Any]]:
    """Every race of the module that the room can be asked about now."""
    if room.stage not in (LOBBY, CLOSED, SHOWN, ENDED):
        return []
    asks = [ask for part in module.minutes.lunch_and_learn for ask in _asks(part.race)]
    return [{"label": question(key_of(ask["policies"], ask["away"])), "event": ask} for ask in asks]


def _race_next(room: Room, of: RaceOf | None) -> dict[str, Any] | None:
    """The first ask of this part's races of which the room has seen nothing; None where there is none."""
    if room.stage not in (LOBBY, SHOWN):
        return None
    seen = [asked.poll.race for asked in room.asked if asked.week]
    return next((ask for ask in _asks(of) if key_of(ask["policies"], ask["away"]) not in seen), None)


def _can_ask(room: Room) -> bool:
    story = room.story
    return room.stage == LOBBY and story.scene is not None and bool(open_questions(story))


def _poll(poll: Poll) -> dict[str, Any]:
    return {
        "id": poll.id,
        "kind": poll.kind,
        "question": plain(poll.question),
        "choices": [] if poll.kind == "range" else [{"id": c.id, "text": plain(c.text)} for c in poll.choices],
        "unit": poll.unit,
    }


def _split(about: Asked) -> dict[str, Any]:
    """Both rounds by option, who changed their mind, what leads, what the fewest chose (the dissent to hear first)."""
    last = about.last.counts()
    chosen = [choice.id for choice in about.poll.choices if last[choice.id]]
    leading = about.leading()
    others = [name for name in chosen if name not in leading]
    return {
        "choices": [{"id": c.id, "text": plain(c.text)} for c in about.poll.choices],
        "first": _round(about.first, about.poll),
        "second": _round(about.second, about.poll) if about.second.counts() else None,
        "moved": about.moved(),
        "leading": leading,
        "dissent": min(others, key=lambda name: last[name]) if others else None,
        "by_hands": about.last.hands is not None,
        "answer": about.poll.answer,
        "source": about.poll.source,
        "took": about.took,
    }


def _round(round_: Round, poll: Poll) -> dict[str, Any]:
    counts = round_.counts()
    return {
        "votes": counts.total(),
        "counts": {choice.id: counts[choice.id] for choice in poll.choices},
        "sure": {choice.id: round_.sure(choice.id) for choice in poll.choices},
    }


def _scene_on_phone(room: Room) -> str:
    """The scene's text as HTML, for those who cannot read the big screen; nothing in a question of nobody's, nor
    before the big screen has it."""
    story, now = room.story, room.now
    if story.scene is None or room.at_premise or (now is not None and not now.poll.scene):
        return ""
    return scene_text(story)


def part_of(facilitator: str, name: str) -> str:
    """The prompts of one part of the lunch-and-learn in ``facilitator.md``."""
    lunch = facilitator.partition("## Lunch-and-learn")[2]
    for part in lunch.split("\n### ")[1:]:
        title, _, text = part.partition("\n")
        if title.rpartition(" (")[0].strip() == name:
            return text.partition("\n## ")[0].strip()
    return ""
