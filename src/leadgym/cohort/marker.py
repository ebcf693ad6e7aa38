"""The step of nbgrader's autograding that makes the mark: outside the learner's kernel, from the answer alone.

The cells have run by now. What they left in a graded cell's outputs is read as data, marked against the public rubric
and the private key, and replaced by the mark in the form in which nbgrader reads partial credit. So the gradebook,
formgrader, late penalties and manual scores work as its users know them. The kernel is still there, in its jail, so
that a function that was handed in can be asked for its decisions; then it is ended.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from nbformat.v4 import new_output
from nbgrader.api import Gradebook
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Unicode

from leadgym.cohort.rules import NOTED, Rules, rules
from leadgym.course.modules import scenario
from leadgym.marking import (
    ANSWER_TYPE,
    AnswerProblem,
    Ask,
    Keys,
    Mark,
    NoDecisions,
    Rubric,
    mark,
    mark_html,
    no_answer,
    part_name,
    read_answer,
)

MARK_TYPE = "application/vnd.leadgym.mark+json"


class MarkAnswers(NbGraderPreprocessor):  # type: ignore[misc]
    """Marks every graded cell whose id is an answer of the module's rubric; leaves plain test cells alone."""

    exercises = Unicode(help="The folder that holds <slug>/rubric.yaml and its data: the trusted copy.").tag(
        config=True
    )
    keys = Unicode(help="The folder that holds the private keys, <slug>.yaml each.").tag(config=True)

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """The notebook with its answers replaced by marks. Raises FileProblems for a broken rubric."""
        from leadgym.cohort.jail.execute import close_session

        try:
            return self._preprocess(nb, resources)
        finally:
            close_session(resources)

    def _preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        slug = resources["nbgrader"]["assignment"]
        noted = nb.metadata["leadgym"] = {**nb.metadata.get("leadgym", {}), "slug": slug}
        folder = Path(self.exercises) / slug
        if not (folder / "rubric.yaml").is_file():
            return nb, resources
        by = rules(slug, folder, Path(self.keys) / f"{slug}.yaml")
        nb.metadata["leadgym"] = {**noted, **about_rules(by)}
        for cell in nb.cells:
            about = cell.metadata.get("nbgrader", {})
            name = about.get("grade_id")
            if is_marked_here(cell, by.rubric):
                made = mark_outputs(cell.outputs, name, by.rubric, by.keys, folder, asker(resources, name))
                put_mark(cell, made)
            elif about.get("solution") and not about.get("grade"):
                # By it nbgrader sees a cell left as it was and comments "No response."; this one may have been clicked.
                about.pop("checksum", None)
        return nb, resources


class LeaveToPerson(NbGraderPreprocessor):  # type: ignore[misc]
    """After the marks are saved: what the marker was not sure of goes to nbgrader's manual grading.

    What stands is the automatic score meanwhile. Whoever opens the submission in formgrader finds the proposed mark
    and its evidence in the cell, beside the field for the score that counts.
    """

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """The notebook as it was; the gradebook has the cells that wait for a person."""
        waiting = [
            cell.metadata.nbgrader["grade_id"]
            for cell in nb.cells
            if cell.metadata.get("nbgrader", {}).get("grade") and cell.metadata.get("leadgym", {}).get("needs_person")
        ]
        if waiting:
            about = resources["nbgrader"]
            with Gradebook(about["db_url"]) as gradebook:
                for name in waiting:
                    grade = gradebook.find_grade(name, about["notebook"], about["assignment"], about["student"])
                    grade.needs_manual_grade = True
                gradebook.db.commit()
        return nb, resources


def about_rules(by: Rules) -> dict[str, Any]:
    """What a marked notebook's own metadata says of the rules it was marked by."""
    return {"title": by.rubric.title, NOTED: by.parts}


def is_marked_here(cell: Any, rubric: Rubric) -> bool:
    """Whether the marker makes the mark of ``cell``, and not nbgrader by its outputs."""
    about = cell.metadata.get("nbgrader", {})
    graded = cell.cell_type == "code" and about.get("grade") and not about.get("solution")
    return bool(graded and about.get("grade_id") in rubric.answers)


def put_mark(cell: Any, made: Mark) -> None:
    """Put ``made`` into its cell in the place of the outputs, in the form in which nbgrader reads partial credit."""
    name, worth = made.name, float(cell.metadata.nbgrader["points"])
    # An instructor may have changed what a cell is worth; the share stays.
    points = min(worth, round(made.stands * worth / made.out_of, 2)) if made.out_of else 0.0
    about = {"answer": name, "title": made.title, "points": points, "out_of": worth}
    cell.metadata["leadgym"] = {**about, "needs_person": made.needs_person} if made.needs_person else about
    handed = _as_read(cell.outputs, name)
    noted = {
        "name": name,
        "points": made.stands,
        "proposed": made.points,
        "out_of": made.out_of,
        "criteria": {c.id: {"points": c.points, "out_of": c.out_of} for c in made.criteria},
    }
    if not handed:
        noted["no_answer"] = made.note
    shown = {"text/plain": f"{points:g}", "text/html": mark_html(made), MARK_TYPE: noted, **handed}
    cell.outputs = [new_output("execute_result", shown, execution_count=cell.execution_count)]


def mark_kept(cell: Any, by: Rules) -> bool:
    """Mark anew, from the answer that is kept beside its mark, a cell that the marker has marked before.

    False, and nothing is done, where what was handed in has to be run for it.
    """
    name, outputs = cell.metadata.nbgrader["grade_id"], cell.outputs
    marks = [output["data"][MARK_TYPE] for output in outputs if MARK_TYPE in output.get("data", {})]
    if len(marks) != 1 or by.rubric.answers[name].asks_a_function:
        return False
    if "no_answer" in marks[0]:
        made = no_answer(by.rubric, name, str(marks[0]["no_answer"]))
    elif _as_read(outputs, name):
        made = mark_outputs(outputs, name, by.rubric, by.keys, by.folder)
    else:
        return False
    put_mark(cell, made)
    return True


def asker(resources: Any, name: str) -> Ask | None:
    """How what was handed in as ``name`` is asked in its jail; None where no session was left open."""
    from leadgym.cohort.jail.execute import SESSION
    from leadgym.cohort.jail.session import AskProblem

    session = resources.get(SESSION)
    if session is None:
        return None

    def ask(questions: Sequence[Any], seconds: float, part: str = "") -> Sequence[Mapping[str, Any]]:
        try:
            found: Sequence[Mapping[str, Any]] = session.ask(part_name(name, part), questions, seconds)
        except AskProblem as problem:
            raise NoDecisions(str(problem)) from problem
        return found

    return ask


def mark_outputs(
    outputs: list[Any], name: str, rubric: Rubric, keys: Keys, folder: Path, ask: Ask | None = None
) -> Mark:
    """The mark that the outputs of an answer's cell earn. No answer, no mark, with the reason."""
    try:
        answer = read_answer(outputs, name)
    except AnswerProblem as problem:
        return no_answer(rubric, name, f"{problem}{_stopped(outputs)}")
    about = rubric.answers[name]
    story = scenario(about.module) if about.kind == "path" else None
    return mark(rubric, keys, folder, name, answer, scenario=story, ask=ask)


def _as_read(outputs: list[Any], name: str) -> dict[str, Any]:
    """What was marked, beside its mark: for the quiz, and for the portfolio where the learner's copy has no outputs."""
    try:
        return {ANSWER_TYPE: {"leadgym": 1, "name": name, "answer": read_answer(outputs, name)}}
    except AnswerProblem:
        return {}


def _stopped(outputs: list[Any]) -> str:
    """What the cell said instead of an answer: the error it stopped with, or the sentence of a submit that refused."""
    said = ""
    for output in outputs:
        if output.get("output_type") == "error":
            what = f"{output.get('ename', 'an error')}: {output.get('evalue', '')}".strip().rstrip(".:")
            return f" The cell stopped with {what[:200]}. Run the notebook from the top before you hand it in."
        text = output.get("data", {}).get("text/plain") if output.get("output_type") == "display_data" else None
        said = text if isinstance(text, str) else said
    return f" The cell said: {said[:300]}" if said else ""
