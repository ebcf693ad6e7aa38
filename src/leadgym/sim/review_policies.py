"""Policies that differ only in who reviews what, as a learner writes them. Everything else is the team's own.

They are what review policies are placed between (`marking.quarters.reference`); the other references leave reviews to
the model.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from leadgym.sim.readable import Functions, Person, Team, Ticket, gap

Order = dict[str, str | None]


def every_review_yours(team: Team) -> Order:
    """You read everything that is not your own."""
    lead = team["lead"]
    return {one["ticket"]: None if one["owner"] == lead else lead for one in team["reviews"]}


def reviews_to_learn_from(team: Team) -> Order:
    """The colleague who knows least of it, however long their line is."""
    return _handed_out(team, lambda line, missing: (-missing, line))


def shortest_line(team: Team) -> Order:
    """A colleague with the shortest line; of those the one who is nearest to it."""
    return _handed_out(team, lambda line, missing: (line, missing))


def _handed_out(team: Team, cost: Callable[[int, int], tuple[int, int]]) -> Order:
    """Each review without a reviewer to the colleague at the least ``cost`` (reviews in hand, knowledge missing)."""
    lines = {person["name"]: 0 for person in team["people"]}
    for one in team["reviews"]:
        if one["reviewer"]:
            lines[one["reviewer"]] += 1
    order: Order = {}
    for one in team["reviews"]:
        able = [] if one["reviewer"] else _colleagues(team, one)
        order[one["ticket"]] = None
        if able:
            person = min(able, key=lambda person: cost(lines[person["name"]], gap(one, person)))
            lines[person["name"]] += 1
            order[one["ticket"]] = str(person["name"])
    return order


def _colleagues(team: Team, review: Ticket) -> list[Person]:
    not_them = (review["owner"], team["lead"])
    return [person for person in team["people"] if person["here"] and person["name"] not in not_them]


REVIEW_POLICIES: Mapping[str, Functions] = {
    "every review yours": {"review_order": every_review_yours},
    "reviews to learn from": {"review_order": reviews_to_learn_from},
    "shortest line": {"review_order": shortest_line},
}
