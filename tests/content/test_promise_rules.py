"""The rules of ``lesson_rules.py`` and ``module_rules.py`` pass what is sound and fail what is broken on purpose."""

from __future__ import annotations

import copy
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import lesson_rules as lesson
import module_rules as rooms
import nbformat
import pytest

from leadgym.course.modules import Module
from leadgym.scenario.loader import parse_scenario
from leadgym.yamlfile import FileProblems, parse_yaml, validate

SCREENS = 6


def markdown(name: str, text: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "id": name, "metadata": {}, "source": text}


def sound_cells() -> list[dict[str, Any]]:
    """A lesson in which the rules find nothing."""
    titles = [f"Screen {n}" for n in range(1, SCREENS)] + [lesson.ON_MONDAY]
    cells = [markdown(f"screen-{n}", f"## {t}\n\nYou do it.\n\n**Do:** Run it.") for n, t in enumerate(titles, start=1)]
    cells[1]["source"] += "\n\nPairs took longer (Ada and Bell 2001).\n\n*Source: Ada and Bell 2001, Of pairs and time*"
    return cells


def with_text(at: int, change: Callable[[str], str]) -> list[dict[str, Any]]:
    cells = sound_cells()
    cells[at]["source"] = change(cells[at]["source"])
    return cells


def test_sound_lesson_passes() -> None:
    cells = sound_cells()
    assert [*lesson.screen_problems(cells), *lesson.wording_problems(cells), *lesson.source_problems(cells)] == []


LONG = "word " * (lesson.CELL_WORDS + 1)


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (sound_cells()[1:], "5 screens"),
        ([*sound_cells(), *[markdown(f"more-{n}", "## More\n\n**Do:** Go.") for n in range(5)]], "11 screens"),
        ([*sound_cells()[:-1], markdown("last", "## On Tuesday\n\n**Do:** Wait.")], "has to be 'On Monday'"),
        (with_text(2, lambda t: t.replace("**Do:** ", "")), "asks for 0 things"),
        (with_text(2, lambda t: t + " **Do:** And this."), "asks for 2 things"),
        (with_text(2, lambda t: t + LONG), "a cell holds 160"),
        ([*sound_cells(), markdown("a", "word " * 150), markdown("b", "word " * 150)], "a screen holds"),
    ],
)
def test_screen_rules_fail(cells: list[dict[str, Any]], said: str) -> None:
    assert any(said in problem for problem in lesson.screen_problems(cells))


def test_code_and_link_targets_are_not_read_as_prose() -> None:
    text = "```sh\nawk '!seen[$0]++' | simply\n```\n[a page](http://example.org/23 minutes) and `x != y!`"
    assert lesson.wording_problems([markdown("code", text)]) == []
    assert lesson.words(text) == 4


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("You can do it!", "exclamation"),
        ("Simply hand it over.", "simply"),
        ("It takes 23 minutes to come back.", "interruptions"),
        ("She is a 10x developer.", "tenfold"),
        ("Great job.", "praise"),
    ],
)
def test_wording_rules_fail(text: str, said: str) -> None:
    assert any(said in problem for problem in lesson.wording_problems([markdown("m", text)]))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("*Source: a study from Oslo*", "does not start with author and year"),
        ("*Sources: Ada 2001, Of pairs and time; the well-known handbook*", "the well-known handbook"),
        ("*Source: Ada 2001*", "does not say what to look for"),
        ("Pairs are slower (Bell et al. 1999).\n\n*Source: Ada 2001, Of pairs and time*", "cites Bell 1999"),
        ("Pairs are slower.", "no source line"),
    ],
)
def test_source_rules_fail(text: str, said: str) -> None:
    assert any(said in problem for problem in lesson.source_problems([markdown("m", text)]))


def shown(data: dict[str, str]) -> list[dict[str, Any]]:
    return [{"cell_type": "code", "id": "c", "outputs": [{"output_type": "display_data", "data": data}]}]


ALT = "Weeks late at each decision: 0 at the start, 0.7 after the first, 1.1 in week three, 0.8 at the end."
TITLE = "<figcaption>You paid early and it came back late</figcaption>"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"image/png": "aGk="}, "bare picture"),
        ({"text/html": f'<figure>{TITLE}<img src="data:,"></figure>'}, "says too little"),
        ({"text/html": f"<figure>{TITLE}<svg><title>A chart</title></svg></figure>"}, "says too little"),
        ({"text/html": f'<figure>{TITLE}<div role="img" aria-label="Chart"><svg/></div></figure>'}, "says too little"),
        ({"text/html": f'<figure><img alt="{ALT}" src="data:,"></figure>'}, "title has to say"),
    ],
)
def test_figure_rules_fail(data: dict[str, str], said: str) -> None:
    assert any(said in problem for problem in lesson.figure_problems(shown(data)))


@pytest.mark.parametrize(
    "picture",
    [
        f'<img alt="{ALT}" src="data:,">',
        f"<svg><title>Paid early</title><desc>{ALT}</desc><text>0.7</text></svg>",
        f'<div role="img" aria-label="{ALT}"><svg aria-hidden="true"><text>0.7</text></svg></div>',
    ],
)
def test_figure_with_words_passes(picture: str) -> None:
    cells = shown({"text/html": f"<figure>{TITLE}{picture}</figure>"})
    assert lesson.figure_problems(cells) == []
    assert lesson.figures(cells) == [ALT] or ALT in lesson.figures(cells)[0]


def test_run_rules_fail() -> None:
    error = {"output_type": "error", "ename": "NameError", "evalue": "name 'game' is not defined", "traceback": []}
    stderr = {"output_type": "stream", "name": "stderr", "text": "UserWarning: no font"}
    cells = [{"cell_type": "code", "id": "c", "outputs": [error, stderr]}]
    assert [problem.split(" ")[2] for problem in lesson.run_problems(cells)] == ["raised", "wrote"]


MODULE = """
module: 00_sample
title: Sample
summary: A sample.
minutes:
  self_paced: [{name: Read, minutes: 30}, {name: Exercise, minutes: 25}, {name: On Monday, minutes: 10}]
  workshop: [{name: Begin, minutes: 10}, {name: End, minutes: 20}]
  lunch_and_learn: [{name: All of it, minutes: 45}]
statements:
  S1: {taught: [lesson.ipynb#screen-1], practised: [scenario.yaml#first]}
does_not_teach: [Everything else.]
on_monday: One thing.
"""
PROMPTS = "**Ask:** a\n**Demo:** b\n**Pause:** c\n**Debrief:** d\n"
FACILITATOR = f"""# Sample
## Workshop (30 minutes)
### Begin (10 min)
{PROMPTS}
### End (20 min)
{PROMPTS}
## Lunch-and-learn (45 minutes)
### All of it (45 min)
{PROMPTS}
"""
SCENARIO = """
scenario: sample
title: Sample
module: 00_sample
premise: Two doors.
cast: {ann: {name: Ann, role: lead, about: Ann waits.}}
variables: {late: {label: Delay, start: 0, better: low}}
scenes:
  - id: first
    title: Doors
    when: Monday
    text: Two doors.
    question: Which?
    options:
      - {id: a, text: The left one., key: 3, outcome: It opens.}
      - {id: b, text: The right one., key: 3}
endings: [{id: out, title: Out, text: You are out.}]
debrief: {questions: [Why?], sentence: Out., compare: first, measure: late}
walkthroughs: [{name: left, path: [first.a], ending: out}]
"""


def module(text: str = MODULE) -> Module:
    return validate(parse_yaml(text, "module.yaml"), Module)


def test_sound_facilitator_passes() -> None:
    assert lesson.facilitator_problems(FACILITATOR, module()) == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("## Workshop (30 minutes)", "## Workshop (45 minutes)", "says 45 minutes"),
        ("### End (20 min)", "### End (25 min)", "has the parts"),
        ("### Begin (10 min)", "### Start (10 min)", "has the parts"),
        ("## Lunch-and-learn (45 minutes)", "## Lunch", "has no '## Lunch-and-learn"),
        ("**Pause:** c", "Wait.", "has no '**Pause:**'"),
    ],
)
def test_facilitator_rules_fail(old: str, new: str, said: str) -> None:
    assert any(said in problem for problem in lesson.facilitator_problems(FACILITATOR.replace(old, new), module()))


def test_minutes_are_counted_from_the_words() -> None:
    """2 + 2 words of start and person, 2 + 1 + 3 + 3 of the scene, 2 told and 3 of the ending; one decision."""
    story = parse_scenario(SCENARIO)
    assert lesson.path_words(story) == 3 + 2 + (2 + 1 + 3 + 3) + 2 + 3
    counted = lesson.minutes_needed([markdown("m", "word " * 400)], story)
    assert counted["reading"] == 2
    assert counted["playing"] == pytest.approx(19 / 200 + 20 / 60)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("name: Exercise", "name: Homework", "no segment 'Exercise'"),
        ("{name: Read, minutes: 30}, {name: Exercise, minutes: 25}", "{name: Exercise, minutes: 55}", "and needs"),
        ("minutes: 25}, {name: On Monday, minutes: 10}", "minutes: 19}, {name: On Monday, minutes: 16}", "has fifteen"),
    ],
)
def test_time_rules_fail(old: str, new: str, said: str) -> None:
    cells = [markdown("m", "word " * 1000)]
    assert lesson.time_problems(cells, parse_scenario(SCENARIO), module()) == []
    assert any(
        said in problem
        for problem in lesson.time_problems(cells, parse_scenario(SCENARIO), module(MODULE.replace(old, new)))
    )


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("{name: All of it, minutes: 45}", "{name: All of it, minutes: 50}", "adds up to 50"),
        ("{name: Exercise, minutes: 25}", "{name: Exercise, minutes: 85}", "60 to 90"),
        ("S1:", "S41:", "S41"),
    ],
)
def test_module_file_rules_fail(old: str, new: str, said: str) -> None:
    with pytest.raises(FileProblems, match=said):
        module(MODULE.replace(old, new))


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A course of one sound module in four rooms."""
    rubric = "rubric: 00_sample\nanswers: {plan: {kind: plan}}\n# Read the lesson, 'Screen 2', again.\n"
    files = {
        "course/00_sample/scenario.yaml": SCENARIO,
        "course/00_sample/module.yaml": MODULE,
        "course/00_sample/facilitator.md": FACILITATOR,
        "grader/keys/00_sample.yaml": "keys: 00_sample\n",
        **{f"{room}/00_sample/{name}": text
           for room in ("solutions", "exercises")
           for name, text in {"rubric.yaml": rubric, "data/team.yaml": "rows: {}\n"}.items()},
    }  # fmt: skip
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [nbformat.from_dict(copy.deepcopy(cell)) for cell in sound_cells()]
    for name in ("course/00_sample/lesson", "solutions/00_sample/sample", "exercises/00_sample/sample"):
        nbformat.write(notebook, tmp_path / f"{name}.ipynb")
    return tmp_path


def house_problems(root: Path, text: str = MODULE) -> list[str]:
    return [
        *rooms.room_problems(root),
        *rooms.file_problems(root, "00_sample"),
        *rooms.place_problems(root, "00_sample", module(text)),
        *rooms.pointer_problems(root, "00_sample"),
    ]


def test_sound_house_passes(house: Path) -> None:
    assert house_problems(house) == []


@pytest.mark.parametrize(
    ("gone", "said"),
    [
        ("course/00_sample/facilitator.md", "course/00_sample has no facilitator.md"),
        ("solutions/00_sample/rubric.yaml", "solutions/00_sample has no rubric.yaml"),
        ("solutions/00_sample/sample.ipynb", "has 0 notebooks"),
        ("exercises/00_sample/data/team.yaml", "exercises/00_sample lacks data/team.yaml"),
        ("grader/keys/00_sample.yaml", "grader/keys/ has no 00_sample"),
    ],
)
def test_missing_file_is_found(house: Path, gone: str, said: str) -> None:
    (house / gone).unlink()
    assert any(said in problem for problem in house_problems(house))


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("course/00_sample/notes.txt", "notes.txt belongs to no module"),
        ("solutions/00_sample/draft.py", "draft.py is neither notebook"),
        ("solutions/00_sample/second.ipynb", "has 2 notebooks"),
        ("exercises/00_sample/data/old.csv", "old.csv comes from no solution"),
        ("exercises/01_other/x.ipynb", "course/ has no 01_other"),
        ("grader/keys/01_other.yaml", "solutions/ has no 01_other"),
    ],
)
def test_stray_file_is_found(house: Path, more: str, said: str) -> None:
    (house / more).parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(house / "solutions/00_sample/sample.ipynb", house / more)
    assert any(said in problem for problem in house_problems(house))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("lesson.ipynb#screen-1", "lesson.ipynb#screen", "nothing called 'screen'"),
        ("lesson.ipynb#screen-1", "slides.ipynb#screen-1", "no file slides.ipynb"),
        ("scenario.yaml#first", "scenario.yaml#doors", "nothing called 'doors'"),
        ("scenario.yaml#first", "rubric.yaml#estimate", "nothing called 'estimate'"),
        ("{taught: [lesson.ipynb#screen-1], practised: [scenario.yaml#first]}", "{}", "neither taught nor practised"),
    ],
)
def test_place_that_is_not_there_is_found(house: Path, old: str, new: str, said: str) -> None:
    assert any(said in problem for problem in house_problems(house, MODULE.replace(old, new)))


def test_link_to_a_file_that_is_not_there_is_found(house: Path) -> None:
    path = house / "course/00_sample/lesson.ipynb"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("You do it.", "Open [it](../../exercises/00_sample/other.ipynb)."), encoding="utf-8")
    assert any("links to ../../exercises/00_sample/other.ipynb" in problem for problem in house_problems(house))


def test_pointer_at_a_screen_that_is_not_there_is_found(house: Path) -> None:
    rubric = house / "solutions/00_sample/rubric.yaml"
    rubric.write_text(rubric.read_text(encoding="utf-8").replace("Screen 2", "Screen 20"), encoding="utf-8")
    assert any("'Screen 20'" in problem for problem in house_problems(house))
