"""The command line: help with an example, sentences, exit codes that mean something, nothing of yours changed."""

import json
import os
import subprocess
import sys

import click
import pytest
from click.testing import CliRunner
from submissions import LEADGYM, ROOT, SLUG, code, markdown

from leadgym import __version__
from leadgym.cli import main
from leadgym.course import modules


def run(*arguments, **more):
    ran = CliRunner().invoke(main, [str(argument) for argument in arguments], **more)
    assert "Traceback" not in ran.output
    return ran


def commands(group=main, before=()):
    for name, command in group.commands.items():
        yield (*before, name)
        if isinstance(command, click.Group):
            yield from commands(command, (*before, name))


COMMANDS = list(commands())


def test_the_commands_are_those_others_will_call():
    assert set(COMMANDS) == {
        ("lab",), ("mark",), ("grade",), ("release",), ("fmt",), ("coverage",), ("race",), ("portfolio",), ("quiz",),
        ("scenario",), ("room",), ("handout",), ("slides",), ("lite",),
        *(("scenario", name) for name in ("new", "check", "draw", "play", "model")),
        ("panel",), ("panel", "form"), ("panel", "read"), ("report",),
        ("rubric",), *(("rubric", name) for name in ("new", "check", "try", "evaluate")),
        ("cohort",), *(("cohort", name) for name in ("new", "status", "returned", "forget")),
        *(("cohort", name) for name in ("export", "moderate", "remark")),
        *((tool,) for tool in ("audit", "bus-factor", "ci", "flow", "forecast", "reviews", "risk")),
    }  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("option", ["--help", "-h"])
def test_help_shows_an_example_that_begins_like_the_command(command, option):
    ran = run(*command, option)
    assert ran.exit_code == 0
    assert f"Example:  leadgym {' '.join(command)}" in ran.output


def test_help_itself_says_how_to_begin():
    ran = run("--help")
    assert "Start here:      leadgym lab" in ran.output
    assert "_LEADGYM_COMPLETE=bash_source leadgym" in ran.output
    assert run("--version").output == f"leadgym, version {__version__}\n"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_within_reach(shell):
    """A completion script of click's: plain text that a screen reader's shell completes with."""
    ran = subprocess.run(
        [LEADGYM],
        env={**os.environ, "_LEADGYM_COMPLETE": f"{shell}_source"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert "leadgym" in ran.stdout
    assert "complet" in ran.stdout


def test_completion_names_the_commands():
    ran = subprocess.run(
        [LEADGYM],
        env={**os.environ, "_LEADGYM_COMPLETE": "bash_complete", "COMP_WORDS": "leadgym scenario ", "COMP_CWORD": "2"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert ran.stdout.split() == ["plain,check", "plain,draw", "plain,model", "plain,new", "plain,play"]


@pytest.mark.parametrize("name", ["2", "02", "02_delegation"])
def test_a_module_is_found_by_its_number(name):
    assert modules.find_slug(name) == "02_delegation"


@pytest.mark.parametrize("command", ["mark", "grade", "release"])
def test_an_unknown_module_is_said_with_those_there_are(command):
    ran = run(command, "99_nothing")
    assert ran.exit_code == 2
    assert f"There is no module '99_nothing'. There are: {', '.join(modules.slugs())}." in ran.stderr


def test_a_command_typed_wrongly_exits_with_2():
    assert run("marks").exit_code == 2
    assert run("mark").exit_code == 2
    assert run("coverage", "--all").exit_code == 2


def test_every_statement_is_taught_and_practised_and_coverage_lists_where():
    ran = run("coverage")
    lines = ran.stdout.splitlines()
    assert len(lines) == 80
    assert [line.split()[0] for line in lines[::2]] == [f"S{number}" for number in range(1, 41)]
    assert [line for line in lines if not any(f"{slug}/" in line for slug in modules.slugs())] == []
    assert ran.exit_code == 0


def test_coverage_exits_with_1_while_any_statement_is_missing(monkeypatch):
    there = [slug for slug in modules.slugs() if slug != "08_developer_experience"]  # S10 and S34 are its alone
    monkeypatch.setattr(modules, "slugs", lambda: there)
    ran = run("coverage")
    assert [line.split()[0] for line in ran.stdout.splitlines() if line.endswith("nowhere yet")] == [
        "S10",
        "S10",
        "S34",
        "S34",
    ]
    assert ran.exit_code == 1
    assert ran.stderr == "Error: 4 of 80 are missing.\n"


def test_no_course_is_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr(modules, "__file__", str(tmp_path / "a" / "b" / "c" / "modules.py"))
    for command in (("coverage",), ("mark", "02"), ("scenario", "check", "02")):
        ran = run(*command)
        assert ran.exit_code == 1
        assert "Install leadgym again" in ran.stderr


def test_what_is_not_installed_is_named_with_the_mend(monkeypatch):
    monkeypatch.setitem(sys.modules, "nbgrader", None)
    monkeypatch.delitem(sys.modules, "leadgym.cohort.road", raising=False)
    monkeypatch.delitem(sys.modules, "nbgrader.api", raising=False)
    ran = run("grade", "02")
    assert ran.exit_code == 1
    assert "which is not installed. Run: pip install 'leadgym[lab]'" in ran.stderr


def test_a_file_that_cannot_be_written_is_named(tmp_path):
    path = tmp_path / "nowhere" / "story.yaml"
    ran = run("scenario", "new", path)
    assert ran.exit_code == 1
    assert ran.stderr == f"Error: {path} cannot be written (No such file or directory). Choose another folder.\n"


def test_what_nobody_foresaw_is_a_sentence_with_the_details_in_a_file(tmp_path, monkeypatch):
    monkeypatch.setattr("leadgym.cli.coverage", lambda: {}[1])
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    ran = run("coverage")
    assert ran.exit_code == 1
    assert ran.stderr.startswith("Error: leadgym stopped on something it does not know: KeyError: 1.")
    assert "Traceback" in (tmp_path / "leadgym-problem.log").read_text(encoding="utf-8")


def test_a_reader_that_has_seen_enough_is_no_problem():
    """As in: leadgym scenario draw 02 | head -1."""
    ran = subprocess.run(
        ["bash", "-c", f"'{LEADGYM}' scenario draw 02 | head -1"], capture_output=True, text=True, timeout=60
    )
    assert ran.stdout == "flowchart TD\n"
    assert "Error" not in ran.stderr


# fmt


@pytest.fixture
def messy(tmp_path):
    """A notebook as an editor leaves it."""
    ran = {**code("print(5)", scrolled=True), "id": "count-them", "execution_count": 3}
    path = tmp_path / "lesson.ipynb"
    notebook = {"cells": [ran], "metadata": {"vscode": 1}, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(notebook), encoding="utf-8")
    return path


def test_fmt_check_finds_what_fmt_mends(messy):
    before = messy.read_bytes()
    checked = run("fmt", "--check", messy)
    assert checked.exit_code == 1
    assert checked.stdout == f"{messy}: not in normal form\n"
    assert checked.stderr == "Error: 1 of 1 notebooks to mend. Run: leadgym fmt\n"
    assert messy.read_bytes() == before, "a check changes nothing"
    mended = run("fmt", messy)
    assert mended.exit_code == 0
    assert mended.stdout == f"{messy}: brought into normal form\n1 notebooks in normal form.\n"
    assert run("fmt", "--check", messy.parent).exit_code == 0


def test_fmt_takes_the_course_s_own_when_none_is_named():
    ran = run("fmt", "--check")
    assert ran.exit_code == 0
    count = len([*ROOT.glob("course/**/*.ipynb"), *ROOT.glob("solutions/**/*.ipynb")])
    assert ran.stdout == f"{count} notebooks in normal form.\n"


def test_fmt_names_a_notebook_that_is_none_and_leaves_it(tmp_path):
    path = tmp_path / "lesson.ipynb"
    path.write_text('{"cells": [', encoding="utf-8")
    ran = run("fmt", path)
    assert ran.exit_code == 1
    assert f"Error: {path}:1: the JSON breaks off here" in ran.stderr
    assert path.read_text(encoding="utf-8") == '{"cells": ['


def test_fmt_names_a_cell_without_a_name(tmp_path):
    path = tmp_path / "lesson.ipynb"
    cell = {**markdown("x"), "id": "3f2a9c1b"}
    path.write_text(json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}), encoding="utf-8")
    ran = run("fmt", path)
    assert ran.exit_code == 1
    assert f"{path}: cell 1: its id '3f2a9c1b' says nothing." in ran.stderr


# scenario


@pytest.fixture
def story(tmp_path):
    path = tmp_path / "friday.yaml"
    assert run("scenario", "new", path, "--title", "The Friday release").exit_code == 0
    return path


def test_a_new_scenario_is_sound_and_carries_its_title(story):
    assert "The Friday release" in story.read_text(encoding="utf-8")
    ran = run("scenario", "check", story)
    assert ran.exit_code == 0
    assert ran.stdout.endswith(f"0 errors, 0 warnings in {story.name}.\n")


def test_a_scenario_that_exists_is_left_as_it_is(story):
    before = story.read_bytes()
    ran = run("scenario", "new", story)
    assert ran.exit_code == 1
    assert ran.stderr == f"Error: {story} exists and is left as it is. Choose another name.\n"
    assert story.read_bytes() == before


@pytest.mark.parametrize("name", ["9 lives.yaml", "Überstunden.yaml", "---.yaml"])
def test_any_file_name_makes_a_scenario_that_works(tmp_path, name):
    run("scenario", "new", tmp_path / name)
    assert run("scenario", "check", tmp_path / name).exit_code == 0


def test_check_names_file_line_and_mend_and_exits_with_1():
    ran = run("scenario", "check", ROOT / "tests" / "fixtures" / "scenarios" / "dead_end.yaml")
    assert ran.exit_code == 1
    assert "dead_end.yaml:" in ran.stdout
    assert "1 errors" in ran.stdout


@pytest.mark.parametrize("command", ["check", "draw", "play"])
def test_a_scenario_that_cannot_be_read_is_named_with_its_line(tmp_path, command):
    path = tmp_path / "story.yaml"
    path.write_text("scenario: story\nscenes: [\n", encoding="utf-8")
    ran = run("scenario", command, path)
    assert ran.exit_code == 1
    assert f"{path}:" in ran.output


@pytest.mark.parametrize("command", ["check", "draw", "play"])
def test_a_scenario_that_is_not_there_is_named(tmp_path, command):
    ran = run("scenario", command, tmp_path / "no.yaml")
    assert ran.exit_code == 1
    assert "no.yaml:1: cannot be read (No such file or directory). Check the path." in ran.output
    typed = run("scenario", command, "no_such_module")
    assert typed.exit_code == 2
    assert "Or give a path to a scenario.yaml." in typed.stderr


def test_the_course_s_own_scenario_goes_by_its_number():
    assert run("scenario", "check", "02").exit_code == 0
    assert run("scenario", "check", ROOT / "course" / SLUG).output == run("scenario", "check", SLUG).output


def test_draw_prints_mermaid_with_every_scene(story):
    ran = run("scenario", "draw", story)
    assert ran.exit_code == 0
    assert ran.stdout.startswith("flowchart TD")
    assert "-->" in ran.stdout


def test_play_goes_from_beginning_to_end_by_typing(story):
    """Whatever is asked, the first answer is taken; an ending comes."""
    ran = run("scenario", "play", story, "--seed", "3", input="1\n" * 60)
    assert ran.exit_code == 0
    assert "The Friday release" in ran.stdout


def test_play_that_is_broken_off_ends_quietly(story):
    ran = run("scenario", "play", story, input="")
    assert ran.exit_code == 0
    assert ran.stdout.rstrip().endswith("You stop here.")


def test_a_check_that_plays_the_story_says_how_far_it_is() -> None:
    """Anything longer than a second has a bar: the count goes through what the command line puts around it."""
    from leadgym.course.modules import scenario
    from leadgym.scenario.checker import check

    seen: list[tuple[int, str]] = []

    def counted(steps, total, what):
        seen.append((total, what))
        return steps

    check(scenario("02_delegation"), counted)
    assert seen == [(2000, "Playing it at random")]
