"""leadgym cohort status: what it says to do is what there is to do, at moments that are passed in."""

from __future__ import annotations

import json
import os
import shutil
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from cohort_small import COURSE, at, copied, lay, secret, url
from nbgrader.api import Gradebook
from nbgrader.utils import notebook_hash
from submissions import NOTEBOOK, SLUG, Cohort
from wcwidth import wcswidth

from leadgym.cli import main
from leadgym.cohort.forget import Place, find_person
from leadgym.cohort.grade import grade_all
from leadgym.cohort.standing import Standing, look, note_returned
from leadgym.cohort.standing_said import as_data, of_module, overview
from leadgym.cohort.todo import span, todo

HUB = Path(__file__).parents[2] / "deploy" / "one-machine"
BEFORE, DUE, LATER = at("2026-02-24 09:00"), at("2026-03-02 13:00"), at("2026-03-10 09:00")


def commands(standing: Standing) -> list[str]:
    return [command for one in todo(standing) for command in one.commands]


def whats(standing: Standing) -> str:
    return "\n".join(one.what for one in todo(standing))


@pytest.fixture(scope="module")
def laid(cohort: Cohort, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return lay(cohort, tmp_path_factory.mktemp("laid") / "course")


@pytest.fixture
def root(laid: Path, tmp_path: Path) -> Path:
    return copied(laid, tmp_path)


def test_what_is_there_is_seen(root: Path, cohort: Cohort) -> None:
    standing = look(root, DUE)
    assert standing.released == {
        "00_baseline": True, SLUG: True, "01_schedule": True, "03_review_and_pairing": True,
    }  # fmt: skip
    hands = standing.hands[SLUG]
    assert set(hands) == {"hero", "rushed", "doubted"}
    assert hands["hero"].points == pytest.approx(cohort.results["hero"]["points"])
    assert [hands[name].waits for name in ("hero", "rushed", "doubted")] == [False, False, True]
    assert all(hand.marked and hand.page and not hand.late and not hand.stale for hand in hands.values())
    assert standing.hands["00_baseline"] == {}


def test_the_most_urgent_comes_first_and_nothing_is_asked_for_too_early(root: Path) -> None:
    asked = commands(look(root, BEFORE))
    assert asked == [f"leadgym cohort moderate {SLUG}"], "feedback shows answers, and the module is not due yet"
    assert commands(look(root, DUE)) == [f"leadgym cohort moderate {SLUG}", f"leadgym cohort returned {SLUG}"]
    soon = whats(look(root, at("2026-03-08 09:00")))
    assert "03_review_and_pairing is due in 24 h; 4 of 4 have not handed in" in soon.replace("1 d", "24 h")
    assert "Hand out 03_review_and_pairing today:" in whats(look(root, DUE))
    assert "Hand out" not in whats(look(root, DUE + timedelta(days=1)))


def test_who_was_marked_by_other_rules_is_named_with_what_to_look_at_them_by(root: Path) -> None:
    standing = look(root, DUE)
    assert not any(hand.older for hand in standing.hands[SLUG].values())
    assert f"leadgym cohort remark {SLUG}" not in commands(standing)
    marked = root / "autograded" / "hero" / SLUG / NOTEBOOK
    notebook = json.loads(marked.read_text("utf-8"))
    notebook["metadata"]["leadgym"]["rules"]["marker"] = "of last year"
    marked.write_text(json.dumps(notebook), "utf-8")
    standing = look(root, DUE)
    assert [name for name, hand in standing.hands[SLUG].items() if hand.older] == ["hero"]
    assert commands(standing)[0] == f"leadgym cohort remark {SLUG}"
    assert f"1 submission for {SLUG} was marked by other rules" in whats(standing)
    assert "marked_by_older_rules" in json.dumps(as_data(standing))


def test_who_handed_in_nothing_is_something_to_do_for_a_week_after_a_module_was_due(root: Path) -> None:
    said = whats(look(root, at("2026-03-10 05:00")))
    assert "03_review_and_pairing was due 20 h ago; 3 more of 4 have handed in nothing." in said, "silent is stuck"
    assert " was due " not in whats(look(root, at("2026-03-17 09:01")))


def test_stuck_is_who_misses_the_two_modules_that_were_due_last(root: Path) -> None:
    def stuck(when: str) -> list[str]:
        return [learner.id for learner in look(root, at(when)).stuck]

    assert stuck("2026-02-20 09:00") == [], "one module was due"
    assert stuck("2026-02-24 09:00") == ["hero", "rushed", "doubted", "silent"]
    assert stuck("2026-03-03 09:00") == ["silent"]
    (root / "cohort.yaml").write_text(
        f"{COURSE}  - {{learner: silent, module: 02_delegation, due: 2026-03-20 09:00}}\n", "utf-8"
    )
    (root / "submitted" / "silent" / "01_schedule").mkdir(parents=True)
    assert stuck("2026-03-03 09:00") == [], "with an extension, two others were due last"
    said = overview(look(root, at("2026-03-21 09:00")), root)
    assert "Sil Ent (silent) <sil@example.org>" in said


def test_a_policy_or_date_that_changed_asks_for_marking_again(root: Path) -> None:
    text = (root / "cohort.yaml").read_text("utf-8")
    assert "--again" not in " ".join(commands(look(root, LATER)))
    (root / "cohort.yaml").write_text(text.replace("2026-03-02 12:00", "2026-03-01 09:00"), "utf-8")
    standing = look(root, LATER)
    assert f"leadgym grade {SLUG} --again" in commands(standing)
    hand = standing.hands[SLUG]["rushed"]
    assert (hand.late, hand.penalty, hand.owed) == (timedelta(hours=25), 0, pytest.approx(3.03))
    assert "due dates: 02_delegation" in overview(standing, root)
    assert not look(root, LATER).enrolled.moved
    with Gradebook(url(root)) as gradebook:
        gradebook.grant_extension(SLUG, "rushed", days=2)
        gradebook.find_submission(SLUG, "hero").notebooks[0].late_submission_penalty = 1.01
        gradebook.find_submission(SLUG, "doubted").notebooks[0].late_submission_penalty = (
            look(root, LATER).hands[SLUG]["doubted"].owed
        )
        gradebook.db.commit()
    standing = look(root, LATER)
    assert standing.hands[SLUG]["rushed"].late == timedelta(), "an extension in the gradebook counts"
    assert "--again" not in " ".join(commands(standing))


def test_what_is_new_or_cannot_be_marked_is_told_apart(root: Path) -> None:
    """A submission that marking refused is named with its reason until it is handed in again."""
    broken = root / "submitted" / "silent" / SLUG
    broken.mkdir(parents=True)
    (broken / NOTEBOOK).write_text("Dear all,", "utf-8")
    (root / "submitted" / "stranger" / "00_baseline").mkdir(parents=True)
    standing = look(root, DUE)
    assert f"Mark 1 submission for {SLUG}." in whats(standing)
    assert standing.unknown == ["stranger"]
    assert "leadgym cohort forget stranger" in commands(standing)
    (root / "autograded" / "silent" / SLUG).mkdir(parents=True)  # or a jail is warmed up for it
    results = grade_all(SLUG, root, quiet=True)
    assert [result.learner for result in results if result.problem] == ["silent"]
    standing = look(root, DUE)
    assert f"1 submission for {SLUG} cannot be marked." in whats(standing)
    assert f"Mark 1 submission for {SLUG}" not in whats(standing)
    assert "Sil Ent (silent): submitted/silent/02_delegation/delegation.ipynb:1: is no notebook" in " ".join(
        overview(standing, root).split()
    )
    (broken / "timestamp.txt").write_text("2026-03-02 10:30:00.000000 UTC", "ascii")
    os.utime(broken / "timestamp.txt", (2e9, 2e9))
    assert f"Mark 1 submission for {SLUG}" in whats(look(root, DUE))


def test_a_newer_submission_than_the_marked_one_is_to_be_marked(root: Path) -> None:
    (root / "submitted" / "hero" / SLUG / "timestamp.txt").write_text("2026-03-03 09:00:00.000000 UTC", "ascii")
    hand = look(root, LATER).hands[SLUG]["hero"]
    assert (hand.marked, hand.late) == (False, timedelta(hours=22))
    assert "22 h" in of_module(look(root, LATER), SLUG)


def test_feedback_counts_as_returned_once_it_is_and_until_it_changes(root: Path) -> None:
    note_returned(root, SLUG)
    hands = look(root, LATER).hands[SLUG]
    assert hands["hero"].returned
    page = root / "feedback" / "hero" / SLUG / "delegation.html"
    os.utime(page, (2e9, 2e9))
    assert not look(root, LATER).hands[SLUG]["hero"].returned
    page.unlink()
    standing = look(root, LATER)
    assert f"1 feedback page for {SLUG} to be made." in whats(standing)


def test_an_exchange_says_what_is_out_what_waits_there_and_what_is_back(root: Path) -> None:
    course = root.parent / "exchange" / "spring26"
    for place in (f"outbound/{SLUG}", f"inbound/silent+{SLUG}+2026-03-02 12:00:00.000000 UTC+x1", "feedback"):
        (course / place).mkdir(parents=True)
    (course / "inbound" / f"hero+{SLUG}+2026-03-02 09:00:00.000000 UTC+x2").mkdir()
    (course / "inbound" / "stray").mkdir()
    secret(root, "hero")
    shutil.copy(
        root / "feedback" / "hero" / SLUG / "delegation.html",
        course / "feedback" / f"{notebook_hash(secret='secret of hero', notebook_id='delegation')}.html",
    )
    standing = look(root, DUE)
    assert [slug for slug, out in standing.released.items() if out] == [SLUG]
    silent = standing.hands[SLUG]["silent"]
    assert (silent.newer, silent.collected, silent.late) == (True, False, timedelta(hours=1))
    assert not standing.hands[SLUG]["hero"].newer
    assert [standing.hands[SLUG][name].returned for name in ("hero", "rushed")] == [True, False]
    assert commands(standing) == [
        "nbgrader release_assignment 00_baseline", "nbgrader release_assignment 01_schedule",
        "nbgrader release_assignment 03_review_and_pairing", f"nbgrader collect {SLUG}",
        f"leadgym cohort moderate {SLUG}", f"nbgrader release_feedback {SLUG}", f"leadgym cohort returned {SLUG}",
    ]  # fmt: skip


@pytest.mark.skipif(sys.platform == "win32", reason="accounts of a hub")
def test_on_a_hub_the_exchange_is_the_one_its_settings_name(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """There nbgrader hears of it from Jupyter's folders, and a submission is its owner's, whatever its name says."""
    import pwd

    (root / "nbgrader_config.py").unlink()
    exchange, accounts = root.parent / "exchange", root.parent / "accounts.json"
    accounts.write_text(json.dumps({pwd.getpwuid(os.geteuid()).pw_name: "silent"}), "utf-8")
    inbound = exchange / "spring26" / "inbound"
    (exchange / "spring26" / "outbound" / SLUG).mkdir(parents=True)
    (inbound / f"hero+{SLUG}+2099-01-01 00:00:00.000000 UTC+x").mkdir(parents=True)
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", str(HUB / "jupyter" / "staff"))
    monkeypatch.setenv("LEADGYM_ROOT", str(root))
    monkeypatch.setenv("LEADGYM_EXCHANGE", str(exchange))
    monkeypatch.setenv("LEADGYM_ACCOUNTS", str(accounts))
    standing = look(root, DUE)
    assert [slug for slug, out in standing.released.items() if out] == [SLUG]
    assert not standing.hands[SLUG]["hero"].newer
    handed_in = standing.hands[SLUG]["silent"]
    assert handed_in.newer
    assert handed_in.when is not None
    assert handed_in.when.year < 2099
    assert f"nbgrader collect {SLUG}" in commands(standing)
    assert f"nbgrader release_feedback {SLUG}" in commands(standing)
    assert list(inbound.iterdir()) == list(find_person(Place.of(root), "silent").exchanged)


def test_an_exchange_that_is_a_service_is_said_not_to_be_seen(root: Path) -> None:
    with (root / "nbgrader_config.py").open("a", encoding="utf-8") as file:
        file.write('c.ExchangeFactory.exchange = "ngshare_exchange.Exchange"\n')
    (root.parent / "exchange").mkdir()
    assert "The exchange is no folder" in " ".join(overview(look(root, DUE), root).split())


def test_when_the_term_is_over_everybody_is_to_be_removed(root: Path) -> None:
    assert "cohort forget" not in " ".join(commands(look(root, at("2026-04-08 08:00"))))
    assert commands(look(root, at("2026-04-08 10:00")))[-1] == "leadgym cohort forget --all"


def test_it_fits_eighty_columns_and_shows_nothing_that_a_terminal_obeys(root: Path) -> None:
    roster = root / "roster.csv"
    roster.write_text(roster.read_text("utf-8").replace("Sil", "\x1b[31mSil"), "utf-8")
    standing = look(root, LATER)
    for text in (overview(standing, Path("/")), of_module(standing, SLUG)):
        assert max(len(line) for line in text.splitlines() if not line.startswith("  cd ")) <= 80, text
        assert "\x1b" not in text
    assert f"\n  cd {root}\n" in overview(standing, Path("/"))


def test_columns_stand_below_each_other_whatever_the_script_of_a_name(root: Path) -> None:
    """A terminal gives a wide letter two places, and a mark above a letter none."""
    roster = root / "roster.csv"
    for name in ("\u5c71\u7530\u592a\u90ce", "\u5c71\u7530" * 20, "Zoe\u0308 Sile\u0301nt"):
        text = roster.read_text("utf-8")
        roster.write_text(text.replace("Sil,Ent", f"{name},Ent"), "utf-8")
        rows = of_module(look(root, LATER), SLUG).splitlines()
        roster.write_text(text, "utf-8")
        column = rows[2].index("handed in")
        silent = next(row for row in rows if "(silent)" in row)
        assert name[:3] in silent
        before = next(place for place in range(len(silent)) if wcswidth(silent[:place]) == column)
        assert silent[before - 2 : before + 2] == "  no", silent


def test_the_command_says_it_for_people_and_programs(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root)
    ran = CliRunner().invoke(main, ["cohort", "status", "--json"])
    assert ran.exit_code == 0, ran.output
    told = json.loads(ran.stdout)
    assert told["cohort"] == "spring26"
    assert {one["module"]: one["handed_in"] for one in told["modules"]}[SLUG] == 3
    assert told["modules"][2]["missing"] == ["silent"]
    assert set(told) == set(as_data(look(root, LATER)))
    assert "Sil Ent (silent)" in CliRunner().invoke(main, ["cohort", "status", "02"]).stdout
    ran = CliRunner().invoke(main, ["cohort", "status", "07"])
    assert (ran.exit_code, "This cohort has no module '07'" in ran.output) == (2, True)
    assert CliRunner().invoke(main, ["cohort", "returned", "02"]).exit_code == 0
    assert look(root, LATER).hands[SLUG]["hero"].returned
    (root / "roster.csv").write_text("id\nada\nada\n", "utf-8")
    ran = CliRunner().invoke(main, ["cohort", "status"])
    assert (ran.exit_code, "roster.csv:3: id: 'ada' stands on line 2 already" in ran.output) == (1, True)
    monkeypatch.chdir(root.parent)
    assert "Make a cohort with: leadgym cohort new NAME" in CliRunner().invoke(main, ["cohort", "status"]).output


def test_lengths_of_time_are_said_in_two_units() -> None:
    assert [span(timedelta(minutes=m)) for m in (5, 61, 1500, 1440 * 9 + 60)] == ["5 min", "1 h", "1 d 1 h", "9 d"]
