"""Policies handed in by a cohort: asked in the jail in lock-step, played outside, and nothing of it comes back."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import nbformat
import pytest
from filelock import FileLock
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from submissions import LEADGYM, Elements

from leadgym.cohort.jail.bubble import jail_status

pytestmark = pytest.mark.skipif(not jail_status().available, reason=jail_status().sentence)

SLUG = "99_policy"
EXERCISE = Path(__file__).parents[1] / "fixtures" / "exercise_policy"
HIDDEN = re.compile(r"47100000|LEAK")
QUARTERS = 10

HONEST = """
from leadgym.sim.readable import beside_the_stretch, calendar, one_stretch
policy = {"assign": one_stretch, "pair": beside_the_stretch, "calendar": calendar(0.6)}
"""
HALF = """
def gap(ticket, person):
    return max(ticket["difficulty"] - person["skills"][ticket["domain"]], 0)

def assign(team):
    given = {}
    for person in team["people"]:
        left = [one for one in team["waiting"] if one["ticket"] not in given]
        for ticket in sorted(left, key=lambda one: gap(one, person))[:person["room"]]:
            given[ticket["ticket"]] = person["name"]
    return given
"""


def before(text: str) -> str:
    """The half-right policy with something done first, each time it is asked."""
    return (
        f"{HALF}\nplain = assign\n\ndef assign(team):\n{text}    return plain(team)\n\npolicy = {{'assign': assign}}\n"
    )


LEARNERS = {
    "honest": HONEST,
    "half": HALF + 'policy = {"assign": assign}\n',
    "one_function": HALF + "policy = assign\n",
    "prints": before("    print(team, 'LEAK' * 99)\n"),
    "changes_what_it_is_given": before("    found = plain(team)\n    team['people'].clear()\n    return found\n"),
    "raising": "def assign(team):\n    raise type('LEAK', (Exception,), {})(team)\npolicy = {'assign': assign}\n",
    "raising_in_half": before("    if team['week'] % 2:\n        raise KeyError(f'LEAK {team}')\n"),
    "slow": before("    import time\n    time.sleep(600 if team['week'] == 7 else 0)\n"),
    "leaves": before("    import os\n    if team['week'] == 7:\n        os._exit(0)\n"),
    "random": "import random\ndef assign(team):\n"
    "    return {one['ticket']: random.choice(team['people'])['name'] for one in team['waiting']}\n"
    "policy = {'assign': assign}\n",
    "stateful": "calls = []\ndef assign(team):\n    calls.append(1)\n"
    "    names = [one['name'] for one in team['people']]\n"
    "    return {team['waiting'][0]['ticket']: names[len(calls) % len(names)]}\npolicy = {'assign': assign}\n",
    "junk": "odd = [None, 5, [], 'LEAK', {1: 2}, {'LEAK': 'LEAK'}, float('nan'), {'E1-1': {'LEAK'}}, 10**400]\n"
    "def assign(team):\n    return odd[team['run'] % len(odd)]\npolicy = {'assign': assign}\n",
    "cheating": HALF + """
import gc, sys
import leadgym.sim, leadgym.sim.run, leadgym.sim.outcomes, leadgym.marking.quarters
from leadgym.sim import State, World
from leadgym.marking.policy import PolicyKeys
from leadgym.marking.quarters import Quarters
def everything(*args, **more):
    raise SystemExit("LEAK")
for module in [module for name, module in sys.modules.items() if name.startswith("leadgym")]:
    for name in ("run", "outcomes", "batches", "place", "world", "advance", "interval", "reference"):
        if callable(getattr(module, name, None)):
            setattr(module, name, everything)
plain = assign
def assign(team):
    found = gc.get_objects() if team["week"] == 1 else []
    frame = sys._getframe()
    while frame:
        found += frame.f_locals.values()
        frame = frame.f_back
    import leadgym.sim
    if any(type(one) in (World, State, PolicyKeys, Quarters) for one in found):
        return {"LEAK": "LEAK"}
    return plain(team)
policy = {"assign": assign}
""",
    "answers_itself": HALF + """
import leadgym.cohort.jail.decide as room, leadgym.cohort.jail.shell as shell
room.decide = shell.decide = lambda shell, name, batch: {"decisions": [{"value": 1, "points": 16}], "points": 16}
policy = {"assign": assign}
""",
    "other_parts": 'policy = {"pair": lambda team: {}, "mine" * 30: lambda team: {}}\n',
    "no_function": "policy = {}\n",
    "data": 'policy = {"assign": {"E1-1": "Priya"}}\n',
    "half_a_dict": HALF + 'policy = {"assign": assign, "pair": None}\n',
    "missing": "",
    "bundle_without_function": "policy = {}\nfrom leadgym.marking import ANSWER_TYPE\nimport leadgym.notebook\n"
    "from IPython.display import display\n"
    "def submit(name, answer):\n    about = {'functions': {'assign': {'function': 'assign', 'source': ''}}}\n"
    "    display({ANSWER_TYPE: {'leadgym': 1, 'name': name, 'answer': about}}, raw=True)\n",
}  # fmt: skip
NOTHING = {
    "raising", "junk", "answers_itself", "other_parts", "no_function", "data", "half_a_dict",
    "missing", "bundle_without_function",
}  # fmt: skip


def book(solution: str, *, source: bool = False):
    def about(name, **more):
        return {"schema_version": 3, "grade_id": name, "locked": False, "grade": False, "solution": False, **more}

    graded = about("policy", grade=True, locked=True, points=16)
    cells = [
        new_markdown_cell("# A policy"),
        new_code_cell("from leadgym.notebook import submit"),
        new_code_cell(solution.lstrip("\n"), metadata={"nbgrader": about("your-policy", solution=True)}),
        new_code_cell('submit("policy", policy)', metadata={"nbgrader": graded}),
    ]
    if source:
        cells[2].source = f"### BEGIN SOLUTION\n{solution}### END SOLUTION"
    return new_notebook(cells=cells)


def fewer(text: str) -> str:
    """The fixture with ten quarters, references that lie far apart, and two seconds for each question."""
    text = text.replace("quarters: 30", f"quarters: {QUARTERS}").replace("seconds: 5", "seconds: 2")
    text = text.replace("low: round robin", "low: leadership time without delegation")
    text = text.replace(
        "outcome: incidents\n        low: stretch everything", "outcome: growth\n        low: strict hero"
    )
    seeds = re.search(r"seeds: \[(.*)\]", text, flags=re.DOTALL)
    return text.replace(seeds[1], ", ".join(seeds[1].split(",")[:QUARTERS])) if seeds else text


@pytest.fixture(scope="module")
def policies(shared):
    """The folder of the marked cohort, and what was said of each learner; marked by whichever process comes first."""
    root, told = shared / "policies", shared / "policies.json"
    with FileLock(shared / "policies.lock"):
        if not told.is_file():
            source = root / "source" / SLUG
            shutil.copytree(EXERCISE, source)
            (root / "keys").mkdir()
            for path in (source / "rubric.yaml", source / "keys.yaml"):
                path.write_text(fewer(path.read_text(encoding="utf-8")), encoding="utf-8")
            (source / "keys.yaml").rename(root / "keys" / f"{SLUG}.yaml")
            nbformat.write(book(HONEST, source=True), source / "policy.ipynb")
            (root / "nbgrader_config.py").write_text(
                f"c = get_config()\nc.MarkAnswers.keys = {str(root / 'keys')!r}\n", encoding="utf-8"
            )
            for learner, text in LEARNERS.items():
                folder = root / "submitted" / learner / SLUG
                folder.mkdir(parents=True)
                nbformat.write(book(text), folder / "policy.ipynb")
            ran = subprocess.run(
                [LEADGYM, "grade", SLUG, "--json", "--root", str(root)],
                capture_output=True,
                text=True,
                env={**os.environ, "JUPYTER_PLATFORM_DIRS": "1"},
                timeout=900,
            )
            told.write_text(json.dumps([ran.stdout, ran.stderr]), encoding="utf-8")
    stdout, stderr = json.loads(told.read_text(encoding="utf-8"))
    return root, {line["learner"]: line for line in map(json.loads, stdout.splitlines())}, stderr


def page(root: Path, learner: str) -> str:
    return (root / "feedback" / learner / SLUG / "policy.html").read_text(encoding="utf-8")


def told(root: Path, learner: str) -> str:
    """What the mark says, without the learner's own source."""
    section = re.search(r'<section class="answer" id="policy">.*?</section>', page(root, learner), flags=re.DOTALL)
    text = " ".join(" ".join(Elements(section[0]).text).split())
    return text.partition("The function that was asked")[0]


def points(policies, learner: str) -> float:
    _, results, stderr = policies
    assert results[learner]["status"] == "marked", stderr
    return float(results[learner]["points"])


def test_the_reference_handed_in_as_functions_earns_everything(policies):
    assert points(policies, "honest") == 16


def test_half_right_earns_part_of_it(policies):
    assert 2 < points(policies, "half") < 15


@pytest.mark.parametrize("learner", ["one_function", "prints", "changes_what_it_is_given", "cheating"])
def test_the_same_decisions_earn_the_same_whatever_is_done_beside_them(policies, learner):
    assert points(policies, learner) == points(policies, "half")


@pytest.mark.parametrize("learner", sorted(NOTHING & set(LEARNERS)))
def test_what_decides_nothing_earns_nothing(policies, learner):
    assert points(policies, learner) == 0


@pytest.mark.parametrize("learner", ["raising_in_half", "slow", "leaves"])
def test_what_decides_half_of_the_time_earns_no_more_than_half(policies, learner):
    assert points(policies, learner) < 0.55 * 16
    assert points(policies, learner) <= points(policies, "half")


def test_what_cannot_be_repeated_is_cut(policies):
    """Who counts up through five names says the same again one time in five or so."""
    assert points(policies, "random") < 1
    assert points(policies, "stateful") < 0.5 * points(policies, "honest")


@pytest.mark.parametrize(
    ("learner", "sentence"),
    [
        ("honest", "at 100 %, that is 100 %, "),
        ("raising", "Of what `assign` was asked, 0 % got a decision that could be used."),
        ("raising", "`assign` ended in an error (an error of its own, or a decision that is no data)."),
        ("raising_in_half", "`assign` ended in an error (KeyError)."),
        ("slow", "questions. So `assign` was heard up to week 7; from there on the default stood in for it"),
        (
            "leaves",
            "The notebook's process ended by itself (exit, os._exit or a crash). So `assign` was heard up to week",
        ),
        ("random", "It draws lots, or remembers what it was asked before."),
        ("stateful", "It draws lots, or remembers what it was asked before."),
        ("junk", "`assign` has to give a dict {ticket: person}"),
        ("cheating", "Your source names leadgym.sim. The simulation that counts runs elsewhere"),
        ("answers_itself", "The function did not give 10 decisions to 10 questions."),
        ("other_parts", "The policy has no assign, without which nothing is marked."),
        ("no_function", 'Hand in functions by part, without calling them: submit("policy", {"assign": assign}).'),
        ("data", "Hand in functions by part, without calling them"),
        ("half_a_dict", "pair is not a function. Each part of 'policy' is one: leave out the parts you do not decide."),
        ("missing", "The cell stopped with NameError: name 'policy' is not defined."),
        ("bundle_without_function", "The notebook handed in no function called 'policy.assign'."),
    ],
)
def test_the_page_says_what_happened(policies, learner, sentence):
    assert sentence in told(policies[0], learner)


@pytest.mark.parametrize("learner", LEARNERS)
def test_nothing_hidden_is_on_any_page(policies, learner):
    """Neither a seed nor anything the learner's code said about what it was shown."""
    root, _, stderr = policies
    assert not HIDDEN.search(told(root, learner))
    assert "47100000" not in page(root, learner) + stderr
    assert "leadgym/cohort" not in page(root, learner) + stderr
    assert Elements(page(root, learner)).live() == []
