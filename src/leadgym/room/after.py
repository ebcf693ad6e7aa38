"""The page to send round when a room is over: what it chose, where it split, and three questions. Nobody is named."""

from __future__ import annotations

from leadgym.course.modules import module
from leadgym.room.organisations import NOTE, TITLE, label, rows
from leadgym.room.poll import Asked
from leadgym.room.race import HONEST, Raced, came
from leadgym.room.run import Room
from leadgym.room.views import guessed
from leadgym.scenario.engine import tell
from leadgym.tools.report import Report, Table
from leadgym.widgets.pages import scene_named
from leadgym.widgets.prose import plain

FEWEST = 5
"""Below so many votes a split would say who voted what."""


def after(room: Room) -> Report:
    """What happened in ``room``, without names; splits of fewer than five votes are left out."""
    about, story = module(room.module), room.story
    voted = [asked for asked in room.asked if asked.last.counts()]
    decided = [asked for asked in voted if asked.poll.kind != "range"]
    largest = max((asked.last.counts().total() for asked in voted), default=0)
    says = [
        f"{largest} people voted on {len(voted)} {'question' if len(voted) == 1 else 'questions'}."
        if voted
        else "Nobody voted."
    ]
    if split := _closest(decided):
        says.append(f"The closest split was over: {_title(room, split)}")
    if story.ending and not room.runs:
        ending = next(one for one in story.scenario.endings if one.id == story.ending)
        says.append(f"The story ended with: {plain(ending.title)}.")
    raced = [(asked, found) for asked in room.asked if (found := room.raced(asked)) is not None]
    says += [_race(asked, found) for asked, found in raced]
    tables = [_table(asked, _title(room, asked)) for asked in voted if asked.last.counts().total() >= FEWEST]
    if room.runs:
        tables.append(Table(TITLE, ("", *(label(end) for end in room.ends)), tuple(rows(room.ends))))
    questions = Table(
        "Three questions to take away", ("",), tuple((plain(q),) for q in story.scenario.debrief.questions[:3])
    )
    monday = Table("On Monday", ("",), ((plain(about.on_monday),),))
    few = sum(asked.last.counts().total() < FEWEST for asked in voted)
    notes = ["Votes were counted without names. The keys behind the story are the authors' own and provisional."]
    if room.runs:
        notes.append(NOTE)
    if raced:
        notes.append(f"The race: {raced[-1][1].runs} quarters on the same luck. {HONEST}")
    if few:
        notes.append(
            f"{few} of the votes had fewer than {FEWEST} people, and are not shown: they would say who it was."
        )
    return Report(
        title=f"{plain(about.title)}: what the room chose",
        says=tuple(says),
        tables=(*tables, questions, monday),
        notes=tuple(notes),
    )


def after_html(room: Room) -> str:
    """The page as one HTML file that needs nothing else."""
    return after(room).html()


def _race(asked: Asked, found: Raced) -> str:
    """What the room guessed of a race, where enough did to say so, and what came."""
    guess = guessed(asked) if asked.last.counts().total() >= FEWEST else ""
    gone = f"You away from week {found.away}" if found.away else "The policy race"
    return f"{gone}: {guess} In the simulation {came(found, found.weeks[-1].more)}. {found.weeks[-1].says}."


def _closest(asked: list[Asked]) -> Asked | None:
    """The question on which the two largest groups were nearest to each other."""

    def gap(one: Asked) -> float:
        counts = one.last.counts()
        first, second = [*sorted(counts.values(), reverse=True), 0][:2]
        return (first - second) / counts.total()

    split = [one for one in asked if len(one.last.counts()) > 1 and one.last.counts().total() >= FEWEST]
    return min(split, key=gap, default=None)


def _title(room: Room, asked: Asked) -> str:
    """The question; of a vote on what to ask first, whose words are the story's way to it, what it was about."""
    if asked.poll.kind != "ask":
        return plain(asked.poll.question)
    scene = scene_named(room.story.scenario, asked.poll.scene)
    return f"What to find out first, in “{plain(tell(room.story, scene.title))}”"


def _table(asked: Asked, title: str) -> Table:
    rounds = [asked.first, asked.second] if asked.second.counts() else [asked.first]
    head = ("", "First vote", "Second vote")[: len(rounds) + 1]
    rows = []
    for choice in asked.poll.choices:
        taken = " (the story went on with this)" if choice.id in asked.took else ""
        cells = []
        for round_ in rounds:
            counts = round_.counts()
            total = counts.total()
            shown = total >= FEWEST  # a few who voted before the others came would be known by it
            cells.append(f"{counts[choice.id]} ({100 * counts[choice.id] / total:.0f} %)" if shown else "not shown")
        rows.append((f"{plain(choice.text)}{taken}", *cells))
    twice = len(rounds) > 1 and asked.last.hands is None and asked.first.counts().total() >= FEWEST
    moved = f" ({asked.moved()} changed their mind)" if twice else ""
    return Table(f"{title}{moved}", head, tuple(rows))
