"""The panel's form in a real browser: from a file, without network, by keyboard alone, half filled and come back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from leadgym.cohort.panel.asked import load_asked, order
from leadgym.cohort.panel.page import page as form_page

ASKED = load_asked(str(Path(__file__).parents[1] / "fixtures" / "exercise_small"))
ITEMS = {item.id: [option.id for option in item.options] for item in ASKED.form.items}
SHOWN = """() => [...document.querySelectorAll('.item[data-item]')].map(
  s => [s.dataset.item, [...s.querySelectorAll('fieldset')].map(f => f.dataset.option)])"""


@pytest.fixture
def form(browser, tmp_path):
    """The form opened from a file, and everything it asks of a network or complains about."""
    path = tmp_path / "form.html"
    path.write_text(form_page(ASKED, "Ann <ann@example.org>"), encoding="utf-8")
    context = browser.new_context(viewport={"width": 390, "height": 800}, accept_downloads=True)
    page = context.new_page()
    page.asked, page.complaints = [], []
    page.on("request", lambda request: page.asked.append(request.url))
    page.on("console", lambda message: page.complaints.append(message.text))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.goto(path.as_uri())
    yield page
    assert [url for url in page.asked if not url.startswith(("file:", "blob:"))] == []
    assert page.complaints == []
    context.close()


def begin(page, name: str) -> None:
    page.fill("#expert", name)
    page.click("#begin")


def saved(page) -> dict:
    with page.expect_download() as download:
        page.click("#save")
    return json.loads(download.value.path().read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", ["  Zoë   Müller ", "李"])
def test_each_expert_has_an_order_that_python_knows_too(form, name):
    begin(form, name)
    wanted = [[item, order(name, ITEMS[item], item)] for item in order(name, list(ITEMS))]
    assert form.evaluate(SHOWN) == wanted
    assert [item["order"] for item in saved(form)["items"].values()] == [order(name, ITEMS[i], i) for i in ITEMS]


def test_by_keyboard_alone_from_the_name_to_the_file(form):
    press = form.keyboard.press
    while not form.evaluate("document.activeElement.id === 'expert'"):
        press("Tab")
    form.keyboard.type("Ada")
    press("Enter")
    assert form.evaluate("document.activeElement.textContent") == "Situation 1 of 3"
    for _ in range(12):
        press("Tab")
        while not form.evaluate("document.activeElement.type === 'radio'"):
            press("Tab")
        press("Space")  # the first step
        press("ArrowRight")
        press("ArrowRight")
    assert form.text_content("#count") == "12 of 12 options done."
    assert form.is_hidden("#next")
    while not form.evaluate("document.activeElement.id === 'save'"):
        press("Tab")
    with form.expect_download() as download:
        press("Enter")
    assert download.value.suggested_filename == "panel-99_small-Ada.json"
    data = json.loads(download.value.path().read_text(encoding="utf-8"))
    assert all(set(item["ratings"].values()) == {3} for item in data["items"].values())
    assert "Every option is done. Send it to Ann <ann@example.org>." in form.text_content("#said")


def test_half_filled_it_comes_back_after_closing_and_on_another_device_from_the_file(form, browser, tmp_path):
    begin(form, "Ada")
    form.locator("[name='one.a']").nth(4).check()
    form.locator("[name='one.b']").nth(5).check()
    form.fill("#words-two", "</script><img src=x onerror=alert(1)>")
    form.reload()
    assert form.locator("[name='one.a']").nth(4).is_checked()
    assert form.text_content("#count") == "2 of 12 options done."
    assert "is back" in form.text_content("#back")
    data = saved(form)
    assert data["items"]["one"]["ratings"] == {"a": 5, "b": None}
    file = tmp_path / "half.json"
    file.write_text(json.dumps(data), encoding="utf-8")

    form.on("dialog", lambda dialog: dialog.accept())
    form.click("#over")
    form.locator("#items").wait_for(state="hidden")
    assert form.input_value("#expert") == ""
    form.set_input_files("#load", file)
    form.locator("#items").wait_for()
    assert form.locator("[name='one.a']").nth(4).is_checked()
    assert form.input_value("#words-two") == "</script><img src=x onerror=alert(1)>"


def test_ratings_of_other_words_and_files_of_another_form_are_not_taken(form, tmp_path):
    begin(form, "Ada")
    form.locator("[name='one.a']").nth(4).check()
    form.locator("[name='two.a']").nth(4).check()
    data = saved(form)
    form.on("dialog", lambda dialog: dialog.accept())
    form.click("#over")
    form.locator("#items").wait_for(state="hidden")
    file = tmp_path / "old.json"
    file.write_text(json.dumps(data | {"module": "98_other"}), encoding="utf-8")
    form.set_input_files("#load", file)
    form.locator("#back", has_text="Choose another").wait_for()
    data["items"]["one"]["wording"] = "zzzzzzzz"
    file.write_text(json.dumps(data), encoding="utf-8")
    form.set_input_files("#load", file)
    form.locator("#back", has_text="1 of the situations").wait_for()
    assert form.text_content("#count") == "1 of 12 options done."


def test_nothing_begins_without_a_name_and_no_key_or_reason_is_in_the_page(form):
    form.click("#begin")
    assert "Write your name" in form.text_content("#back")
    assert form.is_hidden("#items")
    source = form.content()
    assert "R-one-a" not in source
    assert "rationale" not in source
    assert not form.evaluate(
        "[...document.querySelectorAll('input:not([type=file]), select, textarea')].some(e => !e.labels.length)"
    )
    assert form.evaluate("document.documentElement.scrollWidth") == 390
