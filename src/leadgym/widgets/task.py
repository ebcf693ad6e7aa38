"""``show_task("brief")``: a writing task and the rubric its text is read by, before anything is written."""

from __future__ import annotations

from html import escape
from pathlib import Path

from leadgym.marking import ProseAnswer, load_rubric
from leadgym.marking.files import beside
from leadgym.marking.prose.answer import ABOUT
from leadgym.marking.prose.exercise import Exercise, load_exercise
from leadgym.marking.show import number
from leadgym.widgets.prose import block, plain
from leadgym.yamlfile import FileProblems

_CELL = "text-align:left;vertical-align:top;padding:0.3em 0.6em;border:1px solid currentColor;background:transparent"
_HEADS = ("Looked for", "Points", "Half of it", "All of it", "This would do", "This would not")


class Task:
    """A writing task with its rubric: what is looked for, what each step means, what caps the whole."""

    def __init__(self, exercise: Exercise, points: float) -> None:
        self.exercise, self.points = exercise, points

    def rows(self) -> list[tuple[str, ...]]:
        """For each criterion what the table shows, see ``_HEADS``; the first also says why."""
        return [
            (
                f"{one.title}. {one.explanation}",
                number(one.weight * self.points / 100),
                one.levels.some,
                one.levels.full,
                f"“{one.example_good}”",
                f"“{one.example_weak}”",
            )
            for one in self.exercise.criteria.criteria
        ]

    def ceilings(self) -> list[str]:
        """What caps the whole, whatever else is good, a sentence each."""
        worth = self.points / 100
        return [
            f"At most {number(cap.at_most * worth)} of {number(self.points)} points: {cap.when}."
            for cap in self.exercise.criteria.caps
        ]

    def __repr__(self) -> str:
        rubric = [f"- {' | '.join(row)}" for row in self.rows()]
        return "\n".join([plain(self.exercise.task), "", "The rubric:", *rubric, *self.ceilings(), "", ABOUT])

    def _repr_html_(self) -> str:
        head = "".join(f"<th scope='col' style='{_CELL}'>{escape(name)}</th>" for name in _HEADS)
        body = ""
        for one, (_, *cells) in zip(self.exercise.criteria.criteria, self.rows(), strict=True):
            first = f"{escape(one.title)}<br><span style='font-weight:normal'>{escape(one.explanation)}</span>"
            body += f"<tr><th scope='row' style='{_CELL};min-width:14em'>{first}</th>"
            body += "".join(f"<td style='{_CELL}'>{escape(cell)}</td>" for cell in cells) + "</tr>"
        task = block(self.exercise.task).replace("<h5>", "<h5 style='font-size:1.15em;font-weight:600;margin:0'>", 1)
        ceilings = "".join(f"<li>{escape(sentence)}</li>" for sentence in self.ceilings())
        return (
            f"<div style='max-width:75ch;line-height:1.5'>{task}</div>"
            "<details open><summary style='cursor:pointer;font-weight:600;margin:0.6em 0'>"
            "The rubric: what is looked for, with examples</summary>"
            f"<table style='border-collapse:collapse;font-size:.9em;line-height:1.4;white-space:normal'>"
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
            f"<ul style='line-height:1.5'>{ceilings}</ul></details>"
            f"<p style='max-width:75ch;line-height:1.5'>{escape(ABOUT)}</p>"
        )


def show_task(name: str, rubric: str | Path = "rubric.yaml") -> Task | None:
    """The writing task ``name`` of the exercise in this folder. A problem is a sentence."""
    path = Path(rubric)
    try:
        answers = load_rubric(path).answers
        about = answers.get(name)
        if not isinstance(about, ProseAnswer):
            written = [known for known, answer in answers.items() if isinstance(answer, ProseAnswer)]
            print(f"There is no writing task '{name}'. There is: {', '.join(written) or 'none'}.")
            return None
        return Task(load_exercise(beside(path.parent, about.exercise)), about.points)
    except FileProblems as problem:
        print(f"{problem}\nRun 'leadgym lab' again: it lays missing files and overwrites nothing of yours.")
        return None
