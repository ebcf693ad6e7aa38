"""The notebook on what the simulation hangs on: it runs from a clean kernel, and says what does not hold."""

from __future__ import annotations

import tempfile
from typing import Any

import lesson_rules as rules
import nbclient
import nbformat
import pytest
from jupyter_client.manager import AsyncKernelManager

from leadgym.course import modules, notebooks
from leadgym.sim.facts import Fact
from leadgym.sim.sensitivity import QUESTIONS, Effect
from leadgym.widgets import sensitivity
from leadgym.widgets.figures import LessonFigure

PATH = modules.content_root() / "course" / "02_delegation" / "model.ipynb"
FEW = {"TRAJECTORIES, SEEDS = 4, 3": "TRAJECTORIES, SEEDS = 2, 2", "CLAIMS = FACTS": "CLAIMS = FACTS[1:2]"}
"""What is made smaller here, so that the run takes seconds."""


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    notebook = nbformat.read(PATH, as_version=4)
    [cell] = [cell for cell in notebook.cells if cell["id"] == "how-much"]
    for much, few in FEW.items():
        assert much in cell.source
        cell.source = cell.source.replace(much, few)
    folder = tmp_path_factory.mktemp("model")
    with tempfile.TemporaryDirectory(prefix="leadgym-") as sockets:
        manager = AsyncKernelManager(kernel_name="python3", transport="ipc", ip=f"{sockets}/ipc")
        nbclient.NotebookClient(
            notebook, km=manager, timeout=300, allow_errors=True, resources={"metadata": {"path": str(folder)}}
        ).execute(cleanup_kc=True)
    return [dict(cell) for cell in notebook.cells]


def test_it_runs_and_its_figures_speak(ran: list[dict[str, Any]]) -> None:
    assert rules.run_problems(ran) == []
    assert rules.figure_problems(ran) == []
    assert len(rules.figures(ran)) == len(QUESTIONS)


def test_every_question_of_the_analysis_has_its_figure() -> None:
    text = PATH.read_text(encoding="utf-8")
    for question in QUESTIONS:
        assert f'what_moves(moved, \\"{question}\\")' in text


def test_its_prose_keeps_the_rules() -> None:
    cells = notebooks.read(PATH)["cells"]
    assert rules.wording_problems(cells) == []
    assert rules.source_problems(cells) == []
    for cell in cells:
        assert rules.words(rules.source(cell)) <= rules.CELL_WORDS or cell["cell_type"] == "code", cell["id"]


def test_without_salib_it_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(trajectories: int, seeds: int) -> None:
        raise ImportError("SALib")

    monkeypatch.setattr(sensitivity, "morris", missing)
    found = sensitivity.what_moves(sensitivity.effects(1, 1), next(iter(QUESTIONS)))
    assert "pip install 'leadgym[sensitivity]'" in repr(found)


def test_a_title_claims_a_first_place_only_where_the_intervals_allow_it() -> None:
    question = "its lead over a strict hero"
    clear = [Effect("hard_share", 100, 10, 10), Effect("learning", 20, 5, 5), Effect("shield", 1, 1, 3)]
    told = sensitivity.what_moves({question: clear}, question)
    assert isinstance(told, LessonFigure)
    assert told.title == "What moves 60/40's lead over a strict hero most is hard_share: 100 planned hours"
    assert "shield (share of the others' interruptions that such a lead keeps away from them): 1" in told.alt
    assert "not told from nothing" in told.alt
    near = [Effect("hard_share", 100, 10, 40), *clear[1:], Effect("speed_gap", 90, 10, 40)]
    title = sensitivity.what_moves({question: sorted(near, key=lambda one: -one.effect)}, question).title
    assert title.endswith("and 1 other number cannot be told from it")


def test_what_does_not_hold_is_named_in_the_title() -> None:
    table = sensitivity.FactsTable((Fact("1", "Pairing ships more", 0.95, ""), Fact("2", "It is free", 0.4, "-3")))
    assert table.title.startswith("1 of 2 sentences hold in 80% of the draws or more.")
    assert "“It is free” (40%)" in table.title
    assert "NOT SAFELY: It is free" in repr(table)
    assert "<b>not safely</b>" in table._repr_html_()
