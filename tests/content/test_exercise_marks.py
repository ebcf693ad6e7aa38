"""The exercise through the whole road: notebook, kernel, marker, gradebook, feedback page.

What the answers of ``test_half_right`` earn is worked out there by hand; here it has to arrive.
"""

import statistics

import pytest
from submissions import PATHS, WORTH
from test_half_right import EXPECTED

from leadgym.course.modules import scenario
from leadgym.scenario.engine import advance, begin, replay
from leadgym.scenario.outcome import weighted_score

FINISHED_ALONE = {
    # One turning point as the authors would, one as they would not, one in two minds: 1.5 of 3. Comes to less than half
    # of the runs within reach, and ahead of half of them under no weights. Asked nothing.
    "careful_guess": {"finished": 1, "outcome": 0, "turning_points": 1.5, "weights": 0, "asked": 0},
    # Asked one thing of two, and stopped at the first turning point by taking what the authors would not.
    "hero": {"finished": 0, "outcome": 0, "turning_points": 0, "weights": 0, "asked": 1},
    # In two minds, as the authors would, in two minds: 2 of 3. Kept to its weights. The outcome is worked out below.
    "rushed": {"finished": 1, "turning_points": 2, "weights": 1, "asked": 0},
}


def outcome_of_rushed():
    """A share of the 3 points: where the run stands between the median and the 95th percentile of all runs."""
    story = scenario("02_delegation")
    seed, weights, choices = PATHS["rushed"]
    ends, stack = [], [begin(story, seed, None, weights)]
    while stack:
        here = stack.pop()
        if here.scene is None:
            ends.append(weighted_score(here))
            continue
        scene = next(scene for scene in story.scenes if scene.id == here.scene)
        for option in scene.options:
            try:
                stack.append(advance(here, f"{scene.id}.{option.id}"))
            except ValueError:  # this road does not offer it
                continue
    parts = statistics.quantiles(ends, n=20, method="inclusive")
    mine = weighted_score(replay(story, choices, seed, None, weights))
    return round(3 * (mine - parts[9]) / (parts[18] - parts[9]), 2)


def test_the_unsolved_exercise_earns_nothing(cohort):
    assert cohort.points("unsolved") == dict.fromkeys(WORTH, 0)
    assert cohort.results["unsolved"]["out_of"] == 100


def test_the_solution_earns_everything(cohort):
    assert cohort.points("Zoë Ñandú") == WORTH
    assert cohort.results["Zoë Ñandú"]["points"] == 100


@pytest.mark.parametrize("name", FINISHED_ALONE)
@pytest.mark.parametrize("answer", WORTH)
def test_a_half_right_submission_earns_what_the_rubric_says(cohort, name, answer):
    """By clicks (careful_guess), by code (hero) and as data (rushed): the road does not change a mark."""
    expected = FINISHED_ALONE[name] if answer == "path" else EXPECTED[name][answer]
    if (name, answer) == ("rushed", "path"):
        expected = {**expected, "outcome": outcome_of_rushed()}
        assert 0 < expected["outcome"] < 3
    assert cohort.criteria(name)[answer] == pytest.approx(expected, abs=0.006)
    assert cohort.points(name)[answer] == pytest.approx(sum(expected.values()), abs=0.02)


def test_what_the_rules_are_not_sure_of_waits_for_a_person(cohort):
    """No points that a person would have to take back, and no zero that nobody looks at."""
    about = cohort.results["doubted"]
    assert about["needs_review"]
    assert cohort.points("doubted") == dict.fromkeys(WORTH, 0)
    assert "not sure, 0 of 20 points stand, the rules propose 20" in cohort.page("doubted")
    assert "It holds text that a reader would not see" in cohort.page("doubted")
    assert not cohort.results["Zoë Ñandú"]["needs_review"]


@pytest.mark.parametrize("name", ["unsolved", "Zoë Ñandú", *FINISHED_ALONE])
def test_the_feedback_page_says_what_the_gradebook_holds(cohort, name):
    page, about = cohort.page(name), cohort.results[name]
    assert f"{about['points']:g} of 100 points" in page
    for answer, points in cohort.points(name).items():
        assert f'<section class="answer" id="{answer}">' in page
        assert f"{points:g} of {WORTH[answer]} points" in page
    assert "No response" not in page, "who answers by clicks leaves the cell as it was"


def test_the_points_of_the_learners_add_up(cohort):
    for name in FINISHED_ALONE:
        assert cohort.results[name]["points"] == pytest.approx(sum(cohort.points(name).values()), abs=0.001)
