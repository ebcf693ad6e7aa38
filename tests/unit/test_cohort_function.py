"""Functions handed in by a cohort: asked in the jail, scored outside, and nothing of what was asked comes back."""

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

SLUG = "99_function"
EXERCISE = Path(__file__).parents[1] / "fixtures" / "exercise_function"
HIDDEN = re.compile(r"800\d|100[12]|0\.0625|0\.375|LEAK")

RIGHT = """
def decide(ticket):
    if not ticket["undo"]:
        return "you"
    return "nobody" if ticket["days"] < 0.5 else "team"
"""
DAYS = "\ndef days(size):\n    return size / 2\n"
HALF = (
    "\ndef decide(ticket):\n    return 'you' if not ticket['undo'] else 'team' if ticket['days'] != 8003 else 'you'\n"
)

# What the learner's cell says. Who hands in `days` too, and what is earned for decide: (risky, small), and days.
LEARNERS: dict[str, tuple[str, tuple[float, float, float]]] = {
    "honest": (RIGHT + DAYS, (6, 4, 2)),
    "half": (HALF + DAYS, (3, 0, 2)),
    "prints": (RIGHT.replace("    if", "    print(ticket, 'LEAK' * 999)\n    if", 1) + DAYS, (6, 4, 2)),
    "numpy_days": (RIGHT + "\nimport numpy\ndef days(size):\n    return numpy.float64(size) / 2\n", (6, 4, 2)),
    "raising": (
        "\ndef decide(ticket):\n    raise type('LEAK', (Exception,), {})(ticket)\n"
        "def days(size):\n    raise ValueError(f'LEAK {size}')\n",
        (0, 0, 0),
    ),
    "slow": (
        RIGHT + "\nquick = decide\ndef decide(ticket):\n    import time\n"
        "    time.sleep(60 if 1000 < ticket['days'] < 2000 else 0)\n    return quick(ticket)\n" + DAYS,
        (6, 0, 2),
    ),
    "random": (
        "\nimport random\ndef decide(ticket):\n    return random.choice(['you', 'team', 'nobody', 'dunno', 'maybe'])\n"
        "def days(size):\n    return random.random()\n",
        (-1, -1, 0),
    ),
    "stateful": (
        "\ncalls = []\ndef decide(ticket):\n    calls.append(ticket)\n    return f'LEAK {len(calls)}'\n"
        "def days(size):\n    calls.append(size)\n    return len(calls)\n",
        (0, 0, 0),
    ),
    "junk": (
        "\ndef decide(ticket):\n    return {1, 2}\n"
        "def days(size):\n    return float('nan') if size < 800 else 10**400\n",
        (0, 0, 0),
    ),
    "leaves": (RIGHT + "\nimport os\ndef days(size):\n    os._exit(0)\n", (6, 4, 0)),
    "exits": (RIGHT + "\ndef days(size):\n    raise SystemExit\n", (6, 4, 0)),
    "reads_the_stack": (
        """
import gc, inspect
def decide(ticket):
    found = []
    for frame in inspect.stack():
        found += [value for name, value in frame.frame.f_locals.items() if name in ("keys", "question", "right")]
    found += [thing for thing in gc.get_objects() if isinstance(thing, dict) and "right" in thing]
    for thing in found:
        if isinstance(thing, dict) and isinstance(thing.get("right"), str):
            return thing["right"]
    return "nothing found"
"""
        + DAYS,
        (0, 0, 2),
    ),
    "sends_pickles": (
        """
import os
class Payload:
    def __reduce__(self):
        return os.system, ("touch /tmp/leadgym-was-here",)
    def tolist(self):
        return Payload()
def decide(ticket):
    return Payload()
def days(size):
    import pickle
    return pickle.dumps(Payload())
""",
        (0, 0, 0),
    ),
    "answers_itself": (
        """
import leadgym.cohort.jail.decide as room, leadgym.cohort.jail.shell as shell
def mine(shell, name, batch):
    return {"decisions": [{"value": "you"}, {"problem": f"LEAK {batch}"}] * 2, "points": 10, "right": 4}
room.decide = shell.decide = mine
def decide(ticket):
    return "you"
days = decide
""",
        (0, 0, 0),
    ),
    "tells_what_it_was_asked": (
        """
import leadgym.cohort.jail.decide as room, leadgym.cohort.jail.shell as shell
room.decide = shell.decide = lambda shell, name, batch: {"problem": f"LEAK {batch}"}
def decide(ticket):
    return "you"
days = decide
""",
        (0, 0, 0),
    ),
    "data_for_a_function": ("\ndecide, days = 'you', {'near': 350}\n", (0, 0, 0)),
    "one_missing": (RIGHT, (6, 4, 0)),
    "source_is_live": (
        RIGHT + "# </pre></details></section><script>lgEvil()</script>"
        "<section class='answer' id='top'>10 of 10</section>\n" + DAYS,
        (6, 4, 2),
    ),
    "long": (RIGHT + "".join(f"    # line {number} {'x' * 80}\n" for number in range(900)) + DAYS, (6, 4, 2)),
}
# Cells further down the notebook, after those that hand in.
AFTER = {
    "redefined_later": (RIGHT + DAYS, "def decide(ticket):\n    return 'nobody'\n", (6, 4, 2)),
    "handed_in_again": (HALF + DAYS, RIGHT + 'submit("decide", decide)\n', (6, 4, 2)),
    "bundle_without_function": (
        "\ndecide = days = 0\n",
        "from leadgym.marking import ANSWER_TYPE\nfrom IPython.display import display\n"
        "for name in ('decide', 'days'):\n    bundle = {'leadgym': 1, 'name': name, 'answer': {'function': name}}\n"
        "    display({ANSWER_TYPE: bundle}, raw=True)\n",
        (0, 0, 0),
    ),
}
EARNED = {name: earned for name, (_, earned) in LEARNERS.items()} | {name: about[2] for name, about in AFTER.items()}


def book(solution: str, after: str = "", *, source: bool = False):
    def about(name, **more):
        return {"schema_version": 3, "grade_id": name, "locked": False, "grade": False, "solution": False, **more}

    graded = {
        name: about(name, grade=True, locked=True, points=points) for name, points in (("decide", 10), ("days", 2))
    }
    cells = [
        new_markdown_cell("# Functions"),
        new_code_cell("from leadgym.notebook import submit"),
        new_code_cell(solution.lstrip("\n"), metadata={"nbgrader": about("your-functions", solution=True)}),
        *(new_code_cell(f'submit("{name}", {name})', metadata={"nbgrader": graded[name]}) for name in graded),
    ]
    if source:
        cells[2].source = f"### BEGIN SOLUTION\n{solution}### END SOLUTION"
    if after:
        cells.append(new_code_cell(after))
    return new_notebook(cells=cells)


def grade(root):
    return subprocess.run(
        [LEADGYM, "grade", SLUG, "--json", "--root", str(root)],
        capture_output=True,
        text=True,
        env={**os.environ, "JUPYTER_PLATFORM_DIRS": "1"},
        timeout=600,
    )


@pytest.fixture(scope="module")
def functions(shared):
    """The folder of the marked cohort, and what was said of each learner; marked by whichever process comes first."""
    root, told = shared / "functions", shared / "functions.json"
    with FileLock(shared / "functions.lock"):
        if not told.is_file():
            source = root / "source" / SLUG
            shutil.copytree(EXERCISE, source)
            (root / "keys").mkdir()
            (source / "keys.yaml").rename(root / "keys" / f"{SLUG}.yaml")
            nbformat.write(book(RIGHT + DAYS, source=True), source / "functions.ipynb")
            (root / "nbgrader_config.py").write_text(
                f"c = get_config()\nc.MarkAnswers.keys = {str(root / 'keys')!r}\n", encoding="utf-8"
            )
            made = {name: book(cell) for name, (cell, _) in LEARNERS.items()}
            made |= {name: book(cell, after) for name, (cell, after, _) in AFTER.items()}
            for learner, nb in made.items():
                folder = root / "submitted" / learner / SLUG
                folder.mkdir(parents=True)
                nbformat.write(nb, folder / "functions.ipynb")
            ran = grade(root)
            told.write_text(json.dumps([ran.stdout, ran.stderr]), encoding="utf-8")
    stdout, stderr = json.loads(told.read_text(encoding="utf-8"))
    return root, {line["learner"]: line for line in map(json.loads, stdout.splitlines())}, stderr


def criteria(root, learner):
    made = json.loads((root / "autograded" / learner / SLUG / "functions.ipynb").read_text(encoding="utf-8"))
    marks = [
        output["data"]["application/vnd.leadgym.mark+json"]
        for cell in made["cells"]
        for output in cell.get("outputs", [])
        if "application/vnd.leadgym.mark+json" in output.get("data", {})
    ]
    return {name: about["points"] for mark in marks for name, about in mark["criteria"].items()}


def page(root, learner):
    return (root / "feedback" / learner / SLUG / "functions.html").read_text(encoding="utf-8")


def told(root, learner, name):
    section = re.search(rf'<section class="answer" id="{name}">.*?</section>', page(root, learner), flags=re.DOTALL)
    return " ".join(" ".join(Elements(section[0]).text).split())


@pytest.mark.parametrize("learner", EARNED)
def test_each_earns_what_its_decisions_earn(functions, learner):
    root, results, stderr = functions
    assert results[learner]["status"] == "marked", stderr
    found = criteria(root, learner)
    for name, earned in zip(("risky", "small", "near"), EARNED[learner], strict=True):
        if earned >= 0:
            assert found[name] == earned, (name, found)
    assert results[learner]["points"] == pytest.approx(sum(found.values()))
    assert results[learner]["out_of"] == 12


@pytest.mark.parametrize("learner", EARNED)
def test_nothing_hidden_and_nothing_of_the_marker_is_on_any_page(functions, learner):
    """The learner's own source stands there too, at the end of a mark, and says what the learner says."""
    root, _, stderr = functions
    marks = " ".join(
        told(root, learner, name).partition("The function that was asked")[0] for name in ("decide", "days")
    )
    assert "How long it takes" in marks
    assert not HIDDEN.search(marks)
    assert "leadgym/cohort" not in page(root, learner) + stderr
    assert Elements(page(root, learner)).live() == []


@pytest.mark.parametrize(
    ("learner", "name", "sentence"),
    [
        ("half", "decide", "3 of 4 decisions are right. It goes wrong, among others, on this kind of input: a large"),
        ("raising", "days", "On 2 of 2 it raised ValueError."),
        ("raising", "decide", "On 4 of 4 it raised an error, or returned what is no data."),
        ("slow", "decide", "It was asked about 4 inputs. The function took longer than 3 s for 4 questions."),
        ("stateful", "decide", "On 4 of 4 it decided otherwise when asked again in another order."),
        ("stateful", "days", "On 2 of 2 it decided otherwise when asked again in another order."),
        ("junk", "decide", "On 4 of 4 it raised TypeError."),
        ("leaves", "days", "The notebook's process ended by itself (exit, os._exit or a crash)."),
        ("exits", "days", "On 2 of 2 it raised SystemExit."),
        ("tells_what_it_was_asked", "decide", "The notebook handed in no function called 'decide'."),
        ("data_for_a_function", "decide", 'Hand in the function itself, without calling it: submit("decide", '),
        ("one_missing", "days", "No answer called 'days' arrived."),
        ("one_missing", "days", "The cell stopped with NameError: name 'days' is not defined."),
        ("honest", "decide", "The function that was asked"),
        ("long", "decide", "# ... the rest is not shown."),
    ],
)
def test_the_page_says_what_happened(functions, learner, name, sentence):
    assert sentence in told(functions[0], learner, name)


def test_nothing_a_decision_was_made_of_has_run_here(functions):
    assert not Path("/tmp/leadgym-was-here").exists()  # noqa: S108 - where the payload says


def test_a_source_full_of_markup_is_text(functions):
    shown = Elements(page(functions[0], "source_is_live"))
    assert "lgEvil()" in "".join(shown.text)
    assert [about for tag, about in shown.found if about.get("id") == "top"] == [{"id": "top"}]
