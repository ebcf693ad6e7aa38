"""A scenario that the learner has written: loaded, criticised and played by machine. What it says is never evaluated.

In the rubric (all rules are public, so there is no key):

```yaml
scenario:
  kind: scenario
  title: A story of your own
  asks: A scenario from your own work, as the text of its YAML file.
  points: 25
  criteria:
    - {id: sound, measure: errors, title: ..., points: 6, reason: ..., next_step: ...}
    - {id: clean, measure: warnings, ...}
    - {id: decisions, measure: decisions, ...}
    - {id: endings, measure: endings, ...}
    - {id: right_when, measure: right_whens, ...}
    - {id: later, measure: later, ...}
    - {id: asked, measure: asked, ...}
```

The answer: the file's text, or a list of its lines; at most 60,000 characters and within the limits of ``bounds.py``
(no anchors, aliases and tags, so nothing in it can grow). A text that does not load earns nothing, and the loader's
sentences say with their lines what is wrong.

How each measure is scored, for a story that loads:

- ``errors``: 1 - n/5 for n errors of the checker (``leadgym scenario check``); ``warnings``: 1 - n/8.
- ``decisions``: 1 where every road has four to six, a half where all have three to seven.
- ``endings``: different endings that a walkthrough says it reaches, and does, as a share of two.
- ``right_whens``: the share of options with a ``right_when`` of four words or more, a ``rationale`` of six and a
  ``dissent`` of five, none of which stands at another option as well.
- ``later``: 1 where some effect is put off to a scene or the end and tells something there, a half where one is put off
  in silence.
- ``asked``: 1 where a question teaches a fact that some condition reads, a half where a question can be put at all.

All of them are multiplied by ``own``, the smaller of two numbers between 0 and 1:

    (0.40 - copied) / 0.25        copied: the share of its runs of four words that stand in the starter of
                                  ``leadgym scenario new`` or in a story of the course; the first 15 % are free
    runs / 300                    its different runs of four words: about a page of text

so a starter or a course story with other names in it earns nothing. What no rule here sees is whether it is a story:
the machine counts and plays. Whether somebody who had that conversation would recognise it takes a person.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from leadgym.course.modules import CourseNotFound, content_root
from leadgym.marking.bounds import MOST_CHARACTERS, parse_within
from leadgym.marking.model import Answer, Context, Criterion, CriterionMark, Mark
from leadgym.scenario.checker import DECISIONS, Reported, check, report
from leadgym.scenario.expression import expression
from leadgym.scenario.loader import walk
from leadgym.scenario.model import Option, Scenario
from leadgym.scenario.places import conditions, effects, prose
from leadgym.scenario.playout import play_out
from leadgym.scenario.template import new_scenario
from leadgym.yamlfile import FileProblems, Location

Measure = Literal["errors", "warnings", "decisions", "endings", "right_whens", "later", "asked"]

NAME = "your story"
RUN = 4
FREE, ALL = 0.15, 0.40
"""The share of copied runs from which it begins to cost, and from which nothing is left."""
ENOUGH = 300
_SHOWN, _LINE = 8, 300
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_LEAST = {"right_when": 4, "rationale": 6, "dissent": 5}


class ScenarioCriterion(Criterion):
    """``measure`` says what is looked at."""

    measure: Measure


class ScenarioAnswer(Answer):
    """A scenario file of the learner's own, as text."""

    kind: Literal["scenario"]
    criteria: Annotated[list[ScenarioCriterion], Field(min_length=1)]

    def problems(self, folder: Path) -> Iterator[tuple[Location, str]]:
        """Nothing beyond the shape."""
        yield from ()

    def mark(self, answer: Any, context: Context) -> tuple[list[CriterionMark], str]:
        """Loads, criticises and plays it. Never raises for what it says."""
        text = _text(answer)
        if text is None:
            return self.nothing("There was no story to read."), _HAND_IN.format(context.name)
        try:
            story = _story(text)
        except FileProblems as error:
            found = f"The story does not load: {len(error.problems)} to mend."
            return self.nothing(found), _shown("What the loader says:", error.problems)
        except Exception as error:
            what = f"The story could not be played: it stopped with {type(error).__name__}. Simplify its formulas."
            return self.nothing("The story could not be played."), what
        marks = []
        for criterion in self.criteria:
            score, found = story.measured(criterion.measure)
            marks.append(self.earned(criterion, score * story.own, found))
        return marks, "\n".join(story.about_own())

    def coach(self, answer: Any, context: Context) -> Mark:
        """All rules are public: the mark itself."""
        return self.whole(answer, context)


_HAND_IN = 'Hand in the lines of your file: submit("{0}", story.splitlines()), with story the text of my_story.yaml.'


@dataclass(frozen=True)
class Story:
    """A story that loads, with what the checker says and what is known of it."""

    scenario: Scenario
    findings: tuple[Reported, ...]
    decisions: frozenset[int]
    reached: frozenset[str]
    copied: float
    copied_from: str
    runs: int

    @property
    def own(self) -> float:
        """The share that counts of what it would earn."""
        return max(0.0, min(1.0, (ALL - self.copied) / (ALL - FREE), self.runs / ENOUGH))

    def about_own(self) -> Iterator[str]:
        """What is said of the whole of it."""
        if self.copied > FREE:
            yield (
                f"{self.copied:.0%} of its runs of {RUN} words stand elsewhere, most of them in {self.copied_from}. "
                f"Above {FREE:.0%} that costs, from {ALL:.0%} on nothing is left: tell what happened to you."
            )
        if self.runs < ENOUGH:
            yield f"It has {self.runs} different runs of {RUN} words; {ENOUGH}, about a page, count in full."
        if self.own == 1:
            yield "The machine has counted and played. Whether anybody recognises it, ask somebody who was there."

    def measured(self, measure: Measure) -> tuple[float, str]:
        """The score for one measure, and what was found."""
        found: tuple[float, str] = getattr(self, f"_{measure}")()
        return found

    def _errors(self) -> tuple[float, str]:
        lines = [one.line for one in self.findings if one.severity == "error"]
        return 1 - len(lines) / 5, _shown(f"{_count(len(lines), 'error')}.".capitalize(), lines)

    def _warnings(self) -> tuple[float, str]:
        lines = [one.line for one in self.findings if one.severity == "warning"]
        return 1 - len(lines) / 8, _shown(f"{_count(len(lines), 'warning')}.".capitalize(), lines)

    def _decisions(self) -> tuple[float, str]:
        if not self.decisions:
            return 0.0, "No road comes to an end."
        few, many = min(self.decisions), max(self.decisions)
        found = f"A run has {few if few == many else f'{few} to {many}'} decisions; four to six fit."
        if few in DECISIONS and many in DECISIONS:
            return 1.0, found
        return (0.5 if few >= DECISIONS.start - 1 and many <= DECISIONS.stop else 0.0), found

    def _endings(self) -> tuple[float, str]:
        titles = {ending.id: ending.title for ending in self.scenario.endings}
        named = ", ".join(f"“{titles[one]}”" for one in titles if one in self.reached) or "none"
        return min(1.0, len(self.reached) / 2), f"Of {len(titles)} endings a walkthrough reaches: {named}."

    def _right_whens(self) -> tuple[float, str]:
        options = [(scene.id, option) for scene in self.scenario.scenes for option in scene.options]
        said = Counter(_plain(text) for _, option in options for text in _debrief(option).values())
        lacking = [
            f"- {scene}.{option.id}: {', '.join(missing)}"
            for scene, option in options
            if (missing := [name for name, text in _debrief(option).items() if _thin(name, text, said)])
        ]
        if not options:
            return 0.0, "There are no options."
        found = f"{len(options) - len(lacking)} of {len(options)} options have all three in words of their own."
        if lacking:
            found += " Missing, too short or said twice:"
        return 1 - len(lacking) / len(options), _shown(found, lacking)

    def _later(self) -> tuple[float, str]:
        put_off = [place.effect for place in effects(self.scenario) if place.effect.later]
        told = [effect for effect in put_off if effect.text.strip()]
        found = f"{_count(len(put_off), 'effect')} put off, {len(told)} of them told when they come.".capitalize()
        return (1.0 if told else 0.5 if put_off else 0.0), found

    def _asked(self) -> tuple[float, str]:
        questions = [q for scene in self.scenario.scenes if scene.asking for q in scene.asking.choices]
        taught = {fact for question in questions for fact in question.learns}
        calls = [call for place in conditions(self.scenario) for call in expression(place.text).calls]
        read = {words[0] for call, words in calls if call == "knows"} & taught
        counted = f"{_count(len(questions), 'question')}, {_count(len(taught), 'fact')} taught, {len(read)} read later."
        found = counted.capitalize()
        return (1.0 if read else 0.5 if questions else 0.0), found


@lru_cache(maxsize=8)
def _story(text: str) -> Story:
    """Raises FileProblems for what does not load, and anything at all for what cannot be played."""
    document, scenario = parse_within(text, NAME)
    seen = play_out(scenario)
    reached = set()
    for given in scenario.walkthroughs:
        try:
            end = walk(scenario, given).ending
        except ValueError:
            continue
        reached |= {end} if end is not None and end == given.ending else set()
    runs = frozenset(run for place in prose(scenario) for run in _runs(place.text))
    from_, share = "", 0.0
    known = _known()
    if runs:
        both = {name: len(runs & theirs) / len(runs) for name, theirs in known.items()}
        from_ = max(both, key=lambda name: both[name])
        share = len(runs & frozenset().union(*known.values())) / len(runs)
    findings = tuple(report(check(scenario, seen=seen), document))
    return Story(scenario, findings, frozenset(seen.decisions), frozenset(reached), share, from_, len(runs))


@lru_cache(maxsize=1)
def _known() -> dict[str, frozenset[tuple[str, ...]]]:
    """Where one could copy from, as runs of words: the starter, and each story of the course."""
    found = {"the starter": frozenset(_runs(new_scenario("story", "A title")))}
    try:
        files = sorted((content_root() / "course").glob("*/scenario.yaml"))
    except CourseNotFound:
        files = []
    for path in files:
        found[f"the story of {path.parent.name}"] = frozenset(_runs(path.read_text(encoding="utf-8")))
    return found


def _runs(text: str) -> Iterator[tuple[str, ...]]:
    words = _WORD.findall(text.lower())
    return (tuple(words[at : at + RUN]) for at in range(len(words) - RUN + 1))


def _text(answer: Any) -> str | None:
    """The file's text; None where there is none."""
    if isinstance(answer, list) and all(isinstance(line, str) for line in answer):
        answer = "\n".join(answer)
    if not isinstance(answer, str) or not answer.strip():
        return None
    return answer[: MOST_CHARACTERS + 1]  # one more than may be: what is too long has to show


def _debrief(option: Option) -> dict[str, str]:
    return {name: getattr(option, name) for name in _LEAST}


def _thin(name: str, text: str, said: Counter[str]) -> bool:
    return len(_WORD.findall(text)) < _LEAST[name] or said[_plain(text)] > 1


def _plain(text: str) -> str:
    return " ".join(_WORD.findall(text.lower()))


def _count(number: int, what: str) -> str:
    return f"{number or 'no'} {what}{'' if number == 1 else 's'}"


def _shown(first: str, lines: list[str]) -> str:
    more = [f"- {len(lines) - _SHOWN} more."] if len(lines) > _SHOWN else []
    return "\n".join([first, *(f"- {line.removeprefix('- ')[:_LINE]}" for line in lines[:_SHOWN]), *more])
