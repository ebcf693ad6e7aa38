"""The course map: where a learner stands, drawn from the saved play and the gradebook's marks."""

import pytest
from submissions import PATHS, SLUG, Elements, clicked

from leadgym.course.modules import scenario, slugs
from leadgym.lab.workspace import lay
from leadgym.notebook import course_map
from leadgym.widgets.course_map import CourseMap
from leadgym.widgets.store import Run, Store

UNFINISHED, FINISHED = PATHS["hero"], PATHS["rushed"]


@pytest.fixture(autouse=True)
def one_module(monkeypatch):
    """The map of one module, whatever else the course holds by now."""
    monkeypatch.setattr("leadgym.widgets.course_map.slugs", lambda: [SLUG])


@pytest.fixture
def workspace(tmp_path):
    lay(tmp_path / "mine")
    return tmp_path / "mine"


def of_slug(made):
    """The row of the module that these tests play."""
    return next(row for row in made.rows if row.slug == SLUG)


def finish(workspace, slug):
    """Play the story of ``slug`` to an ending, by its first walkthrough."""
    story = scenario(slug)
    way = story.walkthroughs[0]
    seed = story.seed if way.seed is None else way.seed
    run = Run(seed=seed, variant=way.variant, weights=way.weights, choices=tuple(way.path))
    Store(workspace / "course" / slug, story.scenario, story.version).save(run)


def play(workspace, run, place="course"):
    (workspace / place / SLUG / "ledger_ticket.choices.json").write_text(
        clicked(run, {})["ledger_ticket.choices.json"], encoding="utf-8"
    )


def test_a_fresh_workspace_says_where_to_begin(workspace):
    made = course_map(workspace)
    assert made.next_row is made.rows[0]
    assert "Next: Delegation. Open the lesson and play." in repr(made) or "Open the lesson and play." in repr(made)
    assert "not begun" in repr(made)
    assert "not marked yet" in repr(made)


@pytest.mark.parametrize("place", ["course", "exercises"])
def test_a_story_in_the_middle_says_where_it_stands(workspace, place):
    play(workspace, UNFINISHED, place)
    row = of_slug(course_map(workspace))
    assert row.played.startswith("stands at “")
    assert row.next_step == "Play on"


@pytest.mark.parametrize("place", ["course", "exercises"])
def test_an_ending_counts_wherever_it_was_played(workspace, place):
    """A run begun in the other folder does not hide it."""
    play(workspace, UNFINISHED, "course" if place == "exercises" else "exercises")
    play(workspace, FINISHED, place)
    row = of_slug(course_map(workspace))
    assert row.finished
    assert row.played.startswith("played to “")


def test_marks_are_said_and_what_is_left_to_do(workspace):
    play(workspace, FINISHED)
    part = CourseMap(workspace, {SLUG: (41.5, 60.0)})
    assert "41.5 of 60 points" in repr(part)
    assert of_slug(part).next_step.startswith("Read the feedback")
    for other in slugs():
        finish(workspace, other)
    whole = CourseMap(workspace, dict.fromkeys(slugs(), (60.0, 60.0)))
    assert whole.next_row is None
    assert "Every module there is has been played and marked in full." in repr(whole)
    assert "<td style='text-align:left;vertical-align:top'>Done</td>" in whole._repr_html_()


@pytest.mark.parametrize("damage", ['{"leadgym": 1, "scen', "", "[]"])
def test_a_damaged_file_of_choices_does_not_stop_the_map(workspace, damage):
    (workspace / "course" / SLUG / "ledger_ticket.choices.json").write_text(damage, encoding="utf-8")
    assert of_slug(course_map(workspace)).played == "not begun"


def test_choices_of_another_version_of_the_story_do_not_stop_the_map(workspace):
    play(workspace, (11, {"ship": 50, "grow": 50}, ["d1.no_longer_there"]))
    assert of_slug(course_map(workspace)).played == "not begun"


def test_every_link_leads_to_a_file_of_the_workspace(workspace):
    (workspace / "feedback").mkdir()
    (workspace / "feedback" / f"{SLUG}.html").write_text("<!DOCTYPE html>", encoding="utf-8")
    page = Elements(course_map(workspace)._repr_html_())
    links = [about["href"] for tag, about in page.found if tag == "a"]
    assert len(links) == 2 + 1, "lesson, exercise, and the page of feedback"
    assert all((workspace / link).is_file() for link in links)


def test_the_table_is_read_by_a_screen_reader(workspace):
    page = Elements(course_map(workspace)._repr_html_())
    heads = [about for tag, about in page.found if tag == "th"]
    assert len(heads) == 5
    assert all(about["scope"] == "col" for about in heads)
    assert "caption" in {tag for tag, _ in page.found}
    assert "The modules, and where you stand in each" in page.text


def test_minutes_are_those_of_the_module_s_promise(workspace):
    row = of_slug(course_map(workspace))
    assert 60 <= row.minutes <= 90


def test_a_folder_that_is_no_workspace_has_a_map_all_the_same(tmp_path):
    """The notebook may have been copied elsewhere."""
    assert course_map(tmp_path).rows[0].played == "not begun"


def test_a_damaged_gradebook_is_said_and_the_rest_of_the_map_stands(workspace, capsys):
    play(workspace, FINISHED)
    gradebook = workspace / ".leadgym" / "marking" / "gradebook.db"
    gradebook.parent.mkdir()
    gradebook.write_bytes(b"SQLite format 3\0" + b"cut" * 2000)
    row = of_slug(course_map(workspace))
    assert row.finished
    assert row.mark is None
    said = capsys.readouterr().out
    assert said.startswith(f"Your marks are not shown: {gradebook} cannot be read as a gradebook (")
    assert "move it away and mark again, which makes a new one." in said
