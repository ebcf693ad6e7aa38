"""The model key: computed and not written by hand, honest about what it cannot play, said in words in the debrief."""

from __future__ import annotations

import html
import re

import numpy as np
import pytest
from click.testing import CliRunner

from leadgym.cli import main
from leadgym.course import model_key, model_played
from leadgym.course.model_key import Mean, Outcome
from leadgym.course.modules import content_root, scenario
from leadgym.scenario.engine import begin, replay
from leadgym.scenario.loader import walk
from leadgym.sim.story import Way, play_story
from leadgym.widgets import debrief
from leadgym.widgets.model_said import model_transcript

SLUG = "02_delegation"
STORY = scenario(SLUG)
PATH = content_root() / "course" / SLUG / model_key.FILE
FEW = range(8)


@pytest.fixture(scope="module")
def key() -> model_key.ModelKey:
    found = model_key.of(STORY)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def d1(key) -> model_key.Decision:
    found = key.decision("d1")
    assert found is not None
    return found


def words(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def finished():
    chosen = walk(STORY, STORY.walkthroughs[0]).choices
    return [replay(STORY, chosen[:n], STORY.seed) for n in range(len(chosen) + 1)]


def ratings(scene: str) -> dict[str, int]:
    return {option.id: option.key for option in STORY.scene(scene).options}


def outcome(weeks: tuple[float, float, float], skill: tuple[float, float, float]) -> Outcome:
    return Outcome(
        weeks=Mean(mean=weeks[0], low=weeks[1], high=weeks[2], holds=20),
        skill=Mean(mean=skill[0], low=skill[1], high=skill[2], holds=17),
    )


# ---------------------------------------------------------------- the file


def test_the_numbers_in_the_file_are_what_the_simulation_says_today(key):
    """All seeds, all ways: a parameter, a policy or the model itself that has changed shows here."""
    assert key.computed.digest == model_key.digest(key), "run: leadgym scenario model 02_delegation"
    assert model_played.computed(key) == key.computed, "run: leadgym scenario model 02_delegation"


def test_the_digest_moves_with_the_settings_and_not_with_the_words(key):
    slower = key.set_up.model_copy(update={"coding": 0.5})
    assert model_key.digest(key.model_copy(update={"set_up": slower})) != key.computed.digest
    assert model_key.digest(key.model_copy(update={"seeds": 61})) != key.computed.digest
    assert model_key.digest(key.model_copy(update={"not_played": {}})) == key.computed.digest


def test_every_scene_is_played_in_full_or_says_why_not(key):
    assert model_played.problems(key, STORY) == []
    for change, said in (
        ({"version": 9}, "version 9"),
        ({"not_played": {}}, "name each scene once"),
        ({"decisions": key.decisions[:1]}, "name each scene once"),
    ):
        assert said in " ".join(model_played.problems(key.model_copy(update=change), STORY))
    fewer = key.decisions[0].model_copy(update={"options": key.decisions[0].options[:3]})
    broken = key.model_copy(update={"decisions": [fewer, key.decisions[1]]})
    assert "'d1' has to play all" in model_played.problems(broken, STORY)[0]


def test_the_storys_own_chances_are_the_ones_played(d1):
    board = next(option for option in d1.options if option.option == "board")
    [draw] = [e for o in STORY.scene("d1").options for e in o.effects if e.draw == "volunteer"]
    drawn = {one.id: one.chance for one in draw.outcomes}
    people = {"Wen": "wen", "Priya": "priya", "You": "nobody"}
    assert {people[way.owner]: way.share for way in board.rows[0].ways} == drawn


def test_a_key_for_another_version_of_the_story_is_not_shown():
    assert model_key.of(STORY.model_copy(update={"version": STORY.version + 1})) is None
    assert model_key.of(STORY.model_copy(update={"module": "99_none"})) is None


# ---------------------------------------------------------------- the play


def test_the_hard_tickets_go_to_their_owner_and_the_afternoons_are_spent_beside_them(key):
    alone, paired = (play_story(key.set_up, Way(owner="Priya", afternoons=days), FEW) for days in ([], [1, 3]))
    assert (paired.skill > alone.skill).mean() > 0.5
    assert not np.array_equal(paired.weeks, alone.weeks)
    mine = play_story(key.set_up, Way(owner="You"), FEW)
    assert (mine.skill < alone.skill).all(), "who never touches the hard tickets learns less of the ledger"


def test_a_standstill_costs_and_what_is_done_about_it_matters(key):
    """On the same luck: four quiet days are slower than a chair beside the owner, and nothing happens before week 4."""
    sit, quiet = (
        play_story(key.set_up, Way(owner="Priya", afternoons=[1, 3], stuck=stuck), FEW) for stuck in ("sit", "quiet")
    )
    assert (quiet.weeks - sit.weeks).mean() > 0.2


def test_an_owner_who_falls_ill_hands_on(key):
    well = play_story(key.set_up, Way(owner="Tomasz"), FEW)
    ill = play_story(key.set_up, Way(owner="Tomasz", ill=4, then="Priya"), FEW)
    comes_back = play_story(key.set_up, Way(owner="Tomasz", ill=4), FEW)
    assert (ill.weeks - well.weeks).mean() > 0.5
    assert ill.skill.mean() > comes_back.skill.mean(), "whoever goes on learns"
    assert not ill.late.any()


def test_somebody_who_is_not_in_the_story_is_named(key):
    with pytest.raises(ValueError, match=r"Nobody in the story is called 'Bob'\. There are: You, Priya"):
        play_story(key.set_up, Way(owner="Bob"), FEW)


# ---------------------------------------------------------------- what is said


def test_authors_and_model_are_set_side_by_side_where_they_part(key, d1):
    """Sample numbers, so that the sentence and not today's result is tested."""
    no, yes = (0.1, -0.5, 0.7), (1, 0.5, 1.5)
    learns, same, less = (0.2, 0.1, 0.3), (0.1, -0.1, 0.3), (-0.2, -0.3, -0.1)
    nothing = (no, same)
    take, tomasz = "taking it yourself is done 1.0 weeks sooner", "giving it to Tomasz is done 1.0 weeks sooner"
    mine = "pairing with Priya leaves the others 0.20 more skill"
    cases = [
        (nothing, nothing, "and in the model nothing clearly beats it, on the date or in skill."),
        ((no, learns), nothing, "and in the model nothing clearly beats it, on the date or in skill."),
        ((yes, same), nothing, f"; in the model {take} (0.5 to 1.5). That holds in 20 of 20 sets"),
        (
            (yes, learns),
            nothing,
            f"{take} (0.5 to 1.5) and {mine} (0.10 to 0.30). These hold, in turn, in 20 and 17 of",
        ),
        ((yes, learns), (yes, learns), f"{take} (0.5 to 1.5), {tomasz} (0.5 to 1.5) and {mine} at least (0.10"),
        (
            nothing,
            (no, less),
            "in the model giving it to Tomasz leaves the others 0.20 more skill (0.10 to 0.30). That",
        ),
    ]
    for against_take, against_tomasz, said in cases:
        given = {"take": against_take, "tomasz": against_tomasz, "board": nothing}
        differences = {f"d1.pair - {other}": outcome(*numbers) for other, numbers in given.items()}
        computed = key.computed.model_copy(update={"differences": differences})
        text = model_key.verdict(key.model_copy(update={"computed": computed}), d1, ratings("d1"))
        assert text.startswith("The authors put pairing with Priya first")
        assert said in text


def test_a_difference_can_be_read_both_ways(key):
    one, other = key.difference("d1", "take", "pair").weeks, key.difference("d1", "pair", "take").weeks
    assert (one.mean, one.low, one.high) == (-other.mean, -other.high, -other.low)
    assert one.sign == -other.sign
    assert one.holds == other.holds
    assert key.difference("d1", "take", "take").weeks.sign == 0


def test_the_debrief_shows_the_model_beside_the_authors_in_words(key):
    page = words(debrief.authors(finished()))
    for decision in key.decisions:
        assert model_key.verdict(key, decision, ratings(decision.scene)) in page
        for option in decision.options:
            assert option.leaves_out in page
    for name, outcome_ in key.computed.rows.items():
        assert f"{outcome_.weeks.mean:.1f} ({outcome_.weeks.low:.1f} to {outcome_.weeks.high:.1f})" in page, name
    assert page.count("Plausible, not predictive") == 2
    been = {choice.partition(".")[0] for choice in walk(STORY, STORY.walkthroughs[0]).choices}
    for scene in been & set(key.not_played):
        assert f"The model cannot play this decision. {key.not_played[scene]}" in page


def test_the_bars_are_hidden_from_a_screen_reader_and_the_table_has_headings():
    page = debrief.authors(finished())
    assert page.count('class="leadgym-range"') == page.count('class="leadgym-range" aria-hidden="true"') > 0
    table = page[page.index('<div class="leadgym-model">') :]
    assert "<caption>Means over 60 runs" in table
    assert table.count('scope="row"') >= 4


def test_the_run_as_text_says_it_too_and_not_before_the_end(key):
    states = finished()
    text = model_transcript(states[-1])
    assert model_key.verdict(key, key.decisions[0], ratings("d1")) in text
    assert "- pairing with Priya (authors 5 of 5): " in text
    assert model_transcript(states[-2]) == ""
    assert model_transcript(begin(STORY)) == ""


# ---------------------------------------------------------------- the command


def test_the_command_says_that_a_file_has_drifted_and_writes_it_anew(key, tmp_path, monkeypatch):
    folder = tmp_path / "course" / SLUG
    folder.mkdir(parents=True)
    path = folder / model_key.FILE
    drifted = PATH.read_text(encoding="utf-8").replace("\ncomputed:\n  digest: '", "\ncomputed:\n  digest: 'x")
    path.write_text(drifted, encoding="utf-8")
    monkeypatch.setattr("leadgym.course.modules.content_root", lambda: tmp_path)
    monkeypatch.setattr("leadgym.course.modules.find_slug", lambda name: SLUG)
    monkeypatch.setattr("leadgym.course.modules.scenario", lambda slug: STORY)
    monkeypatch.setattr("leadgym.course.model_played.computed", lambda found: key.computed)
    checked = CliRunner().invoke(main, ["scenario", "model", "02", "--check"])
    assert checked.exit_code == 1
    assert "has drifted from the simulation" in checked.output
    assert path.read_text(encoding="utf-8") == drifted
    written = CliRunner().invoke(main, ["scenario", "model", "02"])
    assert written.exit_code == 0, written.output
    assert "The authors put pairing with Priya first" in written.output
    assert path.read_text(encoding="utf-8") == PATH.read_text(encoding="utf-8")
