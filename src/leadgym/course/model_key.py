"""The model key of a story (``model_key.yaml``): what the simulation makes of the options it can play.

The upper part is written by hand: how each option is played, and what that leaves out. From ``computed:`` on the file
is written by ``leadgym scenario model``, with the settings it was computed from as a digest.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Annotated

from pydantic import Field, model_validator

from leadgym.course.modules import content_root
from leadgym.scenario.model import Scenario
from leadgym.sim.parameters import Parameters
from leadgym.sim.story import Story, Way
from leadgym.yamlfile import FileProblems, Model, load

FILE = "model_key.yaml"
DRAWS = 20
"""Sets of parameters, each number that varies times 0.5 to 1.5, in which a difference is looked at again."""
Text = Annotated[str, Field(min_length=1)]


class Chance(Way):
    """A way, and how likely the story makes it."""

    share: Annotated[float, Field(gt=0, le=1)] = 1.0


class Row(Model):
    """One way to play an option: several where chance decides, their means weighted by their shares."""

    says: str = ""
    ways: Annotated[list[Chance], Field(min_length=1)]

    @model_validator(mode="after")
    def _whole(self) -> Row:
        if abs(sum(way.share for way in self.ways) - 1) > 1e-9:
            raise ValueError("The shares of a row's ways have to add up to 1.")
        return self


class OptionKey(Model):
    """How an option is played: the first row is its key, further ones say what hangs on how it is done."""

    option: Text
    called: Text
    leaves_out: Text
    rows: Annotated[list[Row], Field(min_length=1)]


class Decision(Model):
    """A scene whose options the simulation can play."""

    scene: Text
    played_as: Text
    options: Annotated[list[OptionKey], Field(min_length=2)]


class Mean(Model):
    """A mean over the seeds and its 95 % interval."""

    mean: float
    low: float
    high: float
    holds: int = 0
    """For a difference: in how many of DRAWS sets of other assumed numbers it has the same sign."""

    @property
    def sign(self) -> int:
        """1 or -1 where the interval is all above or all below 0; else 0."""
        return (self.low > 0) - (self.high < 0)


class Outcome(Model):
    """``weeks`` until the story's tickets had shipped; ``skill`` the others gained in the hard tickets' domain."""

    weeks: Mean
    skill: Mean


class Computed(Model):
    """``rows``: ``scene.option``, ``scene.option/1``...; ``differences``: ``scene.one - other``, seed by seed."""

    digest: str
    rows: dict[str, Outcome]
    differences: dict[str, Outcome]


class ModelKey(Model):
    """``model_key.yaml``."""

    story: Text
    version: int
    seeds: Annotated[int, Field(ge=2)]
    set_up: Story
    decisions: list[Decision]
    not_played: dict[str, Text]
    computed: Computed | None = None

    def decision(self, scene: str) -> Decision | None:
        """The decision at ``scene``, where it is played."""
        return next((one for one in self.decisions if one.scene == scene), None)

    def rows(self) -> Iterator[tuple[str, Row]]:
        """Every row with the name it has under ``computed``."""
        for decision in self.decisions:
            for option in decision.options:
                for number, row in enumerate(option.rows):
                    yield row_name(decision, option, number), row

    def difference(self, scene: str, one: str, other: str) -> Outcome:
        """One option minus another. Raises KeyError for options that were not played."""
        assert self.computed is not None  # noqa: S101 - what is asked for was computed
        found = self.computed.differences
        if one == other:
            return Outcome(weeks=_NONE, skill=_NONE)
        if f"{scene}.{one} - {other}" in found:
            return found[f"{scene}.{one} - {other}"]
        turned = found[f"{scene}.{other} - {one}"]
        return Outcome(weeks=_turned(turned.weeks), skill=_turned(turned.skill))


def row_name(decision: Decision, option: OptionKey, number: int) -> str:
    """What a row is called under ``computed``."""
    return f"{decision.scene}.{option.option}" + (f"/{number}" if number else "")


_NONE = Mean(mean=0, low=0, high=0)


def _turned(mean: Mean) -> Mean:
    return Mean(mean=-mean.mean, low=-mean.high, high=-mean.low, holds=mean.holds)


def digest(key: ModelKey) -> str:
    """A hash of all that is put into the simulation: its parameters, the set-up, the ways, how many seeds."""
    ways = {name: [way.model_dump() for way in row.ways] for name, row in key.rows()}
    settings = [dict(Parameters()), key.set_up.model_dump(), ways, key.seeds]
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:16]


@lru_cache(maxsize=32)
def read(slug: str) -> ModelKey | None:
    """The model key of a module, None when it has none. Raises FileProblems."""
    path = content_root() / "course" / slug / FILE
    return load(path, ModelKey) if path.is_file() else None


def of(scenario: Scenario) -> ModelKey | None:
    """The model key that was computed for this very story, else None."""
    try:
        key = read(scenario.module)
    except (FileProblems, FileNotFoundError):
        return None
    fits = key and key.computed and (key.story, key.version) == (scenario.scenario, scenario.version)
    return key if fits else None


def verdict(key: ModelKey, decision: Decision, keys: Mapping[str, int]) -> str:
    """Whether authors and model agree, in a sentence or two. ``keys``: the authors' rating by option.

    Named is every option that clearly beats the authors' first on the date or in skill, and what the first has instead.
    """
    called = {option.option: option.called for option in decision.options}
    first = max(called, key=lambda option: keys[option])
    mine = called[first]
    gains = {option: key.difference(decision.scene, option, first) for option in called if option != first}
    sooner = sorted((one for one in gains if gains[one].weeks.sign < 0), key=lambda one: gains[one].weeks.mean)
    more = sorted((one for one in gains if gains[one].skill.sign > 0), key=lambda one: -gains[one].skill.mean)
    said = [
        (f"{called[one]} is done {_more(_turned(gains[one].weeks), 1, 'weeks sooner')}", gains[one].weeks.holds)
        for one in sooner
    ]
    said += [
        (f"{called[one]} leaves the others {_more(gains[one].skill, 2, 'more skill')}", gains[one].skill.holds)
        for one in more
    ]
    if not said:
        return f"The authors put {mine} first, and in the model nothing clearly beats it, on the date or in skill."
    if sooner and all(gains[one].skill.sign < 0 for one in sooner):
        least = min((_turned(gains[one].skill) for one in sooner), key=lambda mean: mean.mean)
        least_of = " at least" if len(sooner) > 1 else ""
        said.append((f"{mine} leaves the others {_more(least, 2, f'more skill{least_of}')}", least.holds))
    *others, last = (words for words, _ in said)
    text = f"{', '.join(others)} and {last}" if others else last
    *counts, count = (str(holds) for _, holds in said)
    held = f"{', '.join(counts)} and {count}" if counts else count
    which = "These hold, in turn," if counts else "That holds"
    counted = f"{which} in {held} of {DRAWS} sets of other assumed numbers"
    return f"The authors put {mine} first; in the model {text}. {counted}."


def _more(mean: Mean, digits: int, what: str) -> str:
    return f"{mean.mean:.{digits}f} {what} ({mean.low:.{digits}f} to {mean.high:.{digits}f})"


def _range(mean: Mean, digits: int) -> str:
    return f"{mean.mean:.{digits}f} ({mean.low:.{digits}f} to {mean.high:.{digits}f})"


PLAUSIBLE = (
    "Plausible, not predictive: a small team made of assumed numbers, which knows nothing of stakeholders, money or "
    "what anybody wants. An interval says how far luck moves a mean. The sets of other numbers move the simulation's "
    "own by up to half either way; people, sizes of tickets and calendars stay as somebody wrote them down."
)


def measured(key: ModelKey) -> str:
    """What the numbers are, in a sentence."""
    return (
        f"Weeks until all {len(key.set_up.tickets)} tickets have shipped (the Friday is {key.set_up.weeks}), and the "
        f"skill the others have gained in the ledger by then: mean of {key.seeds} runs, 95 % interval."
    )


Ratings = Mapping[str, int]


def decision_told(key: ModelKey, decision: Decision, ratings: Ratings) -> list[str]:
    """What the model says of a decision, a line each. ``ratings``: the authors' by option."""
    assert key.computed is not None  # noqa: S101 - what is told was computed
    found = []
    for option in decision.options:
        for number, row in enumerate(option.rows):
            outcome = key.computed.rows[row_name(decision, option, number)]
            name = (
                f"{option.called}: {row.says}" if number else f"{option.called} (authors {ratings[option.option]} of 5)"
            )
            found.append(f"- {name}: {_range(outcome.weeks, 1)} weeks, skill +{_range(outcome.skill, 2)}")
    return [*found, verdict(key, decision, ratings)]


def lines(key: ModelKey, ratings: Mapping[str, Ratings]) -> list[str]:
    """The whole model key as text, for a terminal. ``ratings``: the authors' by scene and option."""
    found = [measured(key), PLAUSIBLE]
    for decision in key.decisions:
        found += ["", f"{decision.scene}: {decision.played_as}", *decision_told(key, decision, ratings[decision.scene])]
        found += [f"Left out of {option.called}: {option.leaves_out}" for option in decision.options]
    return [*found, "", *(f"{scene} is not played: {why}" for scene, why in key.not_played.items())]
