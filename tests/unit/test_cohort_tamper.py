"""A submission can change its answer, never its mark; and what it brings along is dead on every page."""

import json
import re

import pytest
from ruamel.yaml import YAML
from submissions import ROOT, SLUG, WORTH, Elements
from tampering import CELLS, CODE, TERMINAL_LINE

# Whether the answers of these arrive depends on what their kernel has imported before, and how it dies.
OPEN = {"builtins", "kernel_dies", "own_packages"}
WHAT_ARRIVES = {
    **{name: arrives for name, (_, arrives, _) in CODE.items() if name not in OPEN},
    **{name: arrives for name, (_, arrives) in CELLS.items()},
}


@pytest.fixture(scope="module")
def tampered(coders, cutters):
    """Every submission that tampered, with the cohort it was marked in."""
    return {**dict.fromkeys(CODE, coders), **dict.fromkeys(CELLS, cutters)}


@pytest.mark.parametrize("name", [*CODE, *CELLS])
def test_no_answer_gets_more_than_it_earns(tampered, name):
    cohort = tampered[name]
    earned = cohort.points("rushed")
    assert 0 < sum(earned.values()) < 100
    for answer, points in cohort.points(name).items():
        assert points <= earned[answer], answer
    assert cohort.results[name]["points"] <= cohort.results["rushed"]["points"]


@pytest.mark.parametrize("name", WHAT_ARRIVES)
def test_what_arrives_is_marked_and_the_rest_is_zero(tampered, name):
    """Restored cells, warnings and errors cost nobody their marks; an answer that does not arrive has none."""
    cohort, arrives = tampered[name], WHAT_ARRIVES[name]
    assert cohort.results[name]["status"] == "marked"
    earned = cohort.points("rushed")
    assert cohort.points(name) == {answer: earned[answer] if answer in arrives else 0 for answer in WORTH}
    assert cohort.results[name]["out_of"] == 100


def test_nobody_else_is_touched(cohort, coders, cutters):
    """The honest learner's mark is the same in a class of honest people and in one of tamperers."""
    assert coders.results["rushed"] == cutters.results["rushed"] == cohort.results["rushed"]


def test_a_kernel_that_dies_is_a_sentence_and_stops_nobody(coders):
    about = coders.results["kernel_dies"]
    assert about["points"] == 0
    assert "Kernel died" in about["problem"] or about["status"] == "marked"


def test_a_submission_cannot_write_a_line_of_the_report(coders):
    """The kernel's first streams would be the terminal's, or the file that the lines go to."""
    assert set(coders.results) == {"rushed", *CODE}
    assert TERMINAL_LINE["learner"] not in coders.stdout + coders.stderr


SAID = {
    "odd_bundles": {
        "path": "The answer is not JSON.",
        "judgement": "The answer holds NaN, which is not a number one can mark.",
        "plan": "The answer is larger than 256 kB.",
        "estimate": "The answer is nested deeper than 12 levels",
    },
    "odd_answers": {
        "path": "'choices' has 900 entries; no run takes more than 500.",
        "judgement": "The form has no item 'invented'; it is passed over.",
        "plan": "There is no ticket 'another'; that entry is passed over.",
        # submit() found it and handed nothing in.
        "estimate": "The cell said: estimate.q3 is nan, which is not a number one can mark.",
        "brief": "The answer has to be your text in quotes; what came is a list.",
    },
    "submit_returns": {name: f"No answer called '{name}' arrived. Run the cell with" for name in WORTH},
    "deleted_with_answer": {"plan": "The cell stopped with NameError: name 'plan' is not defined."},
    "twice": {"plan": "9.34 of 20 points"},
}


@pytest.mark.parametrize("name", SAID)
def test_the_page_says_why_and_what_was_expected(tampered, name):
    page = tampered[name].page(name)
    for answer, sentence in SAID[name].items():
        section = re.search(rf'<section class="answer" id="{answer}">.*?</section>', page, flags=re.DOTALL)
        assert sentence in "".join(Elements(section[0]).text)


def test_the_page_says_what_was_put_back(cutters):
    assert "The cell 'plan' was missing; it was put back at the end." in cutters.page("deleted")
    assert "was there 2 times; the last one was marked." in cutters.page("copied")
    assert "it was turned back" in cutters.page("retyped")


@pytest.mark.parametrize("name", [name for name in [*CODE, *CELLS] if name != "kernel_dies"])
def test_no_page_shows_where_the_marker_lives_or_how_it_fell(tampered, name):
    page = tampered[name].page(name)
    for word in ("leadgym/cohort", "site-packages/nbgrader", str(ROOT / "grader"), "FileProblems"):
        assert word not in page


def test_no_page_shows_a_number_of_the_key(cohort, coders, cutters):
    """Ratings and true values are what the next learner must not read in the page of the one before."""
    keys = YAML(typ="safe").load((ROOT / "grader" / "keys" / f"{SLUG}.yaml").read_text(encoding="utf-8"))
    truths = [question["truth"] for question in keys["answers"]["estimate"]["questions"].values()]
    ratings = {
        item: {option: about["key"] for option, about in options.items()}
        for item, options in keys["answers"]["judgement"]["items"].items()
    }
    seeds = keys["answers"]["policy"]["seeds"]
    assert len(truths) == 8
    assert len(ratings) == 10
    assert len(seeds) == 30
    for marked in (cohort, coders, cutters):
        for learner, page in marked.pages().items():
            if learner == "Zoë Ñandú":
                continue  # whose answers are the key, and stand in the cells
            sections = re.findall(r'<section class="answer".*?</section>', page, flags=re.DOTALL)
            text = " ".join("".join(Elements(section).text) for section in sections)
            assert len(sections) == len(WORTH), learner
            assert not [seed for seed in seeds if str(seed) in page], learner
            for truth in truths:
                assert not re.search(rf"(?<![\d.]){re.escape(f'{truth:g}')}(?![\d.]\d|\d)\s*hours", text), learner
            assert not re.search(r"\b(key|keyed|rated it|authors' rating)\b[^.]{0,20}\b[1-5]\b(?! of)", text), learner


@pytest.mark.parametrize("name", ["live", "forged", "forged_mark", "retyped"])
def test_nothing_a_learner_brings_is_live_on_a_page(tampered, name):
    page = Elements(tampered[name].page(name))
    assert page.live() == []
    assert [a for _, a in page.found if a.get("id") == "top"] == [{"id": "top"}], "the page's own ids stay its own"
    assert len([a for _, a in page.found if a.get("class") == "total"]) == 1


def test_a_learner_s_markdown_stays_readable(cutters):
    page = cutters.page("live")
    assert '<a href="https://example.org/" rel="noopener noreferrer">a plain link</a>' in page
    assert "<h1>Hello</h1>" in page
    assert "data:image/png;base64,AAAA" in page, "pictures in outputs stay"


def test_a_forged_mark_is_shown_as_the_output_it_is(cutters):
    page = cutters.page("forged")
    assert "Forged title" not in page
    assert "Forged note" not in page
    assert page.count('<section class="answer"') == len(WORTH)
    assert "Forged mark" not in "".join(re.findall(r'<section class="answer".*?</section>', page, flags=re.DOTALL))


def test_the_marker_s_own_words_are_not_cleaned_away(cutters):
    section = re.findall(r'<section class="answer".*?</section>', cutters.page("live"), flags=re.DOTALL)[2]
    assert 'aria-label="A delegation plan for three tickets: 9.34 of 20 points"' in section
    assert "border-collapse:collapse" in section


def test_what_a_submission_stored_is_gone_from_the_marked_notebook(cutters):
    folder = cutters.root / "autograded" / "forged" / SLUG / "delegation.ipynb"
    marked = json.loads(folder.read_text(encoding="utf-8"))
    titles = [cell["metadata"]["leadgym"]["title"] for cell in marked["cells"] if "leadgym" in cell["metadata"]]
    assert len(titles) == len(WORTH)
    assert "Forged title" not in titles
    assert marked["metadata"]["kernelspec"]["name"] == "python3"
