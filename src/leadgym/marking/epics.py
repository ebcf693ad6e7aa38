"""An epic as a task graph: tasks that take days and wait for each other, people who can do some of them.

Days are whole and counted from 0. A task that begins on day 2 and takes 3 days has the days 2, 3 and 4, and what waits
for it can begin on day 5. A task has one person from beginning to end, with its skill, who does nothing else on those
days and is there on all of them. A task without a skill is done elsewhere (a bank, another team): it needs nobody here.

An epic as data:

```yaml
people:
  - {name: Priya, skills: [api, ledger], away: [[5, 9]]}       # away from day 5 to day 9, both included
tasks:
  - {task: channel, days: 8, skill: null, after: []}
  - {task: format, days: 3, skill: ledger, after: [channel]}
```

A schedule as data: ``{"format": {"day": 8, "who": "Priya"}, "channel": {"day": 0, "who": None}}``.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import Field

from leadgym.scenario.model import Id, Text
from leadgym.yamlfile import Location, Model

Day = Annotated[int, Field(ge=0, le=400)]
LAST_DAY = 2000
"""No schedule of a sensible epic is longer; a day beyond it is a mistake."""


class Task(Model):
    """A piece of work: ``skill`` None means that it is done elsewhere; ``after``: what has to be done first."""

    task: Id
    days: Annotated[int, Field(ge=1, le=60)]
    skill: Id | None
    after: list[Id] = []


class Worker(Model):
    """Somebody of the team. ``away``: first and last day of each absence."""

    name: Text
    skills: Annotated[list[Id], Field(min_length=1)]
    away: list[tuple[Day, Day]] = []

    def away_on(self, first: int, last: int) -> bool:
        """Whether they are away on any day from ``first`` to ``last``."""
        return any(begin <= last and first <= end for begin, end in self.away)


class Epic(Model):
    """People and tasks, in the order in which somebody wrote the tasks down."""

    people: Annotated[list[Worker], Field(min_length=1, max_length=12)]
    tasks: Annotated[list[Task], Field(min_length=2, max_length=60)]

    def problems(self) -> Iterator[tuple[Location, str]]:
        """What makes it impossible: names that stand twice or nowhere, circles, skills that nobody has."""
        for kind, names in (("people", [p.name for p in self.people]), ("tasks", [t.task for t in self.tasks])):
            for place, name in enumerate(names):
                if name in names[:place]:
                    yield (kind, place), f"'{name}' stands twice; rename one."
        known = {task.task for task in self.tasks}
        skills = {skill for person in self.people for skill in person.skills}
        for place, task in enumerate(self.tasks):
            for other in task.after:
                if other not in known:
                    yield ("tasks", place, "after"), f"there is no task '{other}'."
            if task.skill is not None and task.skill not in skills:
                yield ("tasks", place, "skill"), f"nobody can do '{task.skill}'."
        for place, person in enumerate(self.people):
            if any(first > last for first, last in person.away):
                yield ("people", place, "away"), "an absence ends before it begins."
        if known.issuperset(other for task in self.tasks for other in task.after) and not self.in_order():
            yield ("tasks",), "some tasks wait for each other in a circle."

    def data(self) -> dict[str, Any]:
        """As a function is given it: plain data, and nothing but people and tasks."""
        return {
            "people": [
                {"name": one.name, "skills": list(one.skills), "away": [list(span) for span in one.away]}
                for one in self.people
            ],
            "tasks": [
                {"task": one.task, "days": one.days, "skill": one.skill, "after": list(one.after)} for one in self.tasks
            ],
        }

    def in_order(self) -> list[Task]:
        """The tasks so that each stands behind those it waits for; empty where they wait in a circle."""
        left, done, found = list(self.tasks), set[str](), list[Task]()
        while ready := [task for task in left if done.issuperset(task.after)]:
            found += ready
            done |= {task.task for task in ready}
            left = [task for task in left if task.task not in done]
        return [] if left else found

    def tails(self) -> dict[str, int]:
        """For each task the days of the longest chain that begins with it, itself included."""
        tails: dict[str, int] = {}
        for task in reversed(self.in_order()):
            tails[task.task] = task.days + max((tails[t.task] for t in self.tasks if task.task in t.after), default=0)
        return tails

    @property
    def one_by_one(self) -> int:
        """The days it takes with all absences waited out and one task at a time, each done alone."""
        return sum(task.days for task in self.tasks) + max(
            (last + 1 for p in self.people for _, last in p.away), default=0
        )

    @property
    def bound(self) -> int:
        """Days that no schedule can beat: the longest chain, and for each set of skills the work over who can do it."""
        found = max(self.tails().values(), default=0)
        skills = sorted({task.skill for task in self.tasks if task.skill is not None})
        for chosen in range(1, 1 << len(skills)):
            some = {skill for place, skill in enumerate(skills) if chosen >> place & 1}
            work = sum(task.days for task in self.tasks if task.skill in some)
            able = [person for person in self.people if some & set(person.skills)]
            day = done = 0
            while done < work:
                done += sum(not person.away_on(day, day) for person in able)
                day += 1
            found = max(found, day)
        return found


def faults(epic: Epic, schedule: Any) -> list[tuple[str, str]]:
    """What is wrong with a schedule: (kind of fault, sentence with its names). Never raises, whatever it is given."""
    if not isinstance(schedule, Mapping):
        return [("shape", "A schedule is a dict with an entry for each task.")]
    found: list[tuple[str, str]] = []
    placed: dict[str, tuple[int, int, str | None]] = {}
    for task in epic.tasks:
        fault = _placed(epic, task, schedule.get(task.task), placed)
        if fault:
            found.append(fault)
    for name in schedule:
        if not any(task.task == name for task in epic.tasks):
            found.append(("unknown", f"'{str(name)[:40]}' is no task of this epic."))
    for task in epic.tasks:
        for other in task.after:
            if task.task in placed and other in placed and placed[task.task][0] <= placed[other][1]:
                begins, ends = placed[task.task][0], placed[other][1]
                said = (
                    f"'{task.task}' begins on day {begins} and waits for '{other}', which has day {ends} as its last."
                )
                found.append(("order", said))
    for person in epic.people:
        own = sorted((first, last, name) for name, (first, last, who) in placed.items() if who == person.name)
        for (_, end, one), (begin, _, other) in itertools.pairwise(own):
            if begin <= end:
                found.append(("twice", f"{person.name} has '{one}' and '{other}' on day {begin}."))
    return found


def _placed(
    epic: Epic, task: Task, entry: Any, placed: dict[str, tuple[int, int, str | None]]
) -> tuple[str, str] | None:
    """Puts the task where ``entry`` says, or says what is wrong with that."""
    if not isinstance(entry, Mapping) or "day" not in entry:
        return "missing", f'\'{task.task}\' has no day. An entry is {{"day": 0, "who": name or None}}.'
    day, who = entry["day"], entry.get("who")
    if isinstance(day, float) and day.is_integer():
        day = int(day)
    if isinstance(day, bool) or not isinstance(day, int) or not 0 <= day <= LAST_DAY:
        return "day", f"'{task.task}' begins on {str(day)[:20]!r}; a day is a whole number from 0."
    last = day + task.days - 1
    if task.skill is None:
        if who is not None:
            return "elsewhere", f"'{task.task}' is done elsewhere, so its \"who\" is None."
        placed[task.task] = (day, last, None)
        return None
    person = next((one for one in epic.people if one.name == who), None)
    if person is None:
        return "who", f"'{task.task}' is given to {str(who)[:40]!r}, who is not in the team."
    placed[task.task] = (day, last, person.name)
    if task.skill not in person.skills:
        return "skill", f"'{task.task}' asks for {task.skill}, which {person.name} does not do."
    if person.away_on(day, last):
        return "away", f"{person.name} is away on some day of '{task.task}' (days {day} to {last})."
    return None


def length(epic: Epic, schedule: Mapping[str, Any]) -> int:
    """How many days a schedule without faults takes."""
    return max(int(schedule[task.task]["day"]) + task.days for task in epic.tasks)
