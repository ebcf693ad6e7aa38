"""``rubric.yaml`` (public) and the key file (private) of one exercise, with every problem at once.

```yaml
keys: 02_delegation
status: provisional          # author keys; panel, once `leadgym panel read` has written a panel's into judgement
answers:
  judgement: {items: ...}    # see judgement.py
  estimate: {questions: ...} # see estimate.py
  chances: {events: ...}     # see chances.py
  decide: {groups: ...}      # see function.py
  chance: {held_out: ...}    # see forecast.py
  policy: {seeds: ...}       # see policy.py
  quarter: {quarters: ...}   # see declared.py
  schedule: {epics: ...}     # see schedule.py
  reschedule: {weeks: ...}   # see reschedule.py
  week: {things: ...}        # see sorting.py
```
"""

from __future__ import annotations

from itertools import chain
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from leadgym.marking.chances import ChancesAnswer, ChancesKeys
from leadgym.marking.declared import DeclaredAnswer, DeclaredKeys
from leadgym.marking.estimate import EstimateAnswer, EstimateKeys
from leadgym.marking.forecast import ForecastAnswer, ForecastKeys
from leadgym.marking.function import FunctionAnswer, FunctionKeys
from leadgym.marking.judgement import JudgementAnswer
from leadgym.marking.judgement_keys import JudgementKeys
from leadgym.marking.model import AnswerKeys
from leadgym.marking.path import PathAnswer
from leadgym.marking.plan import PlanAnswer
from leadgym.marking.policy import PolicyAnswer, PolicyKeys
from leadgym.marking.prose.answer import ProseAnswer
from leadgym.marking.reschedule import RescheduleAnswer, RescheduleKeys
from leadgym.marking.schedule import ScheduleAnswer, ScheduleKeys
from leadgym.marking.sorting import SortingAnswer, SortingKeys
from leadgym.marking.written import ScenarioAnswer
from leadgym.scenario.model import Id, Text
from leadgym.yamlfile import Document, FileProblems, Location, Model, read_yaml, validate

AnyAnswer = (
    JudgementAnswer
    | PathAnswer
    | PlanAnswer
    | EstimateAnswer
    | ChancesAnswer
    | FunctionAnswer
    | ForecastAnswer
    | PolicyAnswer
    | DeclaredAnswer
    | ProseAnswer
    | ScheduleAnswer
    | RescheduleAnswer
    | SortingAnswer
    | ScenarioAnswer
)
AnyKeys = (
    JudgementKeys
    | EstimateKeys
    | ChancesKeys
    | FunctionKeys
    | ForecastKeys
    | PolicyKeys
    | DeclaredKeys
    | RescheduleKeys
    | ScheduleKeys
    | SortingKeys
)

Status = Literal["provisional", "panel"]

KINDS: dict[str, type[AnyAnswer]] = {
    "judgement": JudgementAnswer,
    "path": PathAnswer,
    "plan": PlanAnswer,
    "estimate": EstimateAnswer,
    "chances": ChancesAnswer,
    "function": FunctionAnswer,
    "forecast": ForecastAnswer,
    "policy": PolicyAnswer,
    "declared": DeclaredAnswer,
    "prose": ProseAnswer,
    "schedule": ScheduleAnswer,
    "reschedule": RescheduleAnswer,
    "sorting": SortingAnswer,
    "scenario": ScenarioAnswer,
}


class Rubric(Model):
    """``rubric.yaml``: what is asked for in an exercise and how it is marked."""

    rubric: Text
    title: Text
    answers: dict[Id, AnyAnswer]


class Keys(Model):
    """The key file of an exercise. ``status``: the authors' keys alone, or a panel has rated the judgement items."""

    keys: Text
    status: Status
    answers: dict[Id, AnyKeys]


class _RubricHead(Model):
    rubric: Text
    title: Text
    answers: Annotated[dict[Id, dict[str, Any]], Field(min_length=1)]


class _KeysHead(Model):
    keys: Text
    status: Status
    answers: dict[Id, dict[str, Any]]


class _Part(Document):
    """A part of a document that names places as the whole does."""

    def __init__(self, whole: Document, place: Location) -> None:
        data = whole.data
        for step in place:
            data = data[step]
        super().__init__(whole.name, data)
        self._whole, self._place = whole, place

    def line(self, location: Location) -> int:
        return self._whole.line((*self._place, *location))

    def problem(self, location: Location, message: str) -> str:
        return self._whole.problem((*self._place, *location), message)


def load_rubric(path: Path) -> Rubric:
    """Read ``rubric.yaml`` and the files it names beside it. Raises FileProblems with all that is wrong."""
    folder, document = path.parent, read_yaml(path)
    head = validate(document, _RubricHead)
    answers: dict[str, AnyAnswer] = {}
    problems: list[str] = []
    for name, data in head.answers.items():
        kind = data.get("kind")
        if not isinstance(kind, str) or kind not in KINDS:
            problems.append(document.problem(("answers", name, "kind"), f"has to be one of {', '.join(KINDS)}."))
            continue
        part = _Part(document, ("answers", name))
        try:
            answers[name] = validate(
                part, KINDS[kind], lambda about: chain(about.common_problems(), about.problems(folder))
            )
        except FileProblems as error:
            problems += error.problems
        else:
            problems += answers[name].file_problems(folder)
    if problems:
        raise FileProblems(list(dict.fromkeys(problems)))
    return Rubric(rubric=head.rubric, title=head.title, answers=answers)


def load_keys(path: Path, rubric: Rubric | None = None, folder: Path | None = None) -> Keys:
    """Read a key file; with ``rubric`` and its ``folder``, check that it covers them. Raises FileProblems."""
    document = read_yaml(path)
    head = validate(document, _KeysHead)
    answers: dict[str, Any] = {}
    problems: list[str] = []
    if rubric is not None:
        if head.keys != rubric.rubric:
            problems.append(document.problem(("keys",), f"is '{head.keys}', but the rubric is '{rubric.rubric}'."))
        for name, about in rubric.answers.items():
            if about.keys_class is not None and name not in head.answers:
                problems.append(document.problem(("answers",), f"the keys of '{name}' are missing; add them."))
    for name, data in head.answers.items():
        wanted = _keys_class(data, rubric, name)
        if wanted is None:
            what = "belongs to no answer that has keys; take it out or correct its name."
            problems.append(document.problem(("answers", name), what))
            continue
        try:
            answers[name] = validate(_Part(document, ("answers", name)), wanted, _against(rubric, folder, name))
        except FileProblems as error:
            problems += error.problems
    rated = any(isinstance(own, JudgementKeys) and own.panel is not None for own in answers.values())
    if not problems and rated != (head.status == "panel"):
        problems.append(document.problem(("status",), _STATUS[rated]))
    if problems:
        raise FileProblems(list(dict.fromkeys(problems)))
    return Keys(keys=head.keys, status=head.status, answers=answers)


_STATUS = {
    True: "is 'provisional', but an answer has a panel's record. Write 'panel', or take the record out.",
    False: "is 'panel', but no answer says which. Write 'provisional', or have 'leadgym panel read' write the keys.",
}


def _keys_class(data: dict[str, Any], rubric: Rubric | None, name: str) -> type[AnswerKeys] | None:
    """The rubric says of which kind the keys are; without one, their own fields do."""
    if rubric is not None:
        return rubric.answers[name].keys_class if name in rubric.answers else None
    classes = [kind.keys_class for kind in KINDS.values() if kind.keys_class is not None]
    return next((found for found in classes if set(found.model_fields) & set(data)), None)


def _against(rubric: Rubric | None, folder: Path | None, name: str) -> Any:
    if rubric is None or folder is None:
        return None
    return lambda keys: rubric.answers[name].key_problems(keys, folder)
