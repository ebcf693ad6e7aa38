"""A scenario as text: the transcript, the terminal, the drawing."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from leadgym.scenario.drawing import mermaid
from leadgym.scenario.engine import State, replay
from leadgym.scenario.loader import load_scenario, parse_scenario
from leadgym.scenario.terminal import play
from leadgym.scenario.transcript import transcript

FIXTURES = Path(__file__).parents[1] / "fixtures" / "scenarios"
SOUND = load_scenario(FIXTURES / "sound.yaml")
RUN = ["ask who.pia", "who.oskar", "how.free", "night.patch", "demo.fixer", "after.write"]


def at_the_terminal(lines: Iterable[str], seed: int | None = 3) -> tuple[State | None, str]:
    """What a player sees who types these lines and then closes the terminal."""
    shown: list[str] = []
    typed = iter(lines)

    def read(prompt: str) -> str:
        try:
            line = next(typed)
        except StopIteration:
            raise EOFError from None
        shown.append(f"{prompt}{line}")
        return line

    return play(SOUND, read, shown.append, seed=seed), "\n".join(shown)


def test_a_transcript_tells_everything_that_happened_in_order() -> None:
    state = replay(SOUND, RUN, 3, "small", {"ship": 40, "rest": 60})
    text = transcript(state)
    parts = [
        "# The Friday release", "Played in: A small shop.", "Your weights: Ship it 40, Rest 60.",
        "## Friday, 09:10: Who takes the importer", "Whose is it?", "**Your question:** Ask Pia",
        "**You now know:** The customer's own launch", "**Your choice:** Oskar takes it",
        "You tell him that there is time.", "- Days late: 2.0 to 2.5 days (Oskar learns the importer).",
        "## Friday, 23:40: The pager", "## Saturday, 10:00: Saturday", "## Monday, 14:00: The demo",
        "(This goes back to \"The demo\".)", "## It is out", "## Where you stand", "- Ship it:", "days of work stop.",
        "## Questions to take away",
    ]  # fmt: skip
    places = [text.index(part) for part in parts]
    assert places == sorted(places)
    assert all(event.text in text for event in state.events)


def test_a_transcript_of_half_a_run_says_where_it_stands() -> None:
    text = transcript(replay(SOUND, RUN[:2], 3))
    assert text.endswith("The story stands here.\n")
    assert "What do you hand over?" in text


def test_nothing_that_is_hidden_is_in_a_transcript() -> None:
    text = transcript(replay(SOUND, RUN, 3))
    assert "Calls at night" not in text
    assert "right_when" not in text
    assert all(option.rationale not in text for scene in SOUND.scenes for option in scene.options)


def test_the_terminal_plays_to_the_end() -> None:
    state, text = at_the_terminal(["1", "40", "60", "1", "2", "1", "1", "1", "1"])
    assert state is not None
    assert state.ending
    assert (dict(state.weights), state.variant, state.seed) == ({"ship": 40, "rest": 60}, "small", 3)
    assert state.choices[0] == "ask who.pia"
    assert "Where you stand" in text
    assert "days of work stop" in text
    assert text.endswith("You stop here.\n")


def test_the_terminal_asks_for_variant_and_weights_first() -> None:
    _, text = at_the_terminal(["2", "10", "90"])
    order = ["Where does it happen?", "1. A small shop.", "Before you play", "Ship it:", "Rest:", "Friday, 09:10"]
    places = [text.index(part) for part in order]
    assert places == sorted(places)


@pytest.mark.parametrize("typed", ["", "  ", "0", "7", "-1", "1.5", "²", "yes", "who.mina", "9" * 5000])
def test_wrong_input_gets_a_sentence_and_changes_nothing(typed: str) -> None:
    state, text = at_the_terminal(["1", "40", "60", typed])
    assert state is not None
    assert state.choices == ()
    assert "is not on offer. Type a number from 1 to 6, or: back, transcript, quit." in " ".join(text.split())


@pytest.mark.parametrize("typed", ["", "0", "3", "small", "back", "transcript"])
def test_wrong_input_before_the_story_gets_a_sentence(typed: str) -> None:
    state, text = at_the_terminal([typed])
    assert state is None
    assert re.search(r"from 1 to 2(\. Type one)?, or quit\.", text)


def test_back_takes_one_choice_back_and_the_story_goes_on_as_if_it_had_not_been() -> None:
    there, _ = at_the_terminal(["1", "40", "60", "3", "back", "4", "1"])
    straight, _ = at_the_terminal(["1", "40", "60", "4", "1"])
    assert there == straight
    _, text = at_the_terminal(["1", "40", "60", "back"])
    assert "There is nothing to go back to yet." in text


def test_back_works_from_the_ending_as_well() -> None:
    state, _ = at_the_terminal(["1", "40", "60", "3", "1", "1", "1", "1", "BACK "])
    assert state is not None
    assert state.scene == "after"


def test_transcript_and_quit_are_commands() -> None:
    state, text = at_the_terminal(["1", "40", "60", "transcript", "quit", "never read"])
    assert "The story stands here." in text
    assert "never read" not in text
    assert state is not None
    assert state.choices == ()


@pytest.mark.parametrize("lines", [[], ["1"], ["1", "40", "60"], ["1", "40", "60", "1", "2"]])
def test_a_closed_terminal_ends_the_play_politely(lines: list[str]) -> None:
    _, text = at_the_terminal(lines)
    assert text.endswith("You stop here.\n")


def test_the_terminal_writes_plain_text() -> None:
    """No marks of emphasis, no drawn boxes, no colour codes: it can be read aloud."""
    _, text = at_the_terminal(["1", "40", "60", "1", "2", "1", "1", "1", "1", "transcript"])
    assert not re.search(r"\*\*|^#|[\u2500-\u259f]|\x1b", text, re.MULTILINE)
    assert all(len(line) <= 110 for line in text.splitlines())


def test_what_is_given_is_not_asked_for() -> None:
    shown: list[str] = []

    def read(_prompt: str) -> str:
        raise EOFError

    state = play(SOUND, read, shown.append, seed=1, variant="bank", weights={"ship": 1})
    assert state is not None
    assert (state.variant, dict(state.weights)) == ("bank", {"ship": 1, "rest": 0})


def test_the_drawing_has_every_scene_ending_and_road() -> None:
    lines = mermaid(SOUND).splitlines()
    assert lines[0] == "flowchart TD"
    assert [line.strip().split("[")[0] for line in lines if 'scene_who["' in line] == ["scene_who"]
    for line in [
        '  scene_night -->|"rollback, call, patch"| scene_stay',
        '  scene_night -->|"wait"| scene_weekend',
        "  scene_after --> how_it_ends",
        '  how_it_ends -->|"nights #lt; 1 and trust #gt;= 55"| ending_quiet',
        '  how_it_ends -->|"otherwise"| ending_out',
        '  scene_who -.->|"oskar"| scene_demo',
        '  scene_night -.->|"patch"| how_it_ends',
    ]:
        assert line in lines


def test_nothing_in_a_label_can_be_taken_for_mermaid() -> None:
    text = (FIXTURES / "sound.yaml").read_text(encoding="utf-8")
    evil = """'end"]; #quot; `a` --> <b>{x'"""
    drawn = mermaid(parse_scenario(text.replace("title: The pager", f"title: {evil}")))
    line = next(line for line in drawn.splitlines() if line.startswith("  scene_night["))
    label = line.removeprefix('  scene_night["').removesuffix('"]')
    assert label.startswith("end#quot;]; #35;quot; #96;a#96; --#gt; #lt;b#gt;#123;x<br/>Friday, 23:40")
    assert not set('"`{}') & set(label)
