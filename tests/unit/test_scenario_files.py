"""Scenario files: every fault that is planted in tests/fixtures/scenarios is found where it is, and no other."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from leadgym.scenario.checker import check, check_file, report
from leadgym.scenario.loader import load_scenario, open_scenario, parse_scenario, walk
from leadgym.scenario.schema import SCHEMA_FILE, schema_text
from leadgym.scenario.template import new_scenario
from leadgym.yamlfile import FileProblems, parse_yaml

FIXTURES = Path(__file__).parents[1] / "fixtures" / "scenarios"
SOUND = FIXTURES / "sound.yaml"

# What is wrong with a file that does not load, in the words of its message.
UNLOADABLE = {
    "asked_nothing": "there is no question 'first.data'; did you mean 'first.date'?",
    "capital_letters_in_a_name": "'SECOND' is not a name; use small letters",
    "chances_do_not_add_up": "add up to 0.9; they have to add up to 1",
    "chose_nothing": "there is no option 'first.anna'; did you mean 'first.ana'?",
    "circular_formula": "is computed from itself (whole -> half -> whole)",
    "circular_story": "runs in a circle (first -> second -> first)",
    "compares_an_interlude": "there is no scene with options 'second'",
    "computed_value_changed": "'whole' is computed by its formula",
    "condition_is_a_text": "'high' is a text",
    "drawn_nothing": "in draw 'luck' there is no outcome 'worst'",
    "duplicate_key": 'found duplicate key "key"',
    "duplicate_scene": "there is already a scene 'first'",
    "effect_does_nothing": "does nothing; give it 'change', 'draw' or 'text'",
    "ending_hides_the_rest": "has no 'if', so no ending after it is ever reached",
    "endless_number": "finite number (found inf)",
    "interlude_with_a_question": "a scene without options decides nothing",
    "knows_nothing": "there is no fact 'sofd'; did you mean 'soft'?",
    "last_ending_has_a_condition": "the last ending is for every other case",
    "missing_field": "scenes.0.options.1.key: is missing; add it.",
    "misspelt_field": "scenes.0.whan: unknown field; did you mean 'when'?",
    "name_means_something_else": "'min' means something in conditions already",
    "name_taken_twice": "the name is taken under 'variables'",
    "not_an_expression": "'trust >> 50' is not allowed here",
    "not_yaml": "Mend the YAML on this line",
    "scene_called_end": "'end' is kept for the end of the story",
    "starts_outside_its_range": "starts at -1, below its min (0)",
    "two_people_of_one_name": "two people are called 'Ana'",
    "unknown_fact": "there is no fact 'sofd'; did you mean 'soft'?",
    "unknown_person": "there is no person 'anna'; did you mean 'ana'?",
    "unknown_scene_in_later": "there is no scene 'third'; there is: first, second, end.",
    "unknown_scene_in_next": "there is no scene 'secnd'; did you mean 'second'?",
    "unknown_variable": "there is no variable 'trst'; did you mean 'trust'?",
    "unknown_variable_in_a_score": "there is no variable or derived value 'lateness'; did you mean 'late'?",
    "unknown_variant": "there is no variant 'bank'; there is none at all.",
    "unknown_word": "nothing defines {whom}",
    "walkthrough_to_nowhere": "there is no option 'first.anna'; did you mean 'first.ana'?",
    "word_without_a_rest": "the last reading is for every other case",
    "wrong_kind_of_value": "valid integer",
}

# What is weak in a file that loads.
WEAK = {
    "asks_too_early": "error: chose(four.a) cannot be true yet at 'two'",
    "comes_back_too_soon": "error: 'one' never comes after 'two'",
    "constant_variable": "error: nothing changes it; let an effect change it",
    "dead_end": "error: no option is open here after",
    "ending_without_a_walkthrough": "warning: no walkthrough shows the way to 'good'",
    "first_is_best": "error: the best-keyed option is number 1 in 100% of the decisions",
    "lone_option": "error: one option is no decision",
    "longest_is_best": "error: the longest option is the best-keyed one in 100% of the decisions",
    "nicest_is_best": "error: the nicest-worded option is the best-keyed one in 75% of the decisions",
    "no_dissent": "warning: has no 'dissent'",
    "no_rationale": "error: has no 'rationale'",
    "no_reason_for_a_change": "warning: changes what the player sees (Trust) without a 'why'",
    "one_ending": "error: there is one ending",
    "option_dominates": "error: 'a' is no worse than 'b' in anything and better in: Days late, Trust",
    "option_dominates_later": "error: 'a' is no worse than 'b' in anything and better in: Trust",
    "option_never_offered": "error: never holds on any road",
    "shortest_is_best": "error: the shortest option is the best-keyed one in 100% of the decisions",
    "straw_man": "error: has no 'right_when'",
    "too_few_decisions": "warning: a run has 3 decisions",
    "uneven_lengths": "than the mean of its decision; stay within 15%",
    "unreachable_ending": "error: 'best' is never reached on any road",
    "unreachable_scene": "error: nothing leads to 'aside'",
    "unread_variable": "error: nothing reads it and the player does not see it",
    "unused_fact": "error: no question teaches it",
    "unused_person": "error: Bo never appears",
    "unused_variable": "error: nothing changes it, and nothing reads it",
    "unused_word": "error: no prose says {who}",
    "walkthrough_misses_its_ending": "error: the path ends in 'good', not in 'rest'",
    "walkthrough_stops_short": "error: stops at 'four'",
    "walkthrough_takes_a_wrong_step": "error: 'three.b' is not on offer: the story is at 'two'",
}

SEVERAL = {"sound", "says_no", "many_faults"}


def planted(path: Path) -> list[int]:
    """The lines that a fixture marks as faulty."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [number for number, line in enumerate(lines, start=1) if "# here" in line]


def problems_of(path: Path) -> list[str]:
    with pytest.raises(FileProblems) as caught:
        load_scenario(path)
    return caught.value.problems


def test_every_fixture_is_tested_and_every_test_has_its_fixture() -> None:
    assert {path.stem for path in FIXTURES.glob("*.yaml")} == {*UNLOADABLE, *WEAK, *SEVERAL}


@pytest.mark.parametrize("name", UNLOADABLE)
def test_the_loader_finds_exactly_the_planted_fault(name: str) -> None:
    path = FIXTURES / f"{name}.yaml"
    problems = problems_of(path)
    assert [problem.split(": ", 1)[0] for problem in problems] == [f"{path}:{line}" for line in planted(path)]
    assert all(UNLOADABLE[name] in problem for problem in problems)


@pytest.mark.parametrize("name", WEAK)
def test_the_checker_finds_exactly_the_planted_fault(name: str) -> None:
    path = FIXTURES / f"{name}.yaml"
    lines = [found.line for found in check_file(path)]
    assert [line.split(": ", 1)[0] for line in lines] == [f"{path}:{line}" for line in planted(path)]
    assert all(WEAK[name] in line for line in lines)


def test_faults_of_form_and_of_sense_come_in_one_go_and_in_the_order_of_the_file() -> None:
    path = FIXTURES / "many_faults.yaml"
    lines = [int(problem.removeprefix(f"{path}:").split(":")[0]) for problem in problems_of(path)]
    assert lines == sorted(lines)
    assert sorted({*lines}) == planted(path)
    assert len(lines) == 9


def test_no_and_on_are_words() -> None:
    scenario = load_scenario(FIXTURES / "says_no.yaml")
    assert (scenario.facts["soft"].text, scenario.scenes[0].when) == ("no", "on")


def test_the_sound_scenario_has_no_findings_and_its_walkthroughs_hold() -> None:
    scenario, document = open_scenario(SOUND)
    assert report(check(scenario), document) == []
    assert [walk(scenario, given).ending for given in scenario.walkthroughs] == ["quiet", "out"]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("", 1, "expected 'name: value' lines"),
        ("- a\n- b\n", 1, "expected 'name: value' lines"),
        ("a: 1\n---\nb: 2\n", 2, "another document"),
        ("a: 2024-13-45\n", 1, "month must be in 1..12"),
        ("a: \x00\n", 1, "special characters are not allowed"),
        ("a:\n\t- b\n", 2, "cannot start any token"),
        ("[" * 600, 1, "nested too deep"),
        ("a: *nobody\n", 1, "undefined alias"),
        ("seed: " + "9" * 5000 + "\n", 1, "is not YAML"),
        ("x: &x {oddity: 3}\ncast:\n  p:\n    <<: *x\n", 3, "cast.p.oddity: unknown field"),
        ("? [a, b]\n: c\n", 1, "keys should be strings"),
    ],
)
def test_what_is_hardly_yaml_gets_a_sentence_with_its_line(text: str, line: int, message: str) -> None:
    with pytest.raises(FileProblems) as caught:
        parse_scenario(text, "odd.yaml")
    assert any(found.startswith(f"odd.yaml:{line}: ") and message in found for found in caught.value.problems)


def test_a_file_that_cannot_be_read_gets_a_sentence(tmp_path: Path) -> None:
    latin = tmp_path / "latin.yaml"
    latin.write_bytes("title: Größe\n".encode("latin-1"))
    assert problems_of(latin) == [f"{latin}:1: is not UTF-8 text. Save it as UTF-8."]
    assert "cannot be read" in problems_of(tmp_path / "nowhere.yaml")[0]


def test_a_new_scenario_loads_and_has_no_findings() -> None:
    text = new_scenario("my_story", 'A "title": with {marks} & #signs')
    scenario = parse_scenario(text)
    assert scenario.scenario == "my_story"
    assert scenario.title == 'A "title": with {marks} & #signs'
    assert check(scenario) == []
    assert text.startswith("# yaml-language-server: $schema=")
    assert parse_yaml(text, "new.yaml").line(("scenes",)) > 1


@pytest.mark.parametrize(("slug", "title"), [("My story", "A title"), ("my_story", "  ")])
def test_a_new_scenario_needs_a_name_and_a_title(slug: str, title: str) -> None:
    with pytest.raises(FileProblems, match=r"is not a name; use small|has no title; give it"):
        new_scenario(slug, title)


def test_the_committed_schema_is_what_the_model_gives() -> None:
    renew = "from leadgym.scenario.schema import *; SCHEMA_FILE.write_text(schema_text(), encoding='utf-8')"
    assert SCHEMA_FILE.read_text(encoding="utf-8") == schema_text(), f'renew it: python -c "{renew}"'


def test_the_schema_knows_good_from_bad() -> None:
    jsonschema = pytest.importorskip("jsonschema")
    validator = jsonschema.Draft202012Validator(json.loads(SCHEMA_FILE.read_text(encoding="utf-8")))
    plain = json.loads(json.dumps(parse_yaml(SOUND.read_text(encoding="utf-8"), "sound.yaml").data))
    assert list(validator.iter_errors(plain)) == []
    plain["scenes"][0]["optoins"] = []
    assert [error.validator for error in validator.iter_errors(plain)] == ["additionalProperties"]
