"""The normal form of a notebook, and what is said of a file that is none."""

import json

import pytest
from submissions import ROOT, code, markdown

from leadgym.course.notebooks import KERNELSPEC, NotANotebook, normal_form, read


def write(path, *cells, **more):
    notebook = {"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 5, **more}
    path.write_text(json.dumps(notebook), encoding="utf-8")
    return path


def named(cell, name):
    return {**cell, "id": name}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "lesson.ipynb"


def test_every_authored_notebook_is_in_normal_form():
    found = [*ROOT.glob("course/**/*.ipynb"), *ROOT.glob("solutions/**/*.ipynb")]
    assert len(found) >= 3
    for authored in found:
        assert normal_form(authored) == authored.read_text(encoding="utf-8"), authored


def test_outputs_counts_and_what_editors_leave_behind_go(path):
    output = {"output_type": "stream", "name": "stdout", "text": "5\n"}
    ran = {**named(code("print(5)  \n\n", scrolled=True, tags=["kept"]), "count-them"), "outputs": [output]}
    ran["execution_count"] = 7
    editor = {"vscode": {"interpreter": "x"}, "kernelspec": {"name": "my-env"}}
    cell = json.loads(normal_form(write(path, ran, metadata=editor)))["cells"][0]
    assert cell == {
        "cell_type": "code",
        "execution_count": None,
        "id": "count-them",
        "metadata": {"tags": ["kept"]},
        "outputs": [],
        "source": ["print(5)"],
    }
    assert json.loads(normal_form(path))["metadata"]["kernelspec"] == KERNELSPEC


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ({"slide_type": "slide"}, {"slideshow": {"slide_type": "slide"}}),
        ({"slide_type": "skip", "from_elsewhere": 1}, {"slideshow": {"slide_type": "skip"}}),
        ({"slide_type": "-"}, {}),
        ({"slide_type": ""}, {}),
        ({}, {}),
        (None, {}),
    ],
)
def test_a_slide_type_is_kept_and_what_says_nothing_goes(path, said, kept):
    cell = json.loads(normal_form(write(path, named(code("1", slideshow=said), "why"))))["cells"][0]
    assert cell["metadata"] == kept


def test_the_normal_form_of_the_normal_form_is_itself(path):
    write(path, named(code("a = 1\nb = 2"), "set-up"), named(markdown("# Größe"), "why-delegate"))
    once = normal_form(path)
    path.write_text(once, encoding="utf-8")
    assert normal_form(path) == once
    assert "Größe" in once


def test_a_graded_cell_is_called_what_nbgrader_calls_it(path):
    graded = named(code("submit()", nbgrader={"grade_id": "plan", "grade": True}), "3f2a9c1b")
    assert json.loads(normal_form(write(path, graded)))["cells"][0]["id"] == "plan"


@pytest.mark.parametrize("name", ["3f2a9c1b", "0f8fad5b-d9cb-469f-a165-70867728950e", "cell-12ab", "7", "", "Ärger"])
def test_an_id_that_says_nothing_is_named_with_its_cell(path, name):
    write(path, named(markdown("x"), "why"), named(markdown("y"), name))
    with pytest.raises(NotANotebook, match=rf"{path}: cell 2: its id '{name}' says nothing\. Name what the cell does"):
        normal_form(path)


def test_an_id_that_is_used_twice_is_named(path):
    write(path, named(markdown("x"), "why"), named(markdown("y"), "why"))
    with pytest.raises(NotANotebook, match=r"cell 2: the id .why. is used twice\. Rename one\."):
        normal_form(path)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is no notebook: it is not JSON"),
        (b"Dear all", "is no notebook: it is not JSON"),
        (b'{"cells": [\n{"cell_type": "co', r":2: the JSON breaks off here .*restore it from \.ipynb_checkpoints"),
        (b"\xff\xfe{}", "is not UTF-8 text"),
        (b"[]", "is JSON but not a version 4 notebook"),
        (b'{"nbformat": 3, "worksheets": []}', "is JSON but not a version 4 notebook"),
        (b'{"nbformat": 4, "cells": {}}', "is JSON but not a version 4 notebook"),
        (b'{"nbformat": 4, "cells": [5]}', "cell 1: is no cell"),
        (b'{"nbformat": 4, "cells": [{"metadata": []}]}', "cell 1: is no cell"),
        (b"[" * 100_000, "is nested too deep"),
    ],
)
def test_what_is_no_notebook_is_a_sentence_with_the_file(path, content, sentence):
    path.write_bytes(content)
    with pytest.raises(NotANotebook, match=sentence) as problem:
        read(path)
    assert str(problem.value).startswith(str(path))


def test_a_file_that_is_not_there_is_a_sentence(path):
    with pytest.raises(NotANotebook, match=r"cannot be read \(No such file or directory\)\. Check the path"):
        read(path)
