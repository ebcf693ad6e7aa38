"""The reference policies as a learner writes them: plain functions from what the lead sees to what the lead does.

They decide exactly what ``references.py`` decides for all runs at once; that is tested.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from leadgym.sim.references import HARD, REACH

Team = Mapping[str, Any]
Ticket = Mapping[str, Any]
Person = Mapping[str, Any]
Functions = Mapping[str, Callable[[Team], Any]]


def gap(ticket: Ticket, person: Person) -> int:
    """How far the ticket lies above what you see the person know, in tenths."""
    return max(int(ticket["difficulty"]) - int(person["skills"][ticket["domain"]]), 0)


def is_hard(ticket: Ticket) -> bool:
    """Whether a ticket counts as hard."""
    return bool(ticket["difficulty"] >= HARD)


def hand_out(
    team: Team,
    cost: Callable[[Ticket, Person], float],
    allowed: Callable[[Ticket, Person], bool] = lambda ticket, person: True,
    given: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Person by person, each takes the allowed tickets that cost least, until their hands are full."""
    result = dict(given or {})
    for person in team["people"]:
        room = person["room"] - list(result.values()).count(person["name"])
        choice = [one for one in team["waiting"] if one["ticket"] not in result and allowed(one, person)]
        choice.sort(key=lambda one: cost(one, person))
        for ticket in choice[:room]:
            result[ticket["ticket"]] = person["name"]
    return result


def strict_hero(team: Team) -> dict[str, str]:
    """You take every hard ticket; nobody else touches one."""

    def cost(ticket: Ticket, person: Person) -> float:
        if person["name"] == team["lead"]:
            return 0 if is_hard(ticket) else 1
        return max(gap(ticket, person) - 1, 0)

    return hand_out(team, cost, lambda ticket, person: person["name"] == team["lead"] or not is_hard(ticket))


def soft_hero(team: Team) -> dict[str, str]:
    """You take the hardest; the others take what lies nearest to what they know."""
    return hand_out(team, lambda ticket, person: _hardest_or_nearest(team, ticket, person))


def stretch_everything(team: Team) -> dict[str, str]:
    """Whoever is free takes the hardest ticket."""
    return hand_out(team, lambda ticket, person: -ticket["difficulty"])


def round_robin(team: Team) -> dict[str, str]:
    """The next ticket goes to the next person who has room. A ticket's place in the backlog says whose turn it is."""
    result: dict[str, str] = {}
    people = team["people"]
    room = [person["room"] for person in people]
    for ticket in team["waiting"]:
        if any(room):
            turn = min(
                (i for i in range(len(people)) if room[i] > 0), key=lambda i: (i - ticket["number"]) % len(people)
            )
            room[turn] -= 1
            result[ticket["ticket"]] = people[turn]["name"]
    return result


def one_stretch(team: Team) -> dict[str, str]:
    """One hard ticket at a time to the colleague nearest to it; you take the hardest of the rest."""
    lead = team["lead"]
    given = {}
    stretch = [one for one in team["waiting"] if is_hard(one)]
    colleagues = [person for person in team["people"] if person["name"] != lead and person["room"] > 0]
    if stretch and colleagues and not any(one["partner"] == lead for one in team["open"]):
        given[stretch[0]["ticket"]] = min(colleagues, key=lambda person: gap(stretch[0], person))["name"]

    def allowed(ticket: Ticket, person: Person) -> bool:
        if person["name"] == lead:
            return bool(team["coding"] > 0)
        return gap(ticket, person) <= REACH or not is_hard(ticket)

    return hand_out(team, lambda ticket, person: _hardest_or_nearest(team, ticket, person), allowed, given)


def beside_the_stretch(team: Team) -> dict[str, str]:
    """You sit down beside the first hard ticket that went to a colleague, unless you sit beside one already."""
    lead = team["lead"]
    if any(one["partner"] == lead for one in team["open"]):
        return {}
    hard = {one["ticket"] for one in team["waiting"] if is_hard(one)}
    given = [ticket for ticket, person in team["assigned"].items() if ticket in hard and person != lead]
    return {min(given, key=[one["ticket"] for one in team["waiting"]].index): lead} if given else {}


def _hardest_or_nearest(team: Team, ticket: Ticket, person: Person) -> float:
    if person["name"] == team["lead"]:
        return float(-ticket["difficulty"])
    return max(gap(ticket, person) - 1, 0)


def calendar(coding: float, batched: bool = False) -> Callable[[Team], dict[str, Any]]:
    """The same week, every week."""
    return lambda team: {"coding": coding, "batched": batched}


READABLE: Mapping[str, Functions] = {
    "strict hero": {"assign": strict_hero, "calendar": calendar(0.9)},
    "soft hero": {"assign": soft_hero, "calendar": calendar(0.9)},
    "round robin": {"assign": round_robin, "calendar": calendar(0.6)},
    "stretch everything": {"assign": stretch_everything, "calendar": calendar(0.6)},
    "60/40 with one paired stretch": {"assign": one_stretch, "pair": beside_the_stretch, "calendar": calendar(0.6)},
    "100 % coding, same delegation": {"assign": one_stretch, "pair": beside_the_stretch, "calendar": calendar(1.0)},
    "0 % coding, same delegation": {"assign": one_stretch, "pair": beside_the_stretch, "calendar": calendar(0.0)},
    "leadership time without delegation": {"assign": strict_hero, "calendar": calendar(0.6)},
    "60/40 without a stretch": {"assign": soft_hero, "calendar": calendar(0.6)},
}
