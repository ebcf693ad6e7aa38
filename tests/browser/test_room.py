"""A room in real Chromium: a facilitator with projector and prompts, and five phones; ``make test-all`` to the end."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from thorough import ALL

PEOPLE = 5


class Gathering:
    """The projector, the prompts and the phones of a room that was opened for one module."""

    def __init__(self, browser: Any, base: str, slug: str, variant: str = "", people: int = PEOPLE) -> None:
        body = json.dumps({"module": slug, "variant": variant}).encode()
        asked = urllib.request.Request(  # noqa: S310
            f"{base}/leadgym/room/open", body, {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(asked, timeout=60) as answer:  # noqa: S310 - our own server
            self.opened = json.load(answer)
        # Where this machine is on no network there is no address for phones, and the port is there all the same.
        self.address = self.opened["address"] or f"http://127.0.0.1:{self.opened['port']}"
        self.code = self.opened["code"]
        self.problems: list[str] = []
        self._contexts = [browser.new_context(viewport={"width": 1920, "height": 1080})]
        self.projector = self._page(self._contexts[0], f"{base}/leadgym/room/")
        self.prompts = self._page(self._contexts[0], f"{base}/leadgym/room/prompts")
        self.phones = []
        for number in range(people):
            self._contexts.append(
                browser.new_context(
                    viewport={"width": 360, "height": 720}, color_scheme="dark" if number % 2 else "light"
                )
            )
            self.phones.append(self._page(self._contexts[-1], f"{self.address}/?c={self.code}"))

    def _page(self, context: Any, address: str) -> Any:
        page = context.new_page()
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.goto(address)
        return page

    def press(self, text: str) -> None:
        self.prompts.locator("#steps button", has_text=text).first.click()

    def take(self, letter: str) -> None:
        """The short way: a question is opened and closed, and the story goes on with one of its answers."""
        self.press("Open the vote")
        self.press("Close without a second vote")
        self.press(f"Go on with: {letter}.")
        self.prompts.locator("#steps button", has_text="Back by one step").wait_for()

    def join(self) -> None:
        for number, phone in enumerate(self.phones):
            assert phone.locator("#code").input_value() == self.code, "the QR code brings it along"
            phone.fill("#name", f"<i>Phone {number}</i>")
            phone.keyboard.press("Enter")
            phone.locator("#room").wait_for()

    def vote(self, *places: int) -> None:
        for phone, place in zip(self.phones, places, strict=True):
            phone.locator("#choices label").nth(place).click()
            phone.locator("#send").click()
            phone.locator("#told", has_text="Your vote is in").wait_for()

    def close(self) -> None:
        for context in self._contexts:
            context.close()


@pytest.fixture
def gathering(browser, lab) -> Iterator[Gathering]:
    made = Gathering(browser, lab.url, "02_delegation")
    yield made
    made.prompts.on("dialog", lambda dialog: dialog.accept())
    made.press("Close the room")
    made.projector.get_by_text("This room is closed.").wait_for()
    made.close()


def test_a_facilitator_and_five_phones(gathering: Gathering, shoot: Callable[..., Path], browser, lab) -> None:
    room, projector = gathering, gathering.projector
    projector.locator("#code", has_text=room.code).wait_for()
    room.join()
    projector.locator("#people", has_text="5 people are in.").wait_for()
    shoot(projector, "room-lobby-1920")

    assert projector.locator("#more").is_visible(), "who is who is longer than the screen"
    room.prompts.locator("#below").wait_for()
    projector.keyboard.press("d")
    projector.wait_for_function("scrollY > 0")
    room.prompts.keyboard.press("d")
    projector.locator("#more").wait_for(state="hidden")
    room.prompts.locator("#below").wait_for(state="hidden")
    room.prompts.keyboard.press("u")
    room.prompts.keyboard.press("u")
    projector.wait_for_function("scrollY === 0")
    assert not room.prompts.locator("#hands").is_visible()
    room.prompts.locator("#clock", has_text="The clock has not started").wait_for()
    room.press("Begin: the first scene")
    room.prompts.locator("#clock", has_text="left").wait_for()
    projector.locator("#lobby").wait_for(state="hidden")
    room.press("Let the room buy a question first")
    assert room.phones[0].locator("#choices label").first.inner_text().startswith("A."), "as the room says it aloud"
    room.phones[0].locator("#choices label").nth(1).click()
    room.phones[0].locator("#told", has_text="Not sent yet").wait_for()
    for what in ("#send", "#told"):
        assert in_sight(room.phones[0], what), "whatever the length of the answers"
    room.vote(0, 0, 0, 1, 1)
    assert room.prompts.locator("#steps .next").inner_text() == "Close without a second vote", "nobody wants pairs here"
    projector.locator("#voted", has_text="5 of 5 have voted.").wait_for()
    assert not projector.locator("#split").is_visible(), "nobody sees the split before it is shown"
    assert not room.prompts.locator("#hands").is_visible(), "hands are counted where somebody asks for it"
    room.prompts.keyboard.press("h")
    room.prompts.locator("#counts input").first.wait_for()
    room.prompts.keyboard.press("Escape")
    room.prompts.locator("#hands").wait_for(state="hidden")
    room.press("Close without a second vote")
    room.prompts.locator("#split table").wait_for()
    room.prompts.set_viewport_size({"width": 1280, "height": 800})
    assert in_sight(room.prompts, "#split h3"), "what only the facilitator sees, without scrolling"
    shoot(room.prompts, "room-prompts-closed-1280")
    room.press("Show the split")
    projector.locator("#split h3", has_text="3 of 5 for A. B speaks first.").wait_for()
    room.press("Go on with")
    projector.locator("#story", has_text="Before deciding:").wait_for()

    room.press("Open the vote")
    room.vote(0, 1, 1, 2, 2)
    shoot(room.phones[1], "room-phone-360-dark")
    assert room.prompts.locator("#steps .next").inner_text() == "Close the first vote: turn to your neighbour"
    room.press("Close the first vote")
    room.phones[0].get_by_text("turn to your neighbour").wait_for()
    room.prompts.locator("#since", has_text="so far").wait_for()
    room.press("Open the vote once more")
    room.phones[0].locator("#told", has_text="Your vote is in").wait_for()
    room.press("Close the first vote")
    room.press("Open the second vote")
    room.phones[0].locator("#told", has_text="Press Vote to keep your answer, too.").wait_for()
    assert room.phones[0].locator("#choices label.first").count() == 1
    assert room.phones[0].locator("#choices label.sent").count() == 0, "nothing counts before it is sent"
    room.vote(1, 1, 1, 1, 2)
    room.phones[4].reload()
    room.phones[4].locator("#told", has_text="Your vote is in").wait_for()
    assert room.phones[4].locator("#choices input").nth(2).is_checked(), "who comes back keeps their place and vote"
    room.press("Close the vote")
    room.press("Show the split")
    projector.locator("#split h3", has_text="4 of 5 for B. 2 changed their mind. C speaks first.").wait_for()
    shoot(projector, "room-split-1920")
    assert projector.evaluate("document.documentElement.scrollWidth <= 1920")
    assert room.phones[0].evaluate("document.documentElement.scrollWidth <= 360")
    room.press("Go on with")
    room.prompts.locator("#steps button", has_text="Open the vote").wait_for()

    race_shown_to_its_end(room)

    page = room.phones[0]
    for path in ("/api/kernels", "/api/contents", "/lab", "/leadgym/room/", "/leadgym/room/prompts"):
        assert page.evaluate(f"fetch('{path}').then(answer => answer.status)") == 404
    assert page.evaluate(f"fetch('{lab.url}/api/kernels').then(() => 'reached', () => 'refused')") == "refused"
    if ALL:
        race_with_the_lead_away(room, shoot)
        to_the_end(room, shoot)
    assert room.problems == []


def in_sight(page: Any, what: str) -> bool:
    box = page.locator(what).bounding_box()
    return bool(box) and box["y"] >= 0 and box["y"] + box["height"] <= page.viewport_size["height"]


def race_shown_to_its_end(room: Gathering) -> None:
    """In its part of the 45 minutes the race is what comes next; it is run while the room votes."""
    for part in ("Fine at stand-up", "Forty-one payments", "One policy race"):
        room.prompts.locator("#parts button", has_text="Next part").click()
        room.prompts.locator("#part", has_text=part).wait_for()
    room.press("The policy race: vote")
    room.phones[0].locator("#sure").wait_for()
    room.vote(0, 1, 1, 1, 2)
    room.press("Close without a second vote")
    room.press("Show the split")
    room.projector.locator("#split h3", has_text="3 of 5 for B").wait_for()
    assert not room.projector.locator("#race").is_visible()
    room.press("Start the race: week 1")
    room.projector.locator("#race h2", has_text="Week 1 of 13.").wait_for(timeout=30_000)
    room.press("To the last week")
    room.projector.locator("#race h2", has_text="Week 13 of 13. Soft hero: 29 more value").wait_for()
    room.projector.locator("#guessed", has_text="The room guessed B").wait_for()
    room.phones[0].locator("#says", has_text="Week 13 of 13. Soft hero: 29 more value").wait_for()


def race_with_the_lead_away(room: Gathering, shoot: Callable[..., Path]) -> None:
    """The second race, by key and playing, at both widths of a projector, light and dark."""
    projector = room.projector
    shoot(projector, "room-race-1920")
    room.press("The race again, with you away: vote")
    room.vote(0, 0, 0, 1, 1)
    shoot(projector, "room-race-vote-1920")
    shoot(room.phones[1], "room-race-vote-phone-360-dark")
    room.press("Close the first vote")
    room.press("Open the second vote")
    room.vote(0, 0, 1, 1, 1)
    room.press("Close the vote")
    room.press("Show the split")
    projector.locator("#split h3", has_text="3 of 5 for B. 1 changed their mind.").wait_for()
    projector.locator("#bar button", has_text="Start the race").wait_for()
    for week in (1, 2, 3):
        projector.keyboard.press("PageDown")
        projector.locator("#race h2", has_text=f"Week {week} of 13.").wait_for()
    projector.keyboard.press("PageUp")
    projector.locator("#race h2", has_text="Week 2 of 13.").wait_for()
    room.press("Play the weeks")
    projector.locator("#race h2", has_text="Week 7 of 13.").wait_for()
    room.press("Stop the weeks")
    shoot(projector, "room-race-away-half-1920")
    shoot(room.prompts, "room-race-prompts-1920")
    room.press("Play the weeks")
    projector.locator("#race h2", has_text="Week 13 of 13.").wait_for()
    projector.locator("#guessed", has_text="Before, with you there all the time").wait_for()
    assert not room.prompts.locator("#steps button", has_text="Play the weeks").is_visible()
    for width, height in ((1920, 1080), (1280, 720)):
        for scheme in ("light", "dark"):
            projector.set_viewport_size({"width": width, "height": height})
            projector.emulate_media(color_scheme=scheme)
            shoot(projector, f"room-race-away-{width}-{scheme}")
            assert projector.evaluate("document.documentElement.scrollWidth <= innerWidth")
    projector.set_viewport_size({"width": 1920, "height": 1080})
    projector.emulate_media(color_scheme="light")
    for phone, name in zip(room.phones, ("light", "dark"), strict=False):
        shoot(phone, f"room-race-phone-360-{name}")
        assert phone.evaluate("document.documentElement.scrollWidth <= 360")
    room.press("Back to the story")
    room.prompts.locator("#steps button", has_text="Back by one step").wait_for()


def to_the_end(room: Gathering, shoot: Callable[..., Path]) -> None:
    """The rest of the story, each scene with one vote."""
    while room.prompts.locator("#steps button").first.inner_text() == "Open the vote":
        room.press("Open the vote")
        room.vote(0, 0, 0, 1, 1)
        room.press("Close without a second vote")
        room.prompts.locator("#steps button", has_text="Show the split").click()
        room.prompts.locator("#where", has_text="The split is shown.").wait_for()
        room.press("Go on with")
        room.prompts.locator("#steps button", has_text="Back by one step").wait_for()
    room.projector.get_by_role("heading", name="Three questions").wait_for()
    room.projector.locator("#monday", has_text="Find the folder with most files").wait_for()
    assert room.prompts.locator("#steps .next").inner_text() == "The page to send round", "nothing filled leads back"
    shoot(room.projector, "room-end-1920")


@pytest.mark.skipif(not ALL, reason="make test-all")
def test_the_second_organisation_of_10_and_both_beside_each_other(browser, lab, shoot: Callable[..., Path]) -> None:
    room = Gathering(browser, lab.url, "10_tech_lead_and_manager", "under", people=0)
    room.prompts.on("dialog", lambda dialog: dialog.accept())
    try:
        room.prompts.get_by_role("button", name="Next part").click()
        room.take("A")
        room.press("Once more, same answers: You are the manager too")
        room.projector.locator("#title", has_text="You are the manager too").wait_for()
        room.press("Back by one step")
        room.take("B")
        room.prompts.locator("#others summary").click()
        folded = room.prompts.locator("#organisations button").all_inner_texts()
        assert folded == [f"Ruth and you, side by side: {how}" for how in ("the same answers", "from the beginning")]
        room.press("End here")
        table = room.projector.locator("#compared table")
        table.wait_for()
        head = table.locator("thead th").all_inner_texts()
        assert head == ["You report to Ruth", "You are the manager too"]
        for width, scheme in ((1920, "light"), (1280, "dark")):
            room.projector.set_viewport_size({"width": width, "height": 9 * width // 16})
            room.projector.emulate_media(color_scheme=scheme)
            shoot(room.projector, f"room-organisations-{width}-{scheme}")
            assert room.projector.evaluate("document.documentElement.scrollWidth <= innerWidth")
            names, cells = (
                table.locator(f"tbody tr >> nth=0 >> {one} >> nth=0").bounding_box() for one in ("th", "td")
            )
            assert cells["width"] > names["width"], "what was chosen has the room, not the name of its scene"
    finally:
        room.press("Close the room")
        room.projector.get_by_text("This room is closed.").wait_for()
        room.close()
    assert room.problems == []
