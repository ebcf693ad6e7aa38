"""What the player's pages say: consequences named, changes in words, ratings marked provisional, nothing that runs."""

from __future__ import annotations

import base64
import html
import re
from pathlib import Path

import pytest

from leadgym.course import modules
from leadgym.scenario.engine import State, advance, begin, open_options, replay
from leadgym.scenario.loader import load_scenario, parse_scenario
from leadgym.scenario.model import Scenario
from leadgym.scenario.outcome import branches, reachable, weighted_score
from leadgym.widgets import debrief, pages
from leadgym.widgets.figure import comparison, distribution
from leadgym.widgets.player import STALE, play
from leadgym.widgets.prose import block, inline, plain
from leadgym.widgets.screen import Screen

FIXTURE = Path(__file__).parents[1] / "fixtures" / "scenarios_play" / "scenario.yaml"
END = ("ask plan.joost", "plan.mira", "window.look", "after.write")


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return load_scenario(FIXTURE)


def run(scenario: Scenario, *choices: str, variant: str | None = None) -> list[State]:
    weights = {"ship": 75, "grow": 25}
    return [replay(scenario, choices[:count], None, variant, weights) for count in range(len(choices) + 1)]


def words(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def test_markdown_is_rendered_and_nothing_in_it_runs():
    assert block("a *b* **c**") == "<p>a <em>b</em> <strong>c</strong></p>\n"
    for attack in (
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "![x](https://elsewhere/x.png)",
        '<a href="data:text/html,x" onclick="y">z</a>',
    ):
        rendered = block(attack)
        assert not re.search(r"<(script|img|iframe|svg)|<[^>]* on\w+=|javascript:|<a [^>]*data:", rendered)


def test_plain_text_keeps_every_letter_and_no_marks():
    assert plain('"Fine," *she*  says\n& a < b') == '"Fine," she says & a < b'
    assert inline("one *two*") == "one <em>two</em>"


def test_a_hostile_story_runs_nothing_anywhere(tmp_path):
    attack = "<img src=x onerror=alert(1)><script>alert(1)</script>"
    text = FIXTURE.read_text(encoding="utf-8").replace("forty-one", attack).replace("Mira", f"Mira {attack}")
    text = text.replace("Two people", f"Two {attack}").replace("unit: days", f'unit: "{attack}"')
    (tmp_path / "scenario.yaml").write_text(text, encoding="utf-8")
    player = play(tmp_path / "scenario.yaml", tmp_path)
    screen = player._screen = Screen(player, STALE)
    screen.refresh()
    seen = []
    for step in ("start", *END, "reach"):
        if step == "start":
            player.start()
        elif step == "reach":
            screen._measured()
        else:
            player.choose(step)
        seen += [part.value for name, part in vars(screen).items() if hasattr(part, "value") and name != "_css"]
    told = "".join(str(part) for part in seen)
    assert "&lt;script&gt;alert(1)" in told
    assert not re.search(r"<(script|img)|<[^>]* onerror=", re.sub(r'"[^"]*"', '""', told))


def test_what_came_of_a_choice_stands_before_the_next_scene(scenario):
    page = words(pages.scene_text(run(scenario, "plan.mira")[-1]))
    order = ["You chose: Mira leads it.", "the same afternoon", "Friday, 23:10: The night before", "Mira stops at step"]
    assert [page.index(part) for part in order] == sorted(page.index(part) for part in order)


def test_a_consequence_that_comes_back_names_the_choice_it_comes_from(scenario):
    page = words(pages.scene_text(run(scenario, "plan.self", "window.look")[-1]))
    named = "From “Thursday, 14:00: Who leads the cutover?”, where you chose “You lead it yourself and ask Mira"
    assert named in page
    assert page.index(named) < page.index("On Monday Mira asks Ruth")


def test_a_meter_says_how_much_which_way_and_why(scenario):
    page = pages.meters(run(scenario, "plan.mira"))
    meters = [words(part) for part in page.split("<li class=")[1:]]
    assert meters[0].endswith("Delay 0.5 days +0.5, worse two rehearsals on Friday")
    assert meters[1].endswith("Trust in the team 54 points +4, better two rehearsals on Friday")
    assert meters[4].endswith("Work that stops while you are away 2.0 days −5.0, better two rehearsals on Friday")


def test_a_value_that_takes_no_side_gets_its_sign_and_no_judgement(scenario):
    moved = pages.moved(run(scenario, "plan.mira"), "hours")
    assert moved == pages.Moved("+4", "", ("two rehearsals on Friday",))


def test_two_reasons_for_one_change_are_told_apart_and_the_late_one_named(scenario):
    moved = pages.moved(run(scenario, "ask plan.joost", "plan.mira", "window.look"), "trust")
    assert moved is not None
    assert moved.amount == "+8"
    assert moved.reasons == (
        "+5: twenty minutes and a limit",
        "+3: the rollback was rehearsed (from “Thursday, 14:00: Who leads the cutover?”)",
    )


def test_a_question_does_not_wipe_out_what_the_last_decision_changed(scenario):
    states = run(scenario, "ask plan.mira", "plan.mira")
    assert pages.moved(states[:2], "trust") == pages.Moved("+2", "better", ("Mira was asked",))
    moved = pages.moved(states, "trust")
    assert moved is not None
    assert moved.amount == "+4"


def test_bookkeeping_is_not_shown(scenario):
    assert "Pages at night" not in pages.meters(run(scenario))
    assert "noise" not in pages.shown(scenario)


def test_the_story_so_far_tells_scene_question_choice_and_outcome(scenario):
    assert pages.story_so_far(run(scenario)) == ""
    story = words(pages.story_so_far(run(scenario, *END[:3])))
    for part in (
        "The story so far (2 decisions)",
        "Mira reads it twice",
        "Before deciding: Ask Joost",
        "Now you know: The old database can stay up until Tuesday.",
        "You chose: Give it twenty minutes",
        "They are drafts.",
    ):
        assert part in story
    assert "The room is warm" not in story


def test_a_screen_reader_is_told_where_the_story_is_and_what_moved(scenario):
    said = pages.announcement(run(scenario, "plan.mira"), 3)
    assert said.startswith("Saturday, 08:40: Step nine does not match. 3 options. Since your last decision: Delay +0.5")
    assert "Trust in the team +4 points, better" in said
    assert pages.announcement(run(scenario, *END), 0).startswith("The story has ended: Two people.")


def test_the_end_is_held_against_the_declared_weights(scenario):
    state = run(scenario, *END)[-1]
    page = words(debrief.closing(state))
    assert page.startswith("Your team with you away for a month: 0.0 days of work stop.")
    assert "75 %" in page
    assert "25 %" in page
    assert f"Together, by the weights you declared before playing: {weighted_score(state):.0f} of 100" in page
    undeclared = words(debrief.closing(replay(scenario, END)))
    assert "with equal weights, as you declared none" in undeclared


def test_the_authors_speak_about_every_option_and_call_it_provisional(scenario):
    page = words(debrief.authors(run(scenario, *END)))
    assert page.startswith("What the authors would say (provisional)")
    assert "No panel has rated the options yet" in page
    for scene in ("plan", "window", "after"):
        for option in pages.scene_named(scenario, scene).options:
            for text in (option.rationale, option.right_when, option.dissent):
                assert text in page
    assert page.count("Your choice") == 3
    assert page.count("Provisional rating: ") == 8
    assert "Provisional rating: 5 of 5, helps most." in page


def test_the_rating_is_that_of_the_place_where_it_was_played(scenario):
    for variant, key in (("office", 4), ("spread", 5)):
        page = words(debrief.authors(run(scenario, "plan.mira", "window.roll", variant=variant)))
        assert f"everyone has slept”; the authors give it {key} of 5." in page


def test_the_figure_says_in_words_what_it_shows(scenario):
    state = run(scenario, *END)[-1]
    figure = comparison(branches(state, "plan"), "plan", "stops")
    alt = html.unescape(re.search(r'role="img" aria-label="([^"]*)"', figure)[1])
    assert alt.startswith("Work that stops while you are away: 0.0 days on your road, ")
    assert alt.count("Another choice: ") == 2
    assert "Your choice: Mira leads it." in alt
    assert "YOUR CHOICE" in figure
    assert "(days, less is better)" in figure


def test_the_figure_takes_its_colours_from_the_theme_and_leaves_the_page_alone(scenario):
    state = run(scenario, *END)[-1]
    for figure in (comparison(branches(state, "plan"), "plan", "stops"), debrief.reach(state)):
        drawn = figure[figure.index("<svg") : figure.index("</svg>")]
        assert "currentColor" in drawn
        assert "var(--jp-brand-color1" in drawn
        assert not re.search(r"(?:fill|stroke): ?#", drawn)
        assert "<style" not in drawn
        assert "DejaVu" not in drawn
        assert not re.search(r"<g id=|clip-path", drawn)


@pytest.mark.parametrize("slug", modules.slugs())
def test_nothing_written_beside_or_below_the_figure_runs_into_what_is_next_to_it(slug):
    """Two panels share the width with the options' texts: 38 letters below one, 46 beside, 41 of them when bold."""
    story = modules.scenario(slug)
    state = begin(story, story.seed, None, {name: 100 // len(story.aims) for name in story.aims})
    while state.ending is None:
        state = advance(state, f"{state.scene}.{open_options(state)[-1].id}")
    written = re.findall(r"<text style=\"([^\"]*)\"[^>]*>(.*?)</text>", debrief.compared(state))
    title, beside, below = [], [], []
    for style, text in written:
        kind = title if "11.5px" in style else beside if "anchor: end" in style else below
        kind.append((html.unescape(text), 41 if "700" in style else 46 if kind is beside else 38))
    assert (len(title) > 0, len(beside) > 3, len(below) > 6) == (True, True, True)
    assert [text for text, most in beside + below if len(text) > most] == []


def test_a_run_that_never_came_to_the_compared_scene_has_no_figure(scenario):
    assert comparison([], "plan", "stops") == ""


def test_the_distribution_counts_the_roads_that_go_further(scenario):
    state = run(scenario, "plan.self", "window.push", "after.leave")[-1]
    scores = reachable(state)
    mine = weighted_score(state)
    more = sum(round(score) > round(mine) for score in scores)
    assert f"{more} of {len(scores)} roads with this luck reach more than your {mine:.0f}" in distribution(scores, mine)
    assert "No road with this luck reaches more than your 90" in distribution([40.0, 90.0], 90.0)


def test_the_saved_text_is_the_transcript_letter_by_letter():
    text = "Zoë said: “nein” & left\n"
    page = debrief.transcript_page(text, "x.txt")
    link = re.search(r'href="data:text/plain;charset=utf-8;base64,([^"]+)"', page)
    assert link is not None
    assert base64.b64decode(link[1]).decode() == text
    assert html.escape(text) in page


def test_a_story_without_aims_places_or_questions_is_played_all_the_same(tmp_path):
    story = parse_scenario(
        """
scenario: bare
title: Bare
module: 99_player
premise: A room.
cast: {ann: {name: Ann, role: x, about: y}}
variables: {n: {label: N, start: 0, better: high}}
scenes:
  - {id: a, title: A, when: now, text: T., options: [{id: x, text: X., key: 3, effects: [{change: {n: 1}}]}]}
endings: [{id: z, title: Z, text: Done.}]
debrief: {questions: [Why?], sentence: "N is {n}.", compare: a, measure: n}
"""
    )
    from leadgym.widgets.player import Player

    player = Player(story, tmp_path)
    screen = player._screen = Screen(player, STALE)
    screen.refresh()
    screen._start.children[0].click()
    assert screen._options.children[0].description == "1. X."
    screen._options.children[0].click()
    assert player.state.ending == "z"
    assert "there was no other choice" in screen._compared.value
    assert screen._measure.children == ()
