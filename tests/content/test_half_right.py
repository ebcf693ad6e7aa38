"""Module 02's reference answers earn everything, three half-right ones what the rubric says, naive plans less.

The expected points are worked out by hand from the rubric and the formulas of ``leadgym.marking.scores``.
"""

import json
from pathlib import Path

import pytest

from leadgym.marking import asking_parts, load_keys, load_rubric, mark, parts_data
from leadgym.sim import READABLE

ROOT = Path(__file__).resolve().parents[2]
SLUG = "02_delegation"
FOLDER = ROOT / "solutions" / SLUG
ANSWERS = ROOT / "tests" / "fixtures" / "answers" / SLUG

EXPECTED = {
    "solution": {
        "judgement": {"ratings": 12, "best": 4, "sure": 4},
        "plan": {
            "reach": 3, "load": 3, "level": 2, "outcome": 2, "checkpoint": 2, "limits": 1,
            "take_over": 2, "your_hours": 2, "dropped": 1, "grows": 1, "hardest": 1,
        },
        "estimate": {"ranges": 5, "held": 3, "middles": 2},
        "policy": {"value": 5, "cover": 6, "incidents": 4, "away": 5},
        "brief": {
            "owner_date": 1.6, "outcome": 3, "why": 2, "limits": 3.2, "mandate": 3, "checkpoint": 2.4, "come_back": 2.4,
            "help": 1.2, "respect": 1.2,
        },
    },
    # Fills in everything and decides little.
    "careful_guess": {
        # Rates by place, 5 4 2 1: every place has the same sum of keys (30), so the agreement is 0. Picks the first
        # option: best in 2 of the 8 items with one best option and in 1 of the 2 with two, which is what chance gives.
        # Says 0.25, a guess, which earns 0.
        "judgement": {"ratings": 0, "best": 0, "sure": 0},
        # Level 7 throughout: fits only the webhooks (no gap, can be undone), 1 of 3. First look on day 12 throughout:
        # within a third nowhere, but the webhooks need no early look, 1 of 3. The rest is met.
        "plan": {
            "reach": 3, "load": 3, "level": 0.67, "outcome": 2, "checkpoint": 0.67, "limits": 1,
            "take_over": 2, "your_hours": 2, "dropped": 1, "grows": 1, "hardest": 1,
        },
        # The range of the whole log, eight times.
        "estimate": {"ranges": 0, "held": 0, "middles": 0},
        # Round robin, which is the lower end of each scale.
        "policy": {"value": 0, "cover": 0, "incidents": 0, "away": 0},
        # Hers, with the date. For the rest kind words: a problem to be fixed, care with the replay, come when unclear.
        "brief": {
            "owner_date": 1.6, "outcome": 1.5, "why": 0, "limits": 1.6, "mandate": 0, "checkpoint": 0, "come_back": 1.2,
            "help": 0.6, "respect": 0.6,
        },
    },
    # Does it all alone.
    "hero": {
        # Rates "yourself" 5 and the rest 2 in the seven items that offer it, leaves out three. Of 28 ratings 7 are
        # z = 1.732 and 21 are z = -0.577; the deviations of their keys from the mean 3 add up to 1 and 1, the key's
        # standard deviation is 1.612: r = (1.732 - 0.577) / (1.612 * 40) = 0.018, times 12.
        # Two picks of seven are best; chances 5 * .25 + 2 * .5: (2 - 2.25) / 7 < 0.
        # Certain of five picks in items with one best option and wrong in four: Brier skill below 0.
        "judgement": {"ratings": 0.21, "best": 0, "sure": 0},
        # Rules about hand-overs find none. Two of three outcomes are results, two of three limits are about harm, two
        # of three dropped things can be dropped. 24 days in 6, 24 hours in 9, the hardest one, nobody grows.
        "plan": {
            "reach": 0, "load": 0, "level": 0, "outcome": 1.33, "checkpoint": 0, "limits": 0.67,
            "take_over": 0, "your_hours": 0, "dropped": 0.67, "grows": 0, "hardest": 0,
        },
        # One to two hours, always: holds nowhere, and the middle values are further off than the log's own.
        "estimate": {"ranges": 0, "held": 0, "middles": 0},
        # Ships less than round robin, teaches nobody, is missed; but nothing hard is in hands that do not know it.
        "policy": {"value": 0, "cover": 0, "incidents": 4, "away": 0},
        # Dictates the steps and keeps the hard part. The half for limits is the rules' mistake: they take "going live
        # myself, so you don't have to worry" for one.
        "brief": {
            "owner_date": 0, "outcome": 0, "why": 0, "limits": 1.6, "mandate": 0, "checkpoint": 0, "come_back": 0,
            "help": 0, "respect": 0.6,
        },
    },
    # Knows it and stops halfway.
    "rushed": {
        # Five items rated as the authors do, five left out. Sum of squares of the 20 keys about their mean 2.9: 47.8,
        # standard deviation 1.546: r = 47.8 / (1.546 * 1.612 * 40) = 0.479, times 12. Five best picks at a chance of
        # .25 each: 3.75 / 7, times 4. Sure at .6: Brier 0.213 for five, 0.75 for three missing: 1 - 3.317 / 6, times 4.
        "judgement": {"ratings": 5.75, "best": 2.14, "sure": 1.79},
        # Two tickets of three, so nothing counts for more than two thirds; no pairing, so neither is within reach and
        # nobody grows; one outcome is about merging; one signal is a feeling.
        "plan": {
            "reach": 0, "load": 2, "level": 1.33, "outcome": 0.67, "checkpoint": 1.33, "limits": 0.67,
            "take_over": 0.67, "your_hours": 1.33, "dropped": 0.67, "grows": 0, "hardest": 0.67,
        },
        # Four reference ranges of eight: half of the interval score; 4 hits where an honest forecaster has 5 to 8, so
        # 4/5. The naive middle value, 4.5, lies 2, 2.5, 1.5, 0, 4.5, 5.5, 0.5 and 0.5 hours outside of the best ranges,
        # and stands for the four left out: 1 - 11 / 17, times 2.
        "estimate": {"ranges": 2.5, "held": 2.4, "middles": 0.71},
        # Hands neither in.
        "policy": {"value": 0, "cover": 0, "incidents": 0, "away": 0},
        "brief": {},
    },
}  # fmt: skip

GROW = json.loads((ANSWERS / "solution.json").read_text(encoding="utf-8"))["plan"]


def ticket(like, **changes):
    return {**GROW[like], **changes}


# The date first: the strongest person on the hardest ticket, everybody else on what they can do, two hours of yours.
SHIP = {
    "fees": ticket("fees", owner="marek", pairing=2, drop="nothing"),
    "webhooks": ticket("webhooks", owner="priya", level=7),
    "archive": ticket("archive", owner="tomasz", pairing=0, level=5),
}
# You keep the smallest one that cannot be undone, and pay for it with most of what can be dropped.
KEEP_ONE = {
    "fees": ticket("fees"),
    "webhooks": ticket("webhooks", owner="wen", pairing=1.5, level=5, checkpoint=6, drop="second_reviews"),
    "archive": ticket("archive", owner="you", pairing=0, drop="incident_calls"),
}
NAIVE = {
    "everything to the strongest": {name: ticket(name, owner="marek", pairing=0) for name in GROW},
    "everything to yourself": {name: ticket(name, owner="you", pairing=0) for name in GROW},
    "everybody their favourite": {
        name: ticket(name, owner=owner, pairing=0, level=7)
        for name, owner in {"fees": "priya", "webhooks": "wen", "archive": "wen"}.items()
    },
    "everything to the one with most time": {name: ticket(name, owner="wen", pairing=4) for name in GROW},
    "support out of thin air": {name: ticket(name, pairing=8, drop="nothing") for name in GROW},
}


@pytest.fixture(scope="module")
def points():
    rubric = load_rubric(FOLDER / "rubric.yaml")
    keys = load_keys(ROOT / "grader" / "keys" / f"{SLUG}.yaml", rubric, FOLDER)

    def marked(name, answer):
        if name != "policy" or not answer:
            return mark(rubric, keys, FOLDER, name, answer)
        return mark(rubric, keys, FOLDER, name, parts_data(answer), ask=asking_parts(answer))

    return marked


def answer(submission, name):
    """What the fixture holds; for the policy, the functions that its lines of code make."""
    found = json.loads((ANSWERS / f"{submission}.json").read_text(encoding="utf-8"))[name]
    if name != "policy" or not found:
        return found
    scope = {}
    exec("\n".join(found), scope)  # noqa: S102 - ours
    return scope["policy"]


@pytest.mark.parametrize("name", ["judgement", "plan", "estimate", "policy", "brief"])
@pytest.mark.parametrize("submission", EXPECTED)
def test_a_submission_earns_what_the_rubric_says(points, submission, name):
    found = points(name, answer(submission, name))
    assert {c.id: c.points for c in found.criteria} == pytest.approx(EXPECTED[submission][name], abs=0.006)


POLICIES = {
    # Takes the hardest ticket each time: ships, keeps things whole, and leaves nobody who could do it without you.
    "soft hero": {"value": 5, "cover": 0, "incidents": 4, "away": 5},
    # Everybody on the hardest ticket there is: little of anything but what they learn from it.
    "stretch everything": {"incidents": 0, "away": 0},
    "leadership time without delegation": {"value": 0, "cover": 0, "away": 0},
}


@pytest.mark.parametrize("name", POLICIES)
def test_a_policy_that_is_good_at_some_of_it_earns_some_of_it(points, name):
    found = {c.id: c.points for c in points("policy", READABLE[name]).criteria}
    assert {one: found[one] for one in POLICIES[name]} == POLICIES[name]
    assert 0 < sum(found.values()) < 20


def test_a_policy_that_hands_out_nothing_earns_nothing(points):
    """As the exercise is handed out; what ships nothing breaks nothing, and that is no merit."""
    assert points("policy", {"assign": lambda team: {}}).points == 0


def test_what_the_team_does_by_itself_is_not_the_learner_s(points):
    """A policy whose decisions cannot be used leaves everything to the default, which is not bad."""
    assert points("policy", {"assign": lambda team: {"E1-1": "Nobody"}}).points == 0
    assert points("policy", {"pair": lambda team: {}}).points == 0


@pytest.mark.parametrize("plan", [GROW, SHIP, KEEP_ONE], ids=["grow", "ship", "keep one"])
def test_quite_different_plans_earn_all_the_points(points, plan):
    found = points("plan", plan)
    assert [(c.id, c.found) for c in found.criteria if c.points < c.out_of] == []


def test_growing_and_shipping_give_every_ticket_to_somebody_else():
    assert all(GROW[name]["owner"] != SHIP[name]["owner"] for name in GROW)


@pytest.mark.parametrize(
    ("plan", "lost"),
    [
        ("everything to the strongest", {"reach", "load", "grows"}),
        (
            "everything to yourself",
            {"reach", "load", "level", "checkpoint", "take_over", "your_hours", "grows", "hardest"},
        ),
        ("everybody their favourite", {"reach", "load", "level", "grows"}),
        ("everything to the one with most time", {"reach", "load", "your_hours"}),
        ("support out of thin air", {"your_hours"}),
    ],
)
def test_a_naive_plan_loses_where_it_is_naive(points, plan, lost):
    found = points("plan", NAIVE[plan])
    assert {c.id for c in found.criteria if c.points < c.out_of} >= lost
    assert found.points < found.out_of


@pytest.mark.parametrize("change", [
    {"checkpoint": 9}, {"checkpoint": 1}, {"checkpoint": 14}, {"level": 7}, {"level": 2}, {"outcome": "all_closed"},
    {"outcome": "events_arrive"}, {"limits": []}, {"limits": ["early_word"]}, {"limits": ["way_back", "your_sketch"]},
    {"signal": "uneasy"}, {"signal": "date_passed"}, {"step_in": 18}, {"step_in": 5}, {"pairing": 2}, {"owner": "wen"},
    {"owner": "tomasz"}, {"owner": "you"}, {"drop": "nothing"}, {"drop": "one_to_ones"},
])  # fmt: skip
def test_each_rule_bites(points, change):
    """One thing changed in a plan that earns everything, and it no longer does."""
    found = points("plan", {**GROW, "fees": ticket("fees", **change)})
    assert found.points < found.out_of


def test_marek_is_not_there_for_a_look_on_day_seven(points):
    away = {**SHIP, "fees": {**SHIP["fees"], "checkpoint": 7}}
    assert {c.id for c in points("plan", away).criteria if c.points < c.out_of} == {"checkpoint"}


def test_the_same_hours_cannot_be_dropped_twice(points):
    twice = {**GROW, "webhooks": ticket("webhooks", drop="own_feature")}
    assert {c.id for c in points("plan", twice).criteria if c.points < c.out_of} == {"your_hours"}
