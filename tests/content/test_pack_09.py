"""The data pack of module 09 hangs together: every figure that is said anywhere is computed here from its files."""

import csv
import datetime
import importlib.util
import math
import shutil
import statistics
import subprocess
import sys
from pathlib import Path

import pytest

from leadgym.course import modules
from leadgym.marking.prose.exercise import load_exercise
from leadgym.yamlfile import read_yaml

ROOT = Path(__file__).resolve().parents[2]
SLUG = "09_stakeholder_translation"
DATA = ROOT / "solutions" / SLUG / "data"
GENERATOR = ROOT / "grader" / "make_quarters.py"
STORY = modules.scenario(SLUG)
FACTS = {fact.id: fact.value for fact in load_exercise(DATA / "lena_message").case.facts}


def table(name):
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def rows(name):
    return {key: dict(row) for key, row in read_yaml(DATA / name).data["rows"].items()}


LOG = table("lena_message/incidents.csv")
BROKER = [
    row for row in LOG
    if row["component"] == "message broker" and "2026-07-01" <= row["opened"][:10] <= "2026-12-31"
    and "duplicate" not in row["note"] and "planned exercise" not in row["note"]
]  # fmt: skip
FELT = [row for row in BROKER if row["customer_facing"] == "yes"]


def loss(row):
    return int(row["minutes_customers"]) / 60 * int(row["eur_per_hour"])


def test_eleven_incidents_two_felt():
    assert (len(BROKER), len(FELT)) == (11, 2) == (FACTS["incidents_broker"], FACTS["incidents_customer_facing"])


def test_expected_loss_and_its_range():
    quarters = [sum(loss(row) for row in FELT if row["opened"][5:7] in months) for months in (
        ("07", "08", "09"), ("10", "11", "12"))]  # fmt: skip
    assert quarters == [240_000, 120_000] == [FACTS["loss_q3"], FACTS["loss_q4"]]
    assert sum(quarters) / 2 == 180_000 == FACTS["expected_loss_quarter"] == STORY.variables["risk"].start * 1000


def test_chances():
    long_ones = sum(int(row["minutes_down"]) >= 120 for row in BROKER) / len(BROKER)
    assert 1 - math.exp(-1) == pytest.approx(FACTS["p_outage_any"], abs=0.005)
    assert 1 - math.exp(-long_ones) == pytest.approx(FACTS["p_outage_two_hours"], abs=0.005)


def test_the_story_draws_its_outage_with_the_chances_of_the_log():
    drawn = [e for s in STORY.scenes for o in s.options for e in o.effects if e.draw == "quarter"]
    assert len(drawn) == 4
    for effect in drawn:
        chance = {outcome.id: outcome.chance for outcome in effect.outcomes}
        assert chance["long"] == pytest.approx(FACTS["p_outage_two_hours"])
        assert chance["long"] + chance["short"] == pytest.approx(FACTS["p_outage_any"])
        assert chance["quiet"] == pytest.approx(FACTS["p_quiet_quarter"])
    spots = [e for s in STORY.scenes for o in s.options for e in o.effects if e.draw == "spot"]
    assert {e.outcomes[0].chance for e in spots} == {FACTS["slice_share"]}


def test_brier_scores_of_the_story_are_squares():
    """What an answer changes in `cal` is its Brier score less the 0.25 of fifty-fifty."""
    found = {
        round(effect.change["cal"], 4)
        for option in next(s for s in STORY.scenes if s.id == "d3").options
        for effect in option.effects if "cal" in effect.change
    }  # fmt: skip
    said = [0.25, 0.33, 0.05, 0.95]
    assert found == {round((p - came) ** 2 - 0.25, 4) for p in said for came in (0, 1)}


def test_the_rate_of_each_incident_is_finances():
    cost = {int(row["hour"]): row for row in table("hourly_cost.csv")}
    assert sorted(cost) == list(range(24))
    for row in LOG:
        opened = datetime.datetime.fromisoformat(row["opened"])
        column = "weekend_eur" if opened.weekday() >= 5 else "weekday_eur"
        assert cost[opened.hour][column] == row["eur_per_hour"], row["id"]


def test_changes_are_followed_by_the_incident_they_name():
    incidents = {row["id"]: row for row in LOG}
    changes = table("changes.csv")
    assert [row["made"] for row in changes] == sorted(row["made"] for row in changes)
    assert len({row["change"] for row in changes}) == len(changes)
    ours = [row for row in changes if row["component"] == "message broker"]
    assert (len(ours), sum(row["followed_by"] != "" for row in ours)) == (24, 3)
    for row in changes:
        if row["followed_by"]:
            incident = incidents[row["followed_by"]]
            after = datetime.datetime.fromisoformat(incident["opened"]) - datetime.datetime.fromisoformat(row["made"])
            assert incident["component"] == row["component"]
            assert datetime.timedelta() < after <= datetime.timedelta(hours=2)
    made = {(row["made"], row["component"]) for row in changes}
    assert ("2026-10-06 10:00", "message broker") in made, "the drill in the log is a change as well"


def test_six_and_nine_weeks_come_from_past_work():
    ratios = sorted(float(row["took_weeks"]) / float(row["said_weeks"]) for row in table("past_work.csv"))
    assert len(ratios) == 20
    at_85 = statistics.quantiles(ratios, n=20, method="inclusive")[16]
    assert (statistics.median(ratios), at_85) == pytest.approx((1.2, 1.8))
    roads = rows("roads.yaml")
    for road in (roads["slice"], roads["whole"]):
        assert road["weeks_even"] == pytest.approx(1.2 * road["said"])
        assert road["weeks_late"] == pytest.approx(1.8 * road["said"])
    assert (roads["whole"]["weeks_even"], roads["whole"]["weeks_late"]) == (
        FACTS["estimate_p50"], FACTS["estimate_p85"])  # fmt: skip
    assert sum(ratio >= 1.8 for ratio in ratios) == 4, "the story says: four took nearly twice as long or more"


def test_roads_agree_with_the_message():
    roads = rows("roads.yaml")
    assert roads["support"]["price"] == FACTS["support_price"]
    assert (roads["slice"]["people"], roads["slice"]["weeks_even"]) == (FACTS["slice_people"], FACTS["slice_weeks"])
    for name in ("slice", "support"):
        assert roads[name]["takes"] == FACTS[f"{name}_share"]
        assert 180_000 * roads[name]["takes"] == pytest.approx(FACTS[f"{name}_saving"])
        assert 180_000 * (1 - roads[name]["takes"]) == pytest.approx(FACTS[f"{name}_residual"])


def test_a_cap_of_ninety_lies_between_even_odds_and_85():
    whole = rows("roads.yaml")["whole"]
    low, high = (whole["people"] * whole[weeks] * 2500 for weeks in ("weeks_even", "weeks_late"))
    assert low < 90_000 < high


def test_the_story_says_the_packs_figures():
    facts = " ".join(fact.text for fact in STORY.facts.values())
    for said in ("€240,000 and €120,000", "€180,000 a quarter", "one chance in four", "30-day", "30 April", "€60,000",
                 "quarter of the risk", "six weeks at even odds and nine at 85 %"):  # fmt: skip
        assert said in facts
    slice_ = next(o for s in STORY.scenes for o in s.options if s.id == "d5" and o.id == "slice")
    assert slice_.effects[0].change["risk"] == -FACTS["slice_saving"] / 1000
    assert sum(e.change.get("delivery", 0) for e in slice_.effects) == FACTS["slip"]


def test_days_of_the_week_are_right():
    for day, name in (("2027-01-11", "Monday"), ("2027-01-14", "Thursday"), ("2027-03-31", "Wednesday"),
                      ("2027-03-10", "Wednesday"), ("2027-02-01", "Monday"), ("2027-04-08", "Thursday")):  # fmt: skip
        assert datetime.date.fromisoformat(day).strftime("%A") == name


def run(root, *arguments):
    script = root / "grader" / "make_quarters.py"
    return subprocess.run([sys.executable, str(script), *arguments], capture_output=True, text=True, check=False)


def test_the_committed_keys_are_what_pack_and_seed_give():
    found = run(ROOT, "--check")
    assert found.returncode == 0, found.stderr


@pytest.mark.parametrize("name", ["expected_loss", "chances"])
def test_a_change_by_hand_is_found_and_written_over(tmp_path, name):
    for path in ("grader/make_quarters.py", f"grader/keys/{SLUG}.yaml"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, tmp_path / path)
    shutil.copytree(DATA, tmp_path / "solutions" / SLUG / "data")
    path = tmp_path / "grader" / "keys" / f"{SLUG}.yaml"
    good = path.read_text(encoding="utf-8")
    begin = good.index(f"# generated: {name}\n") + len(f"# generated: {name}\n")
    path.write_text(good[:begin] + good[begin:].replace(": ", ":  ", 3), encoding="utf-8")
    assert run(tmp_path, "--check").returncode == 1
    assert run(tmp_path).returncode == 0
    assert path.read_text(encoding="utf-8") == good


def generator():
    spec = importlib.util.spec_from_file_location("make_quarters", GENERATOR)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_hidden_quarters_lie_near_the_pack():
    made = generator()
    rates = made.pack()
    expert, seed = made.experts(rates), made.seed_for(rates)
    assert expert["felt_long"] == pytest.approx(FACTS["p_outage_two_hours"], abs=0.002)
    for name, came in made.happened(rates, seed).items():
        assert abs(came / made.QUARTERS - expert[name]) <= made.NEAR
