"""What module 01 says in figures is computed here: hidden weeks and days, practice weeks, and claims."""

import importlib.util
from pathlib import Path

import pytest

from leadgym.marking import load_keys, load_rubric
from leadgym.widgets.share_figures import DRAWS, MOST, compare_shares, shares

ROOT = Path(__file__).resolve().parents[2]
SLUG = "01_schedule"
FOLDER = ROOT / "solutions" / SLUG
RUBRIC = load_rubric(FOLDER / "rubric.yaml")
KEYS = load_keys(ROOT / "grader" / "keys" / f"{SLUG}.yaml", RUBRIC, FOLDER)


@pytest.fixture(scope="module")
def made():
    spec = importlib.util.spec_from_file_location("make_weeks", ROOT / "grader" / "make_weeks.py")
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


def test_hidden_days_are_what_the_generator_makes_and_right(made):
    groups = KEYS.answers["focus_blocks"].groups
    assert {
        name: [(one.label, one.input, one.right) for one in questions] for name, questions in groups.items()
    } == {
        name: [(made.LABELS[kind], day, right) for kind, day, right in asked] for name, asked in made.days().items()
    }  # fmt: skip


def test_a_first_draft_fails_on_the_harder_days_and_nobody_guesses(made):
    for name, questions in KEYS.answers["focus_blocks"].groups.items():
        naive = sum(one.accepts(made.naive(one.input)) for one in questions)
        assert naive == (len(questions) if name == "plain" else 0), name
        for constant in ([], [[540, 1020]]):
            assert sum(one.accepts(constant) for one in questions) <= len(questions) / 3, name


def test_hidden_weeks_are_what_the_search_makes_of_them(made):
    """Two of them; `python grader/make_weeks.py --check` does all."""
    weeks = KEYS.answers["reschedule"].weeks
    assert len(weeks) == made.WEEKS
    for one in (weeks[0], weeks[-1]):
        assert one.model_dump() == {"seed": one.seed, **made.computed(one.seed)}


def test_practice_weeks_say_what_the_reference_wins(made):
    practice = RUBRIC.answers["reschedule"].practice
    assert [one.seed for one in practice] == list(made.PRACTICE)
    assert practice[0].won == made.computed(practice[0].seed)["won"]


CLAIMS = {
    # Of each claim: what is compared, and on which outcome.
    "sixty_forty": ((0.6, False), (0.4, False), "value"),
    "batched_stuck": ((0.6, False), (0.6, True), "blocked_hours"),
    "batched": ((0.6, True), (0.6, False), "value"),
}


@pytest.mark.parametrize("claim", CLAIMS)
def test_a_claim_is_what_its_key_says(claim):
    """On fewer quarters than a learner plays. The others need three more calendars, and were run with twice as many."""
    (share, batched), (other, other_batched), outcome = CLAIMS[claim]
    found = compare_shares(share, other, first_batched=batched, second_batched=other_batched, lucks=2).more(outcome)
    (said,) = KEYS.answers["claims"].things[claim].accepted
    assert said == ("shows" if found >= MOST - 2 else "opposite" if found <= DRAWS - MOST + 2 else "cannot")


def test_the_figure_says_what_the_lesson_says_of_it():
    """A fifth is worst, and everything but it comes within a tenth of the most."""
    assert shares([0, 0.2, 0.6], lucks=4).title.endswith("0 % come within a tenth of it, and 20% comes last")
    with pytest.raises(ValueError, match="at least two shares"):
        shares([0.5])


def test_the_simulation_is_not_asked_for_nonsense():
    with pytest.raises(ValueError, match=r"write 0\.6 for 60 %"):
        compare_shares(60, 0.4)
