"""The page to send round names nobody, shows no split that gives somebody away, and escapes what was typed."""

from __future__ import annotations

from typing import Any

import pytest
from room_small import OPEN

from leadgym.course.modules import scenario
from leadgym.room.after import after_html
from leadgym.room.run import Room

FREE = {
    "kind": "ask", "what": "free", "question": "<img src=x onerror=alert(1)> & who?", "choices": ["<b>yes</b>", "no"],
}  # fmt: skip


def page(first: int, second: int = 0, hands: int = 0) -> str:
    """A free question on which ``first`` people voted, then ``second``, by phone or hands."""
    events: list[dict[str, Any]] = [OPEN]
    events += [{"kind": "join", "who": f"id-{n}", "name": f"Nameof{n}"} for n in range(9)]
    events += [FREE]
    votes = [{"kind": "vote", "who": f"id-{n}", "poll": "q1", "choice": "a1" if n % 2 else "a2"} for n in range(9)]
    events += votes[:first]
    if second:
        events += [{"kind": "stage", "to": "talk"}, {"kind": "stage", "to": "second"}, *votes[:second]]
    if hands:
        events += [{"kind": "hands", "poll": "q1", "round": "first", "counts": {"a1": hands, "a2": 1}}]
    return after_html(Room(scenario).replayed(events))


def test_nobody_is_named_and_nothing_typed_is_markup() -> None:
    found = page(8)
    assert "Nameof" not in found
    assert "id-" not in found
    assert "<img" not in found
    assert "<b>yes" not in found
    assert "&lt;img src=x onerror=alert(1)&gt; &amp; who?" in found
    assert "<script" not in found


@pytest.mark.parametrize(("first", "second"), [(4, 0), (1, 0), (4, 3), (0, 4)])
def test_fewer_than_five_votes_are_not_shown(first: int, second: int) -> None:
    found = page(first, second)
    assert "onerror" not in found, "no table about it, and no closest split"
    assert "fewer than 5 people" in found


def test_five_are_shown() -> None:
    assert "3 (60 %)" in page(5)


def test_a_first_round_of_a_few_is_hidden_beside_a_second_of_many() -> None:
    """Two who voted before the others came would be known by it, and by who changed their mind."""
    found = page(2, 9)
    assert "not shown" in found
    assert "(50 %)" not in found
    assert "changed their mind" not in found
    assert "changed their mind" in page(9, 9)


def test_hands_are_counted_like_votes() -> None:
    assert "4 (80 %)" in page(0, hands=4)
    assert "onerror" not in page(0, hands=2)


def test_a_vote_on_what_to_ask_first_has_a_title_of_its_own() -> None:
    """Its words on the screen are the story's way to it: "Ruth calls ten minutes for coffee"."""
    asks = {"kind": "ask", "what": "ask"}
    names = [choice.id for choice in Room(scenario).replayed([OPEN, asks]).asked[0].poll.choices]
    hands = {"kind": "hands", "poll": "q1", "round": "first", "counts": {names[0]: 4, names[1]: 3}}
    found = after_html(Room(scenario).replayed([OPEN, asks, hands]))
    assert found.count("What to find out first, in “The empty cell”") == 2, "the table's, and the closest split"
    assert "Ruth calls" not in found
