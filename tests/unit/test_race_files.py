"""``leadgym race FILE...``: other people's files, in the jail, on one page; what is wrong with one costs no other."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from filelock import FileLock
from submissions import ROOT, SLUG, Elements

from leadgym.cli import main
from leadgym.cohort.jail.bubble import JailStatus, jail_status
from leadgym.cohort.race import names
from leadgym.sim import run
from leadgym.widgets.race_page import Racer, ranked, references, takeaway

HELD = ["--seeds", "3", "--weeks", "6", "--away", "2"]
GOOD = """
def assign(team):
    hands = [person["name"] for person in team["people"] for _ in range(person["room"])]
    return dict(zip([ticket["ticket"] for ticket in team["waiting"]], hands))
"""
FILES = {
    "ana.py": GOOD,
    "<b onclick=1>&.py": f"{GOOD}\n\npolicy = {{'assign': assign, 'calendar': lambda team: {{'coding': 0.9}}}}\n",
    "looks_for_keys.py": f"from pathlib import Path\nassert not list(Path('ROOT/grader').glob('keys/*'))\n{GOOD}",
    "crashes.py": "x = 1\n\n\nx / 0\n",
    "typo.py": "def assign(team)\n    return {}\n",
    "nothing.py": "x = 1\n",
    "default.py": "def assign(team):\n    return {'E1-1': 'Nobody'}\n",
    "raises.py": "def assign(team):\n    raise ValueError('\\x1b[31mred\\n<i>')\n",
    "leaves.py": "import os\nos._exit(3)\n",
    "cut.ipynb": '{"cells": [',
    "odd.txt": "assign",
}
SAID = {
    "crashes.py": ":4: stopped with ZeroDivisionError: division by zero.",
    "typo.py": ":1: expected ':'.",
    "nothing.py": ": has no function 'assign' and no 'policy' that holds one.",
    "default.py": ": most of its decisions cannot be used.",
    "raises.py": ": most of its decisions cannot be used.",
    "leaves.py": ": stopped with NotebookStopped: The notebook's process ended by itself",
    "cut.ipynb": ":1: the JSON breaks off here",
    "odd.txt": ": is neither .py nor .ipynb.",
    "gone.py": ": is not there.",
}
RACED = {"ana", "<b onclick=1>&", "looks_for_keys", "delegation"}

needs_a_jail = pytest.mark.skipif(not jail_status().available, reason=jail_status().sentence)


@pytest.fixture(scope="module")
def raced(shared: Path) -> dict[str, str]:
    """What the command said about all of them, and its page; run by whichever test process comes first."""
    folder, told = shared / "race", shared / "race.json"
    with FileLock(shared / "race.lock"):
        if not told.is_file():
            folder.mkdir()
            for name, text in FILES.items():
                (folder / name).write_text(text.replace("ROOT", str(ROOT)), encoding="utf-8")
            shutil.copy(ROOT / "solutions" / SLUG / "delegation.ipynb", folder)
            paths = [str(folder / name) for name in [*FILES, "delegation.ipynb", "gone.py"]]
            ran = CliRunner().invoke(main, ["race", *paths, *HELD, "--html", str(folder / "race.html")])
            page = (folder / "race.html").read_text(encoding="utf-8")
            found = {"stdout": ran.stdout, "stderr": ran.stderr, "code": str(ran.exit_code), "page": page}
            told.write_text(json.dumps(found), encoding="utf-8")
    return json.loads(told.read_text(encoding="utf-8"))


@needs_a_jail
def test_whoever_can_be_raced_is_raced(raced):
    for name in RACED:
        assert f"\n{name} " in raced["stdout"]
    assert "soft hero (reference)" in raced["stdout"]
    assert raced["code"] == "1", "not all could be raced"


@needs_a_jail
@pytest.mark.parametrize("name", SAID)
def test_who_cannot_is_told_file_line_and_mend(raced, name):
    [line] = [line for line in raced["stderr"].splitlines() if line.startswith("Not raced") and f"/{name}:" in line]
    assert f"{name}{SAID[name]}" in line
    assert f"\n{name.rpartition('.')[0]} " not in raced["stdout"]


@needs_a_jail
def test_the_numbers_are_those_of_the_simulation(raced):
    """A policy asked in the jail decides as it does here."""
    scope = {}
    exec(GOOD, scope)  # noqa: S102 - ours
    here = run({"assign": scope["assign"]}, range(1, 4), weeks=6)
    [line] = [line for line in raced["stdout"].splitlines() if line.startswith("ana ")]
    assert line.split()[1] == f"{here.value[:, -1].mean():.0f}"


@needs_a_jail
def test_nothing_of_a_learner_s_is_alive_on_the_page_or_the_terminal(raced):
    """The page has one figure of ours, loads nothing and runs nothing; no control character comes through."""
    page = Elements(raced["page"])
    assert [one for one in page.live() if one != "svg"] == []
    assert "<b onclick" not in raced["page"]
    assert "\x1b" not in raced["page"] + raced["stdout"] + raced["stderr"]
    assert any(tag == "meta" and "default-src 'none'" in (about.get("content") or "") for tag, about in page.found)


@needs_a_jail
def test_the_page_s_figure_has_its_words_and_the_page_its_takeaway(raced):
    [alt] = [about["aria-label"] for _, about in Elements(raced["page"]).found if about.get("role") == "img"]
    assert alt.count("absence loss") >= len(RACED)
    assert raced["stdout"].splitlines()[0].rstrip(".") in alt
    assert "Plausible, not predictive" in raced["page"]


def test_without_a_jail_nothing_runs_unless_it_is_trusted(tmp_path, monkeypatch):
    monkeypatch.setattr("leadgym.cohort.jail.execute.jail_status", lambda: JailStatus(False, "There is no bubblewrap."))
    (tmp_path / "ana.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w').close()\n{GOOD}", encoding="utf-8")
    ran = CliRunner().invoke(main, ["race", str(tmp_path / "ana.py"), *HELD])
    assert ran.exit_code == 1
    assert "There is no bubblewrap." in ran.stderr
    assert "--trust-submissions" in ran.stderr
    assert not (tmp_path / "ran").exists()
    ran = CliRunner().invoke(main, ["race", str(tmp_path / "ana.py"), *HELD, "--trust-submissions"])
    assert ran.exit_code == 0, ran.output
    assert "\nana " in ran.stdout
    assert (tmp_path / "ran").exists()


def test_an_absence_after_the_end_is_a_sentence():
    ran = CliRunner().invoke(main, ["race", "ana.py", "--weeks", "6", "--away", "7"])
    assert ran.exit_code == 2
    assert "--away is week 7 of 6" in ran.stderr


def test_two_files_of_one_name_are_told_apart():
    assert names([Path("/a/x/mine.py"), Path("/a/y/mine.py"), Path("/a/z.py")]) == ["x/mine", "y/mine", "z"]
    assert names([Path("/a/mine.py"), Path("/a/mine.ipynb")]) == ["a/mine (1)", "a/mine (2)"]


def test_the_first_of_yours_is_held_against_the_best_reference():
    beside = references(range(1, 4), 6, 2)
    best = ranked(beside)[0]
    same = Racer("mine", best.here, best.away)
    assert takeaway([same, *beside]) == f"Of yours, mine ships most; no clear difference to {best.name} (0 to 0)"
