"""The kind ``prose``: a message, a brief, a comment, marked by the rules of its exercise folder.

In ``rubric.yaml``:

```yaml
brief:
  kind: prose
  title: The brief to Priya
  asks: Write the message with which the ticket becomes hers.
  points: 20                  # shared out by the criteria's weights
  exercise: data/brief        # the folder with task.md, case.yaml and criteria.yaml
  second_opinion: true        # usual: false. Where leadgym[semantic] is installed, more goes to a person (semantic.py)
```

Everything a text is marked on is public, so instant feedback and mark are the same. What the rules are not sure of is
said so, in the criterion and in the mark's ``needs_person``. With ``second_opinion`` the points stay the rules' on
every machine, and only ``needs_person`` may hold more where the extra is installed. The answer is the text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

from leadgym.marking.files import beside
from leadgym.marking.model import Answer, Context, Criterion, CriterionMark, Mark
from leadgym.marking.prose.engine import Level, Result, mark_text
from leadgym.marking.prose.exercise import Exercise, load_exercise
from leadgym.marking.prose.semantic import routed
from leadgym.scenario.model import Text
from leadgym.yamlfile import FileProblems, Location

ABOUT = (
    "Rules read this, and they read only what can be pointed at: facts, asks, limits, words of blame or threat. Style "
    "and language are not marked. Fluent nonsense with the right figures can fool them; the person you write to is "
    "harder to fool."
)


class ProseAnswer(Answer):
    """The public part of a prose answer; its criteria stand in the exercise's own folder."""

    kind: Literal["prose"]
    exercise: Text
    second_opinion: bool = False
    criteria: Sequence[Criterion] = ()

    def common_problems(self) -> Iterator[tuple[Location, str]]:
        """Criteria in the wrong place."""
        if self.criteria:
            yield ("criteria",), f"belong into {self.exercise}/criteria.yaml; take them out here."

    def problems(self, folder: Path) -> Iterator[tuple[Location, str]]:
        """A folder that leads elsewhere."""
        try:
            beside(folder, self.exercise)
        except FileProblems as error:
            yield ("exercise",), error.problems[0].partition(": ")[2]

    def file_problems(self, folder: Path) -> list[str]:
        """What is wrong in the exercise's own files."""
        try:
            load_exercise(beside(folder, self.exercise))
        except FileProblems as error:
            return error.problems
        return []

    def mark(self, answer: Any, context: Context) -> tuple[list[CriterionMark], str]:
        """The criteria's marks before caps, and the note."""
        made = self.whole(answer, context)
        return list(made.criteria), made.note

    def coach(self, answer: Any, context: Context) -> Mark:
        """The mark itself: all the rules are public."""
        return self.whole(answer, context)

    def whole(self, answer: Any, context: Context) -> Mark:
        """The mark of the text. Raises FileProblems for a broken exercise, nothing for a text."""
        exercise = load_exercise(beside(context.folder, self.exercise))
        if not isinstance(answer, str):
            found = f"The answer has to be your text in quotes; what came is a {type(answer).__name__}."
            return Mark(context.name, self.title, self.kind, 0.0, self.points, (), found)
        result, said = mark_text(exercise, answer), ""
        if self.second_opinion:
            result, said = routed(exercise, result)
        return as_mark(result, exercise, context.name, self.title, self.points, said)


def as_mark(result: Result, exercise: Exercise, name: str, title: str, out_of: float, said: str = "") -> Mark:
    """A result as the house's mark: points by weight, each criterion with its quotes, and why a person decides.

    ``said``: a sentence on the second opinion, for the end of the note.
    """
    if result.refused:
        return Mark(name, title, "prose", 0.0, out_of, (), result.refused, text=result.text, needs_person=result.unsure)
    doubted = bool(result.flags) and bool(result.unsure)
    criteria = tuple(_criterion(level, result, out_of, doubted) for level in result.levels)
    points = round(result.score * out_of / 100, 2)
    return Mark(
        name,
        title,
        "prose",
        points,
        out_of,
        criteria,
        _note(result, said),
        text=result.text,
        needs_person=result.unsure,
    )


def _note(result: Result, said: str) -> str:
    lines = [result.unsure] if result.unsure else []
    if result.caps and result.score < result.raw:
        cap = min((cap for cap, _ in result.caps), key=lambda c: c.at_most)
        lines.append(
            f"The criteria come to {result.raw:.0f} of 100. There is a ceiling of {cap.at_most}: {cap.when}. "
            f"{cap.next_step}"
        )
    lines += [f"- {flag.sentence}" for flag in result.flags]
    return "\n".join([*lines, ABOUT, *([said] if said else [])])


def _criterion(level: Level, result: Result, out_of: float, doubted: bool) -> CriterionMark:
    about = level.criterion
    worth = about.weight * out_of / 100
    sure = level.sure and not doubted and not (result.unsure and level.level == 1)
    lines = [about.levels.said(level.level)]
    quotes = [" ".join(result.text[start:end].split()) for start, end in level.spans]
    lines += [f"- You wrote: “{quote}”" for quote in quotes]
    if level.level < 2:
        lines.append(f"All of it would be: {about.levels.full}")
    if not sure:
        lines.insert(0, "Not sure. Judge yourself against these two:")
        lines.insert(1, f"- This would do: “{about.example_good}”")
        lines.insert(2, f"- This would not: “{about.example_weak}”")
        lines.insert(3, "What the rules propose:")
    return CriterionMark(
        about.id,
        about.title,
        round(worth * level.level / 2, 2),
        round(worth, 2),
        about.explanation,
        "\n".join(lines),
        about.next_step,
        level.level / 2,
        spans=level.spans,
        sure=sure,
    )
