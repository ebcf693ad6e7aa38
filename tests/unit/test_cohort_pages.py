"""What of a learner's notebook may show on somebody else's screen, part by part."""

import json
import os
import re
import subprocess

import nbformat
import pytest
from filelock import FileLock
from nbformat.v4 import new_code_cell, new_notebook, new_output
from submissions import LEADGYM, Elements
from tampering import LIVE

from leadgym.cohort.hide import PLACE, HideTests
from leadgym.cohort.jail.bubble import jail_status
from leadgym.cohort.pages import MOST_OF_A_CELL, MOST_OF_A_TEXT, CleanOutputs, clean


@pytest.mark.parametrize(
    ("html", "shown"),
    [
        ("<b>bold</b> and <em>more</em>", "<b>bold</b> and <em>more</em>"),
        ("<script>alert(1)</script>after", "after"),
        ("<img src='data:image/png;base64,AAAA' alt='a'>", '<img src="data:image/png;base64,AAAA" alt="a">'),
        ("<img src='https://x.org/a.png' alt='a'>", '<img alt="a">'),
        ("<img src='data:text/html;base64,AAAA' alt='a'>", '<img alt="a">'),
        ("<img src='a.png' alt='a'>", '<img alt="a">'),
        ("<a href='https://x.org/'>x</a>", '<a href="https://x.org/" rel="noopener noreferrer">x</a>'),
        ("<a href='data:text/html,x'>x</a>", '<a rel="noopener noreferrer">x</a>'),
        ("<a href='JaVaScript:x()'>x</a>", '<a rel="noopener noreferrer">x</a>'),
        ("<span class='k kn answer'>import</span>", '<span class="k kn">import</span>'),
        ("<section class='answer' id='plan'>20 of 20</section>", "<section>20 of 20</section>"),
        ("<p style='text-align:left;position:fixed'>x</p>", '<p style="text-align:left">x</p>'),
        ("<p style='background:url(https://x.org)'>x</p>", '<p style="">x</p>'),
    ],
)
def test_text_tables_and_pictures_stay_and_the_rest_goes(html, shown):
    assert clean(html) == shown


def test_nothing_live_is_left_of_the_whole_collection():
    assert Elements(clean(LIVE)).live() == []


def cleaned(*outputs):
    cell = new_code_cell("x", outputs=list(outputs))
    return CleanOutputs().preprocess_cell(cell, {}, 0)[0].outputs


def test_outputs_keep_text_and_pictures_and_lose_metadata_and_other_types():
    [left] = cleaned(
        new_output(
            "display_data",
            {"text/plain": "a", "image/png": "AAAA", "application/javascript": "x()", "application/x+json": {"a": 1}},
            metadata={"image/png": {"width": "1 onload=x()"}},
        )
    )
    assert left.data == {"text/plain": "a", "image/png": "AAAA"}
    assert left.metadata == {}


def test_an_output_with_nothing_to_show_is_left_out():
    assert cleaned(new_output("display_data", {"application/javascript": "x()"})) == []


@pytest.mark.parametrize(
    "output",
    [
        {"output_type": "stream", "name": ["stdout"], "text": {"a": 1}},
        {"output_type": "error", "ename": 5, "evalue": None, "traceback": "all in one"},
        {"output_type": "display_data", "data": {"text/html": {"a": 1}, "text/plain": ["x", 5, ["y"]]}},
        {"output_type": "display_data", "data": "not a dict"},
        {"output_type": "invented", "data": {"text/plain": "x"}},
    ],
)
def test_outputs_of_the_wrong_shape_do_not_stop_the_page(output):
    cell = new_code_cell("x")
    cell.outputs = [output]
    for shown in CleanOutputs().preprocess_cell(cell, {}, 0)[0].outputs:
        assert all(isinstance(text, str) for text in shown.get("data", {}).values())


def test_a_mark_is_left_as_the_marker_made_it():
    output = new_output("execute_result", {"text/plain": "20", "application/vnd.leadgym.mark+json": {"points": 20}})
    cell = new_code_cell("x", outputs=[output], metadata={"leadgym": {"answer": "plan"}})
    assert CleanOutputs().preprocess_cell(cell, {}, 0)[0].outputs == [output]


def test_a_page_stays_of_a_size_that_opens():
    """A learner can display megabytes without meaning harm; the picture beside them stays."""
    long, picture = "x" * (MOST_OF_A_TEXT + 1), "A" * (MOST_OF_A_TEXT + 1)
    stream, html, image, error = cleaned(
        new_output("stream", name="stdout", text=long),
        new_output("display_data", {"text/html": long}),
        new_output("display_data", {"text/plain": long, "image/png": picture}),
        new_output("error", ename="E", evalue=long, traceback=[long]),
    )
    assert stream.text.endswith("too large for a page.]")
    assert html.data == {"text/plain": "[What this cell shows beyond this is too large for a page.]"}
    assert image.data == {"image/png": picture}
    assert len(error.traceback[0]) < MOST_OF_A_TEXT + 100
    many = cleaned(*(new_output("stream", name="stdout", text=long[:-1]) for _ in range(100)))
    assert sum(len(output.text) for output in many) <= MOST_OF_A_CELL + 100
    assert many[-1].text.startswith("[What this cell shows beyond")


# Hidden tests, in a course as nbgrader's users have them: plain test cells, marked in the learner's own kernel.

SECRET = re.compile(r"secret|4242|HIDDEN TESTS")
TEST = """assert double(2) == 4, "two and two"
### BEGIN HIDDEN TESTS
secret_input = 2121
assert double(secret_input) == 4242, f"expected 4242 for secret {secret_input}"
### END HIDDEN TESTS
assert double(0) == 0, "nothing twice is nothing"
"""
PLAIN = {
    "right": ("def double(x):\n    return 2 * x", 5),
    "right_with_a_warning": (
        "import sys, warnings\ndef double(x):\n    warnings.warn('careful')\n    print('x', file=sys.stderr)\n"
        "    return 2 * x",
        5,
    ),
    "fails_the_hidden_one": ("def double(x):\n    return 2 * x if x < 100 else 7", 0),
    "fails_the_first": ("def double(x):\n    return 7", 0),
    "fails_the_last": ("def double(x):\n    return 2 * x if x else 7", 0),
    "raises_in_the_hidden_one": ("def double(x):\n    return 2 * x if x < 100 else 1 / 0", 0),
    "short_tracebacks": ("%xmode Minimal\ndef double(x):\n    return 2 * x if x < 100 else 7", 0),
    "plain_tracebacks": ("%xmode Plain\ndef double(x):\n    return 2 * x if x < 100 else 7", 0),
    "wide_tracebacks": ("%xmode Verbose\ndef double(x):\n    return 2 * x if x < 100 else 7", 0),
    "prints_the_test": ("def double(x):\n    print(In[-1])\n    return 2 * x", 5),
    "shows_the_test": (
        "from IPython.display import HTML, display\n"
        "def double(x):\n    display(HTML(In[-1]), In[-1])\n    return 2 * x",
        5,
    ),
    "raises_the_test": ("def double(x):\n    raise type(In[-1], (Exception,), {})(In[-1])", 0),
}  # fmt: skip


def plain_book(solution, *, source=False):
    about = {"schema_version": 3, "grade": False, "solution": False, "locked": False, "task": False}
    stub = {"nbgrader": {**about, "grade_id": "double", "solution": True}}
    test = {"nbgrader": {**about, "grade_id": "test-double", "grade": True, "locked": True, "points": 5}}
    text = f"### BEGIN SOLUTION\n{solution}\n### END SOLUTION" if source else solution
    cells = [new_code_cell(text, metadata=stub), new_code_cell(TEST if source else "", metadata=test)]
    return new_notebook(cells=cells)


@pytest.fixture(scope="module")
def plain(shared):
    """The folder of a marked course with plain test cells, and what was said of each learner."""
    if not jail_status().available:
        pytest.skip(jail_status().sentence)
    root, told = shared / "plain_tests", shared / "plain_tests.json"
    with FileLock(shared / "plain_tests.lock"):
        if not told.is_file():
            books = {root / "source" / "one" / "p.ipynb": plain_book(PLAIN["right"][0], source=True)}
            books |= {
                root / "submitted" / name / "one" / "p.ipynb": plain_book(cell) for name, (cell, _) in PLAIN.items()
            }
            for path, nb in books.items():
                path.parent.mkdir(parents=True)
                nbformat.write(nb, path)
            ran = subprocess.run(
                [LEADGYM, "grade", "one", "--json", "--root", str(root)],
                capture_output=True,
                text=True,
                env={**os.environ, "JUPYTER_PLATFORM_DIRS": "1"},
                timeout=600,
            )
            told.write_text(json.dumps([ran.stdout, ran.stderr]), encoding="utf-8")
    stdout, stderr = json.loads(told.read_text(encoding="utf-8"))
    assert stderr == ""
    return root, {line["learner"]: line for line in map(json.loads, stdout.splitlines())}


def plain_page(root, learner):
    return (root / "feedback" / learner / "one" / "p.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("learner", PLAIN)
def test_a_warning_costs_nothing_and_an_error_everything(plain, learner):
    _, results = plain
    assert results[learner]["points"] == PLAIN[learner][1]


@pytest.mark.parametrize("learner", PLAIN)
def test_no_hidden_test_is_on_the_learner_s_page(plain, learner):
    """Its source, its values and its message, in the cell, the traceback and what the cell shows."""
    text = " ".join(Elements(plain_page(plain[0], learner)).text)
    assert PLACE in text.replace("\xa0", " ")
    assert "two and two" in text, "the visible tests stay"
    assert not SECRET.search(text)


def test_a_visible_test_that_fails_is_shown_as_it_failed(plain):
    for learner, message in (
        ("fails_the_first", "AssertionError: two and two"),
        ("fails_the_last", "nothing twice is"),
    ):
        text = " ".join("".join(Elements(plain_page(plain[0], learner)).text).split())
        assert message in text.partition("Test: 0 of 5 points")[2].split(PLACE)[-1]
        assert "Some of its tests are hidden" not in text
    assert "AssertionError: A test of this cell did not pass. Some of its tests are hidden" in plain_page(
        plain[0], "fails_the_hidden_one"
    )


def test_the_instructor_s_notebook_keeps_the_hidden_tests(plain):
    made = (plain[0] / "autograded" / "fails_the_hidden_one" / "one" / "p.ipynb").read_text(encoding="utf-8")
    assert "expected 4242 for secret" in made


def test_what_hides_tests_leaves_marks_and_answers_alone():
    about = {"grade": True, "solution": False, "grade_id": "x", "points": 1, "schema_version": 3}
    ours = new_code_cell(TEST, metadata={"nbgrader": about, "leadgym": {"answer": "x"}})
    answer = new_code_cell(TEST, metadata={"nbgrader": {**about, "solution": True}})
    nb = new_notebook(cells=[ours, answer, new_code_cell(TEST)])
    made, _ = HideTests().preprocess(nb, {})
    assert [cell.source for cell in made.cells] == [TEST] * 3
