"""Every module in ``course/`` keeps its promises: files, places, minutes, prose, sources, figures, a lesson that runs.

``test_promise_rules.py`` shows that each of the rules used here can fail.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

import lesson_rules as lesson
import module_rules as rooms
import nbclient
import nbformat
import pytest
from jupyter_client.manager import AsyncKernelManager
from thorough import ALL

from leadgym.course import modules, notebooks
from leadgym.widgets.store import Run, Store

ROOT = modules.content_root()
SLUGS = modules.slugs()
PLAYED = SLUGS if ALL else ["02_delegation"]
"""Whose lesson is also run with a finished story, which `make test-all` does for all."""
SECONDS = 120


def cells_of(slug: str) -> list[dict[str, Any]]:
    return notebooks.read(ROOT / "course" / slug / "lesson.ipynb")["cells"]


def run_lesson(slug: str, tmp_path: Path, *, played: bool) -> list[dict[str, Any]]:
    """The lesson's cells with outputs, from a clean kernel, in a folder of its own as in a learner's workspace."""
    folder = tmp_path / "course" / slug
    shutil.copytree(ROOT / "course" / slug, folder, ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    if played:
        story = modules.scenario(slug)
        way = story.walkthroughs[0]
        seed = story.seed if way.seed is None else way.seed
        run = Run(seed=seed, variant=way.variant, weights=way.weights, choices=tuple(way.path))
        Store(folder, story.scenario, story.version).save(run)
    notebook = nbformat.read(folder / "lesson.ipynb", as_version=4)
    # Ports race on a busy machine; a socket file does not, but its path has to be short.
    with tempfile.TemporaryDirectory(prefix="leadgym-") as sockets:
        manager = AsyncKernelManager(kernel_name="python3", transport="ipc", ip=f"{sockets}/ipc")
        nbclient.NotebookClient(
            notebook, km=manager, timeout=SECONDS, allow_errors=True, resources={"metadata": {"path": str(folder)}}
        ).execute(cleanup_kc=True)  # the manager is ours, so nbclient would leave the kernel running
    return [dict(cell) for cell in notebook.cells]


def test_there_are_modules() -> None:
    assert "02_delegation" in SLUGS


def test_rooms_hold_the_same_modules() -> None:
    assert rooms.room_problems(ROOT) == []


def test_statements_have_places() -> None:
    """``leadgym coverage`` reads every place without stumbling."""
    assert set(modules.coverage()) == set(modules.STATEMENTS)


@pytest.mark.parametrize("slug", SLUGS)
class TestModule:
    def test_files(self, slug: str) -> None:
        assert rooms.file_problems(ROOT, slug) == []

    def test_statements_are_where_it_says(self, slug: str) -> None:
        assert rooms.place_problems(ROOT, slug, modules.module(slug)) == []

    def test_pointers_back_to_the_lesson(self, slug: str) -> None:
        assert rooms.pointer_problems(ROOT, slug) == []

    def test_screens(self, slug: str) -> None:
        assert lesson.screen_problems(cells_of(slug)) == []

    def test_wording(self, slug: str) -> None:
        assert lesson.wording_problems(cells_of(slug)) == []

    def test_sources(self, slug: str) -> None:
        assert lesson.source_problems(cells_of(slug)) == []

    def test_minutes(self, slug: str) -> None:
        assert lesson.time_problems(cells_of(slug), modules.scenario(slug), modules.module(slug)) == []

    def test_facilitator(self, slug: str) -> None:
        text = (ROOT / "course" / slug / "facilitator.md").read_text(encoding="utf-8")
        assert lesson.facilitator_problems(text, modules.module(slug)) == []
        assert lesson.wording_problems([{"cell_type": "markdown", "id": "facilitator.md", "source": text}]) == []

    def test_lesson_runs_before_anything_is_played(self, slug: str, tmp_path: Path) -> None:
        cells = run_lesson(slug, tmp_path, played=False)
        assert lesson.run_problems(cells) == []
        assert lesson.figure_problems(cells) == []


@pytest.mark.parametrize("slug", PLAYED)
def test_lesson_runs_with_a_finished_story(slug: str, tmp_path: Path) -> None:
    cells = run_lesson(slug, tmp_path, played=True)
    assert lesson.run_problems(cells) == []
    assert lesson.figure_problems(cells) == []
    assert lesson.figures(cells), "no cell shows a figure once the story has been played"
