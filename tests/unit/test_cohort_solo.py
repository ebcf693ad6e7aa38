"""``leadgym mark`` on a laid workspace: twice, after a change, and with what a learner's disk can do to it."""

import json
import re
import shutil
from html.parser import HTMLParser

import pytest
from click.testing import CliRunner
from submissions import CELL_OF, NOTEBOOK, PATHS, SLUG, answers, cell, clicked

from leadgym.cli import main
from leadgym.cohort.road import marks
from leadgym.cohort.solo import marking_root
from leadgym.lab.workspace import lay
from leadgym.notebook import course_map

TITLES = {
    "path": "The ledger ticket, played",
    "judgement": "Ten situations in the Ledger team",
    "plan": "A delegation plan for three tickets",
    "estimate": "What eight hand-overs will cost you",
    "policy": "Thirteen weeks on your policy",
    "brief": "The brief to Priya",
}


def mark(workspace):
    ran = CliRunner().invoke(main, ["mark", "02", "--workspace", str(workspace)])
    assert "Traceback" not in ran.output
    return ran


def change(workspace, **code):
    """Write code into cells of the learner's own notebook and save it."""
    path = workspace / "exercises" / SLUG / NOTEBOOK
    nb = json.loads(path.read_text(encoding="utf-8"))
    for name, source in code.items():
        cell(nb, CELL_OF[name])["source"] = source
    path.write_text(json.dumps(nb), encoding="utf-8")


class Story:
    """What happened to one workspace: the words of each marking, the pages, and the map after each."""

    def __init__(self, workspace):
        self.workspace = workspace
        self.page = workspace / "feedback" / f"{SLUG}.html"
        self.said, self.pages, self.maps = [], [], [course_map(workspace)]

    def mark(self):
        self.said.append(mark(self.workspace))
        self.pages.append(self.page.read_text(encoding="utf-8"))
        self.maps.append(course_map(self.workspace))


@pytest.fixture(scope="module")
def story(tmp_path_factory):
    """A learner clicks two answers and has them marked, writes a third, and has it marked again."""
    workspace = tmp_path_factory.mktemp("mine") / "leadgym"
    lay(workspace)
    made = Story(workspace)
    given = answers("careful_guess")
    for name, text in clicked(PATHS["rushed"], given["judgement"]).items():
        (workspace / "exercises" / SLUG / name).write_text(text, encoding="utf-8")
    made.maps.append(course_map(workspace))
    made.mark()
    change(workspace, plan=f"plan = {given['plan']!r}")
    made.mark()
    return made


def test_the_marks_are_said_by_title_with_a_link_to_the_page(story):
    first = story.said[0]
    assert first.exit_code == 0
    assert first.stderr == ""
    assert first.stdout.splitlines() == [
        f"  {TITLES['path']}: 5.67 of 10",
        f"  {TITLES['judgement']}: 0 of 20",
        f"  {TITLES['plan']}: 0 of 20",
        f"  {TITLES['estimate']}: 0 of 10",
        f"  {TITLES['policy']}: 0 of 20",
        f"  {TITLES['brief']}: 0 of 20",
        f"{SLUG}: 5.67 of 100 points.",
        f"Feedback: {story.page.as_uri()}",
        "The course map shows it too: open course_map.ipynb and run it again.",
    ]


def test_after_a_change_the_second_marking_counts(story):
    assert f"{TITLES['plan']}: 17.34 of 20" in story.said[1].stdout
    assert "5.67 of 100 points" in story.pages[0]
    assert "23.01 of 100 points" in story.pages[1]
    assert marks(marking_root(story.workspace)) == {SLUG: (pytest.approx(23.01), 100.0)}


def test_the_page_is_whole_in_itself(story):
    """Nothing is loaded from anywhere; links a person may follow are anchors in the page."""

    class Addresses(HTMLParser):
        loaded, links = [], []

        def handle_starttag(self, tag, attrs):
            for name, value in attrs:
                if name in ("src", "srcset", "poster", "data", "action", "background"):
                    self.loaded.append(value)
                if name == "href":
                    (self.links if tag == "a" else self.loaded).append(value)

    page = Addresses()
    page.feed(story.pages[1])
    assert page.loaded == []
    assert page.links
    assert all(link.startswith("#") for link in page.links)
    assert not re.search(r"@import|url\(\s*['\"]?(https?:)?//", story.pages[1])


def test_the_course_map_follows(story):
    begun, played, first, second = (next(row for row in made.rows if row.slug == SLUG) for made in story.maps)
    assert (begun.played, begun.mark) == ("not begun", None)
    assert begun.next_step == "Open the lesson and play"
    assert played.finished
    assert played.mark is None
    assert played.next_step == "Do the exercise, save it, then run in a terminal: leadgym mark 02"
    assert first.mark == (pytest.approx(5.67), 100)
    assert second.mark == (pytest.approx(23.01), 100)
    assert second.next_step == "Read the feedback; change what you would change, and have it marked again"
    shown = story.maps[-1]._repr_html_()
    assert f"<a href='feedback/{SLUG}.html'" in shown
    assert "23.01 of 100 points" in shown
    assert "Read the feedback</a>" not in story.maps[1]._repr_html_()


def test_a_second_workspace_sees_nothing_of_the_first(story, tmp_path):
    lay(tmp_path / "other")
    assert marks(marking_root(tmp_path / "other")) == {}
    assert course_map(tmp_path / "other").rows[0].mark is None
    assert not (tmp_path / "other" / "feedback").exists()


def test_marking_leaves_the_learner_s_files_as_they_were(story):
    folder = story.workspace / "exercises" / SLUG
    names = {path.name for path in folder.iterdir()}
    assert names == {NOTEBOOK, "rubric.yaml", "data", "ledger_ticket.choices.json", "delegation_a.answers.json"}
    given = answers("careful_guess")
    for name, text in clicked(PATHS["rushed"], given["judgement"]).items():
        assert (folder / name).read_text(encoding="utf-8") == text


def test_a_notebook_cut_in_half_says_what_to_do_and_keeps_the_mark(story, tmp_path):
    workspace = tmp_path / "leadgym"
    shutil.copytree(story.workspace, workspace)
    notebook = workspace / "exercises" / SLUG / NOTEBOOK
    notebook.write_bytes(notebook.read_bytes()[:9000])
    ran = mark(workspace)
    assert ran.exit_code == 1
    assert re.match(rf"Error: {notebook}:\d+: the JSON breaks off here .* restore it from", ran.stderr)
    assert marks(marking_root(workspace)) == {SLUG: (pytest.approx(23.01), 100.0)}


def test_a_missing_notebook_says_what_to_do(tmp_path):
    lay(tmp_path / "leadgym")
    notebook = tmp_path / "leadgym" / "exercises" / SLUG / NOTEBOOK
    notebook.unlink()
    ran = mark(tmp_path / "leadgym")
    assert ran.exit_code == 1
    assert ran.stderr == (
        f"Error: {notebook} is not there. Run 'leadgym lab' once: it lays what is missing and overwrites nothing.\n"
    )


def test_no_workspace_says_how_to_get_one(tmp_path):
    ran = mark(tmp_path / "nowhere")
    assert ran.exit_code == 1
    assert f"Run 'leadgym lab --workspace {tmp_path / 'nowhere'}' once, or give the right --workspace." in ran.stderr


def test_a_workspace_that_cannot_be_written_is_a_sentence(tmp_path):
    lay(tmp_path / "leadgym")
    (tmp_path / "leadgym" / ".leadgym" / "marking").write_text("", encoding="utf-8")
    ran = mark(tmp_path / "leadgym")
    assert ran.exit_code == 1
    assert "marking cannot be read or written (File exists). Give yourself the right to" in ran.stderr


def test_a_feedback_folder_that_is_a_file_is_a_sentence_and_the_mark_stands(story, tmp_path):
    workspace = tmp_path / "leadgym"
    shutil.copytree(story.workspace, workspace)
    shutil.rmtree(workspace / "feedback")
    (workspace / "feedback").write_text("", encoding="utf-8")
    ran = mark(workspace)
    assert ran.exit_code == 1
    assert ran.stderr.startswith(f"Error: {workspace / 'feedback'} cannot be read or written (File exists).")
    assert marks(marking_root(workspace)) == {SLUG: (pytest.approx(23.01), 100.0)}


def test_from_inside_the_workspace_no_name_is_needed(tmp_path, monkeypatch):
    lay(tmp_path / "leadgym")
    (tmp_path / "leadgym" / "exercises" / SLUG / NOTEBOOK).unlink()
    monkeypatch.chdir(tmp_path / "leadgym" / "course" / SLUG)
    ran = CliRunner().invoke(main, ["mark", "02"])
    assert str(tmp_path / "leadgym" / "exercises" / SLUG / NOTEBOOK) in ran.stderr
