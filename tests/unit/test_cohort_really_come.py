"""Submissions as they really come: mended where it can be and told on the page, else a sentence, and nobody waits."""

from __future__ import annotations

import copy
import json
import os
import re
import shutil
import time
import zipfile
from pathlib import Path

import pytest
from filelock import FileLock
from nbformat.v4 import new_code_cell, new_notebook
from submissions import CELL_OF, NOTEBOOK, SLUG, WORTH, Cohort, Elements, answers, cell, code, grade, grade_id, short

from leadgym.cohort import handed as room
from leadgym.cohort.handed import handed
from leadgym.cohort.mend import MendingExporter, read_mended
from leadgym.cohort.road import Road
from leadgym.course.notebooks import NotANotebook

BASE = short(answers("rushed"))
ALL, NONE = frozenset(WORTH), frozenset()


def text(nb) -> str:
    return json.dumps(nb, ensure_ascii=False, indent=1, sort_keys=True)


def changed(change):
    nb = copy.deepcopy(BASE)
    change(nb)
    return text(nb)


def before(name: str) -> str:
    """The notebook as it is when saving stops just after the cell ``name``, in the middle of the next one."""
    whole = text(BASE)
    # Keys are sorted, so a cell's name comes a few lines before its end.
    end = whole.index("\n  },", whole.index(f'"grade_id": "{name}"'))
    return whole[: end + 120]


def _format_3(nb) -> None:
    sheet = []
    for one in nb["cells"]:
        old = {"cell_type": one["cell_type"], "metadata": one["metadata"]}
        old |= {"input": one["source"], "outputs": [], "language": "python"} if one["cell_type"] == "code" else {}
        sheet.append(old if "input" in old else old | {"source": one["source"]})
    sheet.insert(0, {"cell_type": "heading", "level": 2, "source": "Old", "metadata": {}})
    sheet.append({"cell_type": "html", "source": "<b>x</b>", "metadata": {}})
    nb.clear()
    nb.update(nbformat=3, nbformat_minor=0, metadata={"name": ""}, worksheets=[{"cells": sheet, "metadata": {}}])


def _no_ids(nb) -> None:
    nb["nbformat_minor"] = 2
    for one in nb["cells"]:
        one.pop("id")


def _reordered(nb) -> None:
    graded = [one for one in nb["cells"] if grade_id(one) in WORTH]
    nb["cells"] = [nb["cells"][0], *graded, *(one for one in nb["cells"][1:] if one not in graded)]


def _line_ends(nb) -> None:
    for one in nb["cells"]:
        one["source"] = "".join(one["source"]).replace("\n", "\r\n")


def _odd_kernel(nb) -> None:
    nb["metadata"] = {"kernelspec": {"name": "cobol", "display_name": "COBOL"}, "language_info": {"name": "cobol"}}


def _future(nb) -> None:
    nb.update(nbformat=5, nbformat_minor=9, invented=True)


def _surrogate(nb) -> None:
    nb["cells"].insert(1, code("x = '\ud800'"))


def _renamed_answer(nb) -> None:
    cell(nb, "your-plan")["metadata"]["nbgrader"]["grade_id"] = "your-plan-Copy1"


def _no_cells_between(nb) -> None:
    nb["cells"][1:1] = [5, None, "text", [], {"cell_type": ["code"], "source": {"a": 1}, "metadata": "none"}]


def conflict() -> str:
    whole = text(BASE)
    start = whole.index('"source"', whole.index('"grade_id": "your-plan"'))
    begin, end = whole.rindex("\n", 0, start) + 1, whole.index("\n  }", start) + 1
    mine, theirs = whole[begin:end], '   "source": "plan = {}"\n'
    return f"{whole[:begin]}<<<<<<< HEAD\n{mine}=======\n{theirs}>>>>>>> origin/main\n{whole[end:]}"


def outputs_of(megabytes: int) -> str:
    nb = copy.deepcopy(BASE)
    stream = {"output_type": "stream", "name": "stdout", "text": ["x" * 10**6 for _ in range(megabytes)]}
    cell(nb, "your-plan")["outputs"] = [stream]
    return text(nb)


# name: (files of the submission, answers that arrive, sentences in the box at the top of the page)
MENDED: dict[str, tuple[dict[str, str | bytes], frozenset[str], list[str]]] = {
    "as_it_is": ({NOTEBOOK: text(BASE)}, ALL, []),
    "windows_file": ({NOTEBOOK: text(BASE).replace("\n", "\r\n")}, ALL, []),
    "windows_cells": ({NOTEBOOK: changed(_line_ends)}, ALL, ["line ends of another system"]),
    "byte_order_mark": ({NOTEBOOK: b"\xef\xbb\xbf" + text(BASE).encode()}, ALL, ["UTF-8 with a byte-order mark"]),
    "utf_16": ({NOTEBOOK: text(BASE).encode("utf-16")}, ALL, ["stored as UTF-16"]),
    "utf_16_without_mark": ({NOTEBOOK: text(BASE).encode("utf-16-le")}, ALL, ["stored as UTF-16"]),
    "latin": ({NOTEBOOK: text(short(answers("rushed"), "x = 'ü'")).encode("cp1252")}, ALL, ["in a Windows encoding"]),
    "format_3": ({NOTEBOOK: changed(_format_3)}, ALL, ["was in format 3"]),
    "format_4_2": ({NOTEBOOK: changed(_no_ids)}, ALL, []),
    "future": ({NOTEBOOK: changed(_future)}, ALL, []),
    "odd_kernel": ({NOTEBOOK: changed(_odd_kernel)}, ALL, []),
    "surrogate": ({NOTEBOOK: json.dumps(json.loads(changed(_surrogate)))}, ALL, []),
    "reordered": ({NOTEBOOK: changed(_reordered)}, ALL, [f"'{name}' stood above your answer" for name in WORTH]),
    "renamed_answer": (
        {NOTEBOOK: changed(_renamed_answer)}, ALL, ["The cell 'your-plan', where an answer of yours belongs, was mis"]
    ),
    "no_cells_between": ({NOTEBOOK: changed(_no_cells_between)}, ALL, ["4 entries of the notebook could not be read"]),
    "saved_half_way": (
        {NOTEBOOK: before("plan")},
        ALL - {"estimate"},
        ["cannot be read beyond line", "whole cells were found in it", "'estimate' was missing; it was put back"],
    ),
    "zeros_at_the_end": ({NOTEBOOK: text(BASE).encode() + b"\0" * 4096}, ALL, ["ended in zero bytes"]),
    "merge_conflict": ({NOTEBOOK: conflict()}, ALL, ["merge-conflict marks of git; your own side was read"]),
    "a_comma_missing": (
        {NOTEBOOK: text(BASE).replace("  },\n  {", "  }\n  {", 1)}, ALL, ["cannot be read beyond line"]
    ),
    "downloaded_twice": ({"delegation (1).ipynb": text(BASE)}, ALL, ["'delegation (1).ipynb' has its cells"]),
    "copied_in_lab": (
        {"delegation-Copy1.ipynb": text(BASE), "notes.ipynb": text(new_notebook(cells=[new_code_cell("1")]))},
        ALL,
        ["'delegation-Copy1.ipynb' has its cells and was marked", "were not marked: 'notes.ipynb'"],
    ),
    "empty_beside_a_copy": (
        {NOTEBOOK: "", "delegation-Copy1.ipynb": text(BASE)}, ALL, ["There was no readable 'delegation.ipynb'"]
    ),
    "folder_in_a_folder": (
        {f"my work/{SLUG}/{NOTEBOOK}": text(BASE), "readme.txt": "x"}, ALL, [f"'my work/{SLUG}/{NOTEBOOK}' has its"]
    ),
    "extra_notebook": ({NOTEBOOK: text(BASE), "scratch.ipynb": "{}"}, ALL, ["were not marked: 'scratch.ipynb'"]),
    "outputs_of_50_mb": ({NOTEBOOK: outputs_of(50)}, ALL, []),
    "<b onclick=x>&Zoë": ({NOTEBOOK: text(BASE)}, ALL, []),
}  # fmt: skip

# name: (files of the submission, what the report says)
BEYOND: dict[str, tuple[dict[str, str | bytes], str]] = {
    "empty": ({NOTEBOOK: ""}, rf"{NOTEBOOK}:1: is empty\."),
    "only_zeros": ({NOTEBOOK: b"\0" * 5000}, rf"{NOTEBOOK}:1: is empty\."),
    "cut_at_once": ({NOTEBOOK: text(BASE)[:60]}, r"the JSON breaks off here .*restore it from \.ipynb_checkpoints"),
    "letter": ({NOTEBOOK: "Dear all"}, r"is no notebook: it is not JSON\. Restore it, or save it again"),
    "picture": ({NOTEBOOK: bytes(range(256)) * 20}, r"is no notebook: it is not JSON\."),
    "other_json": ({NOTEBOOK: '{"a": 1}'}, r"is JSON but not a notebook\. Save it from JupyterLab"),
    "deep": ({NOTEBOOK: "[" * 200_000}, r"the JSON breaks off here \(it is nested too deep"),
    "two_copies": (
        {"delegation (1).ipynb": text(BASE), "delegation-Copy1.ipynb": text(BASE)},
        r"no such notebook, and 2 could be it: 'delegation \(1\)\.ipynb', 'delegation-Copy1\.ipynb'\. Keep the one",
    ),
    "checkpoint": (
        {".ipynb_checkpoints/delegation-checkpoint.ipynb": text(BASE)},
        r"only the automatic copy in \.ipynb_checkpoints\. Ask checkpoint to hand it in again",
    ),
    "another_exercise": (
        {"notes.ipynb": text(new_notebook(cells=[new_code_cell("1")]))}, r"there is no such notebook\. Ask another_"
    ),
}  # fmt: skip


def lay(folder: Path, files: dict[str, str | bytes]) -> None:
    folder.mkdir(parents=True)
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass"))


def in_a_zip(folder: Path) -> None:
    folder.mkdir(parents=True)
    with zipfile.ZipFile(folder / "delegation.zip", "w") as archive:
        archive.writestr(NOTEBOOK, text(BASE))
        archive.writestr("../../../escaped.txt", "x")


def linked(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / NOTEBOOK).symlink_to(folder.parents[1] / "as_it_is" / SLUG / NOTEBOOK)


def links_beside(folder: Path) -> None:
    lay(folder, {NOTEBOOK: text(BASE)})
    (folder / "up").symlink_to("..")
    (folder / "round").symlink_to(folder)
    (folder / "gradebook.txt").symlink_to(folder.parents[2] / "gradebook.db")
    (folder / "nowhere").symlink_to("/nowhere/at/all")
    os.mkfifo(folder / "pipe")


def is_a_folder(folder: Path) -> None:
    (folder / NOTEBOOK).mkdir(parents=True)


LAID = {"in_a_zip": in_a_zip, "linked": linked, "links_beside": links_beside, "is_a_folder": is_a_folder}
SAID = {
    "in_a_zip": r"but an archive, delegation\.zip\. Unpack it here",
    "linked": r"is a link, not a file\. Ask linked to hand in the notebook",
    "is_a_folder": r"is a folder\. Take the notebook out of it",
} | {name: said for name, (_, said) in BEYOND.items()}


@pytest.fixture(scope="module")
def come(shared):
    """All of them in one cohort, marked by whichever test process comes first."""
    root, told = shared / "really_come", shared / "really_come.json"
    with FileLock(shared / "really_come.lock"):
        if not told.is_file():
            for learner, about in {**MENDED, **BEYOND}.items():
                lay(root / "submitted" / learner / SLUG, about[0])
            for learner, make in LAID.items():
                make(root / "submitted" / learner / SLUG)
            handed_in = snapshot(root / "submitted")
            ran = grade(root)
            unchanged = snapshot(root / "submitted") == handed_in
            told.write_text(json.dumps([ran.stdout, ran.stderr, ran.returncode, unchanged]), encoding="utf-8")
    stdout, stderr, returned, unchanged = json.loads(told.read_text(encoding="utf-8"))
    results = {line["learner"]: line for line in map(json.loads, stdout.splitlines())}
    assert unchanged, "what was handed in stays as it was"
    return Cohort(root, results, stdout, stderr, returned)


def snapshot(folder: Path) -> list[tuple[str, int, int]]:
    found = [(path, path.lstat()) for path in sorted(folder.rglob("*"))]
    return [(str(path), about.st_size, about.st_mtime_ns) for path, about in found if not path.is_dir()]


def box(page: str) -> str:
    found = re.search(r'<section[^>]*class="mended".*?</section>', page, flags=re.DOTALL)
    return " ".join("".join(Elements(found[0]).text).split()) if found else ""


@pytest.mark.parametrize("learner", MENDED)
def test_it_is_marked_and_the_page_says_what_was_mended(come, learner):
    _, arrives, told = MENDED[learner]
    assert come.results[learner]["status"] == "marked", come.results[learner]["problem"]
    earned = come.points("as_it_is")
    assert come.points(learner) == {name: earned[name] if name in arrives else 0 for name in WORTH}
    said = box(come.page(learner))
    assert bool(said) == bool(told), said
    for sentence in told:
        assert sentence in said


def test_the_one_as_it_is_gets_what_it_always_got(come, cohort):
    assert come.points("as_it_is") == cohort.points("rushed")


@pytest.mark.parametrize("learner", SAID)
def test_what_cannot_be_mended_is_a_sentence_with_what_to_do(come, learner):
    about = come.results[learner]
    assert about["status"] == "not marked"
    assert about["problem"].startswith(str(come.root / "submitted" / learner / SLUG / NOTEBOOK))
    assert re.search(SAID[learner], about["problem"]), about["problem"]
    assert f"Not marked: {learner}" in come.stderr


def test_nothing_ends_in_a_traceback(come):
    assert "Traceback" not in come.stdout + come.stderr
    assert set(come.results) == {*MENDED, *BEYOND, *LAID}


def test_links_lead_nowhere_and_stop_nobody(come):
    assert come.points("links_beside") == come.points("as_it_is")
    brought = {path.name for path in (come.root / "autograded" / "links_beside" / SLUG).rglob("*")}
    assert not brought & {"gradebook.txt", "up", "round", "nowhere", "pipe"}


def test_a_learner_s_name_is_text_on_every_page(come):
    assert Elements(come.page("<b onclick=x>&Zoë")).live() == []
    assert "<b onclick" not in come.page("<b onclick=x>&Zoë")


def test_marked_before_also_under_another_name(come, tmp_path):
    """A second run marks nobody anew whose notebook had to be looked for."""
    root = tmp_path / "again"
    root.mkdir()
    shutil.copy(come.root / "gradebook.db", root)
    shutil.copytree(come.root / ".leadgym", root / ".leadgym")
    for kind in ("submitted", "autograded", "feedback"):
        shutil.copytree(come.root / kind / "downloaded_twice", root / kind / "downloaded_twice")
    [line] = grade(root).stdout.splitlines()
    assert json.loads(line)["status"] == "marked before"
    later = time.time() + 5
    os.utime(root / "submitted" / "downloaded_twice" / SLUG / "delegation (1).ipynb", (later, later))
    [line] = grade(root).stdout.splitlines()
    assert json.loads(line)["status"] == "marked"


# The parts by themselves.


def test_a_file_that_is_too_large_says_what_to_clear(monkeypatch):
    monkeypatch.setattr("leadgym.cohort.mend.LARGEST", 1000)
    with pytest.raises(NotANotebook, match=r"x:1: has 0 MB; 0 are the most\. Clear its outputs"):
        read_mended(b" " * 1001, "x")


@pytest.mark.parametrize("step", [1, 7, 101])
def test_wherever_it_breaks_off_it_is_read_or_refused(step):
    """Also within a character, a string, a number, a cell's metadata."""
    whole = text(short(answers("rushed"), "x = 'ü漢😀'")).encode()
    seen = set()
    for end in range(len(whole) - 3000 // step, 0, -max(1, len(whole) * step // 1500)):
        try:
            nb, notes, _ = read_mended(whole[:end], "x")
        except NotANotebook:
            continue
        assert notes
        seen.add(len(nb.cells))
        assert [c.source for c in nb.cells] == [
            "".join(c["source"]) for c in json.loads(whole)["cells"][: len(nb.cells)]
        ], "cells from the first on, each whole"
    assert len(seen) > 3


def test_without_a_way_to_read_it_the_file_says_so(tmp_path):
    path = tmp_path / NOTEBOOK
    path.write_text("x", encoding="utf-8")
    with pytest.raises(NotANotebook, match=r"cannot be read\. Give yourself the right to read it"):
        handed(tmp_path, "somebody", {}, {NOTEBOOK: {"plan"}})


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_permissions_that_forbid_reading_are_a_sentence(tmp_path):
    lay(tmp_path / "grader" / "submitted" / "shut" / SLUG, {NOTEBOOK: text(BASE), "data/x": "1"})
    lay(tmp_path / "grader" / "submitted" / "open" / SLUG, {NOTEBOOK: text(BASE)})
    (tmp_path / "grader" / "submitted" / "shut" / SLUG / "data").chmod(0)
    lines = [json.loads(line) for line in grade(tmp_path / "grader").stdout.splitlines()]
    assert [line["status"] for line in lines] == ["marked", "not marked"]
    assert "Permission denied" in lines[1]["problem"]


def test_of_several_notebooks_the_missing_ones_are_named(tmp_path):
    made = room.handed(
        tmp_path, "x", {NOTEBOOK: (text(BASE).encode(), False)}, {NOTEBOOK: {"plan"}, "second.ipynb": {"other"}}
    )
    assert made.notebooks == (NOTEBOOK,)
    assert made.notes[NOTEBOOK] == ["The notebook 'second.ipynb' was not there, or could not be read."]


def test_nbgrader_s_own_reading_is_mended_too(tmp_path):
    """Formgrader and ``nbgrader autograde`` read through the exporter that the settings name."""
    from nbgrader.converters import Autograde
    from traitlets.config import Config

    from leadgym.cohort.config import configure
    from leadgym.cohort.restore import MENDED as NOTES
    from leadgym.cohort.restore import RestoreCells

    config = Config()
    configure(config, root=tmp_path)
    assert Autograde(config=config).exporter_class is MendingExporter
    seen = []

    class Look(RestoreCells):
        def preprocess(self, nb, resources):
            seen.append((len(nb.cells), resources[NOTES]))
            return nb, resources

    path = tmp_path / NOTEBOOK
    path.write_text(before("plan"), encoding="utf-8")
    exporter = MendingExporter()
    exporter.register_preprocessor(Look, enabled=True)
    exporter.from_filename(str(path))
    [(cells, notes)] = seen
    assert cells == 7
    assert "cannot be read beyond line" in notes[0]


def test_nbgrader_s_own_road_mends_and_follows_no_link(tmp_path):
    """The file a link points at would be shown to the learner's code, and it could be the keys."""
    folder = tmp_path / "submitted" / "cut" / SLUG
    lay(folder, {NOTEBOOK: before("plan"), "mine.txt": "mine"})
    (tmp_path / "secret.yaml").write_text("LEAK", encoding="utf-8")
    (folder / "secret.yaml").symlink_to(tmp_path / "secret.yaml")
    (folder / "data").symlink_to(tmp_path)
    (folder / "rubric.yaml").symlink_to(tmp_path / "secret.yaml")
    road = Road(tmp_path, trust=True)
    road.prepare(SLUG)
    for step in (road.api.autograde, road.api.generate_feedback):
        done = step(SLUG, "cut")
        assert done["success"], done.get("log")
    result = road.result(SLUG, "cut")
    earned = {name for name, (points, _) in result.answers.items() if points}
    assert earned >= {"path", "judgement", "plan"}
    assert "estimate" not in earned
    assert "cannot be read beyond line" in box(road.feedback(SLUG, "cut").read_text(encoding="utf-8"))
    made = tmp_path / "autograded" / "cut" / SLUG
    assert {path.name for path in made.iterdir()} >= {"mine.txt", "rubric.yaml"}
    assert not any("LEAK" in path.read_text(encoding="utf-8") for path in made.rglob("*.*") if path.is_file())


def test_what_the_marker_wrote_is_read_as_it_is(tmp_path):
    """The second reading, of the notebook that was restored: its metadata is ours and stays."""
    nb = new_notebook(metadata={"leadgym": {"notes": ["ours"]}})
    path = tmp_path / NOTEBOOK
    path.write_text(json.dumps(nb), encoding="utf-8")
    made, _ = MendingExporter().from_filename(str(path))
    assert json.loads(made)["metadata"]["leadgym"] == {"notes": ["ours"]}


def test_the_answers_are_where_the_tests_think():
    assert set(CELL_OF) == ALL
    assert {grade_id(one) for one in BASE["cells"]} >= ALL
