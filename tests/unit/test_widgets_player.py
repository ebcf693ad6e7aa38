"""The player, pressed by ``Button.click()``: the whole story, back, again, two at once, and every bad day of a file."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from statistics import median
from time import perf_counter

import pytest

from leadgym.scenario.engine import NotPossible
from leadgym.widgets.player import STALE, Player, play
from leadgym.widgets.screen import Screen

FIXTURE = Path(__file__).parents[1] / "fixtures" / "scenarios_play" / "scenario.yaml"
FILE = "the_cutover.choices.json"
PATH = ["ask plan.joost", "plan.mira", "window.look", "after.write"]


class Shown:
    """A player on a screen, with the buttons by their texts."""

    def __init__(self, folder: Path, scenario: Path = FIXTURE) -> None:
        self.player = play(scenario, folder)
        self.player._screen = self.screen = Screen(self.player, STALE)
        self.screen.refresh()

    def texts(self, group: str) -> list[str]:
        return [button.description for button in getattr(self.screen, f"_{group}").children]

    def button(self, words: str):
        groups = ("start", "asks", "options", "returns", "again", "measure")
        found = [b for g in groups for b in getattr(self.screen, f"_{g}").children if words in b.description]
        assert len(found) == 1, f"{len(found)} buttons say '{words}'"
        return found[0]

    def press(self, words: str) -> None:
        self.button(words).click()

    def page(self, name: str) -> str:
        return getattr(self.screen, f"_{name}").value

    def visible(self, name: str) -> bool:
        return "leadgym-hidden" not in getattr(self.screen, f"_{name}")._dom_classes

    def play_to_the_end(self) -> None:
        self.press("Start")
        self.press("Ask Joost")
        self.press("Mira leads it")
        self.press("Give it twenty minutes")
        self.press("writes it out")


def saved(folder: Path) -> dict:
    return json.loads((folder / FILE).read_text(encoding="utf-8"))


def test_nothing_is_told_before_the_weights_are_declared(tmp_path):
    shown = Shown(tmp_path)
    assert shown.visible("opening")
    assert not shown.visible("playing")
    assert "Only one of them has done it before" in shown.page("premise")
    assert shown.texts("options") == []
    shown.press("Start")
    assert not shown.visible("opening")
    assert "Who leads the cutover?" in shown.page("heading")
    assert saved(tmp_path)["run"]["weights"] == {"ship": 50, "grow": 50}


def test_of_two_weights_the_other_gets_the_rest(tmp_path):
    shown = Shown(tmp_path)
    shown.screen._weights["ship"].value = 70
    assert shown.screen._weights["grow"].value == 30
    assert "Ship 70 %, Grow 30 %" in shown.page("shares")
    shown.press("Start")
    assert shown.player.answer()["weights"] == {"ship": 70, "grow": 30}


def test_the_whole_story_by_real_clicks_is_saved_click_by_click(tmp_path):
    shown = Shown(tmp_path)
    shown.play_to_the_end()
    assert shown.player.state.ending == "two"
    assert saved(tmp_path)["run"]["choices"] == PATH
    assert "Two people" in shown.page("heading")
    assert "0.0 days of work stop" in shown.page("closing")
    assert shown.texts("options") == []
    assert shown.visible("compared")


def test_after_a_restart_at_any_point_the_run_stands_where_it_stood(tmp_path):
    first = Shown(tmp_path)
    first.press("Start")
    for count, words in enumerate(["Ask Joost", "Mira leads it", "Give it twenty minutes", "writes it out"], 1):
        first.press(words)
        again = Shown(tmp_path)
        assert again.player.state == first.player.state
        assert list(again.player.run.choices) == PATH[:count]
        for page in ("heading", "scene", "answers", "side", "closing", "story"):
            assert again.page(page) == first.page(page)
        assert again.texts("options") == first.texts("options")


def test_every_option_stands_on_a_button_in_full_in_the_seed_s_order(tmp_path):
    shown = Shown(tmp_path)
    shown.press("Start")
    texts = shown.texts("options")
    assert [text[:3] for text in texts] == ["1. ", "2. ", "3. "]
    assert any("so that she has seen one before the next time comes round." in text for text in texts)
    orders = set()
    for seed in range(6):
        shown.player.again(seed=seed).weights(ship=50, grow=50)
        orders.add(tuple(text[3:] for text in shown.texts("options")))
    assert len(orders) > 1


def test_a_question_is_answered_counted_and_gone(tmp_path):
    shown = Shown(tmp_path)
    shown.press("Start")
    assert "2 questions left" in shown.page("intro")
    shown.press("Ask Joost")
    assert "Nobody asked" in shown.page("answers")
    assert "The old database can stay up until Tuesday." in shown.page("side")
    assert "1 question left" in shown.page("intro")
    assert not any("Ask Joost" in text for text in shown.texts("asks"))
    shown.press("Read the pager log")
    assert shown.texts("asks") == []
    assert "No question left" in shown.page("intro")


def test_a_late_press_on_a_scene_that_is_over_does_nothing(tmp_path):
    shown = Shown(tmp_path)
    shown.press("Start")
    late = shown.button("Joost leads it")
    shown.press("Mira leads it")
    late.click()
    assert shown.player.run.choices == ("plan.mira",)


def test_buttons_are_not_made_anew_when_nothing_about_them_changed(tmp_path):
    """Otherwise a question would make the options flicker and throw the focus away."""
    shown = Shown(tmp_path)
    shown.press("Start")
    before = shown.screen._options.children
    shown.press("Ask Joost")
    assert shown.screen._options.children == before


def test_going_back_keeps_the_run_and_gives_the_questions_back(tmp_path):
    shown = Shown(tmp_path)
    shown.play_to_the_end()
    assert len(shown.texts("returns")) == 3
    shown.press("Go back to “Thursday, 14:00")
    assert shown.player.state.scene == "plan"
    assert any("Ask Joost" in text for text in shown.texts("asks"))
    assert saved(tmp_path)["past"][-1]["choices"] == PATH
    assert saved(tmp_path)["run"]["choices"] == []
    assert saved(tmp_path)["run"]["weights"] == {"ship": 50, "grow": 50}


def test_a_slip_can_be_taken_back_in_the_middle(tmp_path):
    shown = Shown(tmp_path)
    shown.press("Start")
    assert shown.texts("returns") == []
    shown.press("Joost leads it")
    shown.press("Go back to “Thursday, 14:00")
    assert shown.player.state.scene == "plan"


def test_playing_again_meets_other_luck_and_asks_for_the_weights_anew(tmp_path):
    shown = Shown(tmp_path)
    shown.screen._weights["ship"].value = 70
    shown.play_to_the_end()
    shown.press("Play again with other luck")
    assert shown.visible("opening")
    assert shown.screen._weights["ship"].value == 70
    assert shown.player.run.seed == 2
    assert saved(tmp_path)["past"][-1]["choices"] == PATH
    shown.press("Start")
    shown.player.choose("plan.self")
    shown.player.again()
    assert shown.player.run.seed == 3


def test_the_place_is_chosen_before_playing(tmp_path):
    shown = Shown(tmp_path)
    shown.screen._variant.value = "spread"
    shown.press("Start")
    assert shown.player.state.values["trust"] == 40
    assert Shown(tmp_path).player.state.variant == "spread"


def test_choosing_the_place_keeps_the_weights_typed_before(tmp_path):
    shown = Shown(tmp_path)
    shown.screen._weights["ship"].value = 70
    shown.screen._variant.value = "spread"
    assert shown.screen._weights["ship"].value == 70
    shown.press("Start")
    assert shown.player.answer()["weights"] == {"ship": 70, "grow": 30}


def test_without_a_screen_the_same_story_is_told(tmp_path):
    player = play(FIXTURE, tmp_path).variant("spread").weights(ship=60, grow=40)
    player.ask("plan.joost").choose("plan.mira").choose("window.look").choose("after.write")
    assert player.answer() == {
        "scenario": "the_cutover",
        "seed": 1,
        "variant": "spread",
        "weights": {"ship": 60, "grow": 40},
        "choices": PATH,
    }
    assert json.loads(json.dumps(player.answer())) == player.answer()
    assert "Mira leads it" in player.transcript()
    assert player.back_to("window").state.scene == "window"


def test_what_the_story_does_not_offer_is_said_with_what_it_does(tmp_path):
    player = play(FIXTURE, tmp_path)
    with pytest.raises(NotPossible, match="you can choose: plan\\.") as caught:
        player.choose("plan.fly")
    assert caught.value._render_traceback_() == [str(caught.value)]
    with pytest.raises(NotPossible, match="missing: grow"):
        player.weights(ship=60)
    with pytest.raises(NotPossible, match="between 0 and 100"):
        player.weights(ship=60, grow=400)
    with pytest.raises(NotPossible, match="There are: office, spread"):
        player.variant("moon")
    player.choose("plan.mira")
    with pytest.raises(NotPossible, match="before the first choice"):
        player.weights(ship=60, grow=40)
    with pytest.raises(NotPossible, match="You can go back to: plan"):
        player.back_to("after")


def test_two_players_on_one_file_lose_no_click(tmp_path):
    here, there = Shown(tmp_path), Shown(tmp_path)
    here.press("Start")
    there.press("Start")
    there.press("Joost leads it")
    here.press("Mira leads it")
    assert here.player.run.choices == ("plan.joost",)
    assert "another tab or kernel" in here.page("notice")
    assert "Step nine" in here.page("heading")
    assert saved(tmp_path)["past"] == [{**saved(tmp_path)["run"], "choices": ["plan.mira"]}]
    here.press("Roll back")
    assert here.page("notice") == ""
    assert saved(tmp_path)["run"]["choices"] == ["plan.joost", "window.roll"]


def test_a_damaged_file_is_said_to_be_so_and_play_goes_on(tmp_path):
    (tmp_path / FILE).write_text('{"leadgym": 1, "scen', encoding="utf-8")
    shown = Shown(tmp_path)
    assert "the_cutover.choices.set-aside-1.json" in shown.page("notice")
    shown.press("Start")
    shown.press("Mira leads it")
    assert saved(tmp_path)["run"]["choices"] == ["plan.mira"]


def test_a_choice_the_story_no_longer_offers_keeps_the_run_up_to_it(tmp_path):
    old = {"seed": 1, "variant": "office", "weights": {"ship": 50, "grow": 50}, "choices": ["plan.mira", "window.gone"]}
    content = {"leadgym": 1, "scenario": "the_cutover", "version": 1, "revision": 4, "run": old, "past": []}
    (tmp_path / FILE).write_text(json.dumps(content), encoding="utf-8")
    shown = Shown(tmp_path)
    assert shown.player.run.choices == ("plan.mira",)
    assert "version 1" in shown.page("notice")
    assert "window.gone" in shown.page("notice")
    shown.press("Give it twenty minutes")
    assert saved(tmp_path)["past"] == [old]


@pytest.mark.parametrize("wrong", [{"variant": "moon"}, {"weights": {"joy": 3}}])
def test_saved_conditions_the_story_does_not_know_start_it_afresh(tmp_path, wrong):
    old = {"seed": 3, "variant": "office", "weights": {}, "choices": ["plan.mira"]} | wrong
    content = {"leadgym": 1, "scenario": "the_cutover", "version": 2, "revision": 4, "run": old, "past": []}
    (tmp_path / FILE).write_text(json.dumps(content), encoding="utf-8")
    shown = Shown(tmp_path)
    assert shown.player.state.scene == "plan"
    assert "do not fit this story" in shown.page("notice")
    shown.press("Start")
    assert saved(tmp_path)["past"] == [old]


def test_where_nothing_can_be_written_the_player_says_so_and_plays_to_the_end(tmp_path):
    folder = tmp_path / "full"
    folder.write_text("a file where the folder should be", encoding="utf-8")
    shown = Shown(folder)
    shown.play_to_the_end()
    assert shown.player.state.ending == "two"
    assert "not saved" in shown.page("notice")


def test_under_the_autograder_it_replays_and_writes_nothing(tmp_path, monkeypatch, capsys):
    play(FIXTURE, tmp_path).weights(ship=60, grow=40).choose("plan.mira")
    before = (tmp_path / FILE).read_bytes()
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    player = play(FIXTURE, tmp_path)
    player.choose("window.look")
    player._ipython_display_()
    assert capsys.readouterr().out == "The cutover: 2 choices made; the story stands at “The retrospective”.\n"
    assert (tmp_path / FILE).read_bytes() == before
    assert player.answer()["choices"] == ["plan.mira", "window.look"]


def test_the_autograder_does_not_pay_for_the_screen(tmp_path):
    code = (
        "import sys; from pathlib import Path; from leadgym.widgets.player import play; "
        f"play(Path({str(FIXTURE)!r}), Path({str(tmp_path)!r}))._ipython_display_(); "
        "print('matplotlib' in sys.modules, 'ipywidgets' in sys.modules)"
    )
    environment = {"NBGRADER_EXECUTION": "autograde", "PATH": "/usr/bin"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
    assert done.stdout.splitlines()[-1] == "False False"


def test_a_stale_output_says_what_to_do(tmp_path):
    """The note is on the page for good; the style that hides it goes with the live player."""
    note, player = Shown(tmp_path).screen.bundles()
    style = Shown(tmp_path)
    assert note["text/plain"] == player["text/plain"] == STALE
    assert "application/vnd.jupyter.widget-view+json" in player
    name = re.fullmatch(r'<p class="(leadgym-stale-\w+)">(.*)</p>', note["text/html"])
    assert name is not None
    assert name[2] == STALE
    assert f".{name[1]} {{ display: none; }}" not in style.page("css")


def test_the_live_player_hides_its_own_note(tmp_path):
    shown = Shown(tmp_path)
    note = shown.screen.bundles()[0]["text/html"]
    name = re.search(r"leadgym-stale-\w+", note)
    assert name is not None
    assert f".{name[0]} {{ display: none; }}" in shown.page("css")


def test_a_click_takes_the_kernel_well_under_a_tenth_of_a_second(tmp_path):
    shown = Shown(tmp_path)
    shown.press("Start")
    times = []
    for _ in range(10):
        for words in ("Ask Joost", "Mira leads it", "Go back to"):
            start = perf_counter()
            shown.press(words)
            times.append(perf_counter() - start)
    assert median(times) < 0.05


def test_a_scenario_beside_the_notebook_is_played_when_it_belongs_to_the_module(tmp_path, monkeypatch):
    text = FIXTURE.read_text(encoding="utf-8")
    (tmp_path / "scenario.yaml").write_text(text, encoding="utf-8")
    asked: list[str] = []

    def from_the_course(slug: str):
        asked.append(slug)
        return play(FIXTURE, tmp_path).scenario

    monkeypatch.setattr("leadgym.widgets.player.find_slug", lambda name: name)
    monkeypatch.setattr("leadgym.widgets.player.course_scenario", from_the_course)
    monkeypatch.chdir(tmp_path)
    assert isinstance(play("99_player"), Player)
    assert asked == []
    play("02_delegation")
    assert asked == ["02_delegation"]


def test_an_exercise_takes_over_the_run_of_the_lesson_and_keeps_its_own(tmp_path: Path) -> None:
    """A learner who played in the lesson hands that run in, without a click; a run played in the exercise stays."""
    lesson, exercise = tmp_path / "course" / "02_delegation", tmp_path / "exercises" / "02_delegation"
    for folder in (lesson, exercise):
        folder.mkdir(parents=True)
    play("02_delegation", lesson).weights(ship=60, grow=40).choose("d1.pair")
    taken = play("02_delegation", exercise)
    assert taken.answer()["choices"] == ["d1.pair"]
    assert "from the lesson" in taken.notice
    assert (exercise / "ledger_ticket.choices.json").is_file()
    play("02_delegation", lesson).choose("d2.outcome")
    assert play("02_delegation", exercise).answer()["choices"] == ["d1.pair", "d2.outcome"]
    play("02_delegation", exercise).back_to("d2").choose("d2.steps")
    play("02_delegation", lesson).choose("d3.load")
    assert play("02_delegation", exercise).answer()["choices"] == ["d1.pair", "d2.steps"]
