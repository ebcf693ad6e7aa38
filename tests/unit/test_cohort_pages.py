"""What of a learner's notebook may show on somebody else's screen, part by part."""

import pytest
from nbformat.v4 import new_code_cell, new_output
from submissions import Elements
from tampering import LIVE

from leadgym.cohort.pages import CleanOutputs, clean


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
