"""The figure that plays a run's answers in the story's other organisations says what the engine says."""

from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from leadgym.scenario.engine import State, replay
from leadgym.scenario.loader import load_scenario, walk
from leadgym.scenario.outcome import aim_scores
from leadgym.widgets.figures import LessonFigure, NotYet
from leadgym.widgets.organisations import elsewhere

SOUND = load_scenario(Path(__file__).parents[1] / "fixtures" / "scenarios" / "sound.yaml")


@dataclass
class Game:
    """What a figure sees of the player."""

    state: State


def finished(variant: str) -> State:
    """The first walkthrough of the sample that every organisation offers, in ``variant``."""
    for way in SOUND.walkthroughs:
        if not any("logs" in step for step in way.path):
            end = walk(SOUND, way)
            return replay(SOUND, end.choices, end.seed, variant, end.weights)
    raise AssertionError("the sample has no such walkthrough")


@pytest.mark.parametrize("variant", ["small", "bank"])
def test_every_organisation_is_there_with_its_scores_and_its_ending(variant: str) -> None:
    mine = finished(variant)
    figure = elsewhere(Game(mine))
    assert isinstance(figure, LessonFigure)
    for name, about in SOUND.variants.items():
        end = replay(SOUND, mine.choices, mine.seed, name, mine.weights)
        scores = ", ".join(f"{SOUND.aims[aim].label} {round(score)}" for aim, score in aim_scores(end).items())
        title = next(ending.title for ending in SOUND.endings if ending.id == end.ending)
        yours = "Yours, " if name == variant else ""
        assert f"{yours}{about.label}: {scores}, ending “{title}”." in figure.alt
    assert figure.title.startswith("The same answers")


def test_it_says_where_the_authors_see_an_answer_otherwise() -> None:
    """In the sample 'who.oskar' is keyed 5 and, in a bank, 4: no other view. A key of 2 there is one."""
    mine = finished("small")
    figure = elsewhere(Game(mine))
    assert isinstance(figure, LessonFigure)
    assert "The authors' view is the same in all." in figure.caption
    first = next(choice for choice in mine.choices if not choice.startswith("ask "))
    scene = SOUND.scenes[0]
    options = [o.model_copy(update={"keys": {"small": 5, "bank": 2}}) for o in scene.options]
    story = SOUND.model_copy(update={"scenes": [scene.model_copy(update={"options": options}), *SOUND.scenes[1:]]})
    story.__dict__.pop("places", None)
    figure = elsewhere(Game(replace(mine, scenario=story)))
    assert isinstance(figure, LessonFigure)
    assert first.startswith(f"{scene.id}.")
    assert f"“{scene.title}”: would (A small shop), would not (A bank)." in figure.caption


def test_it_waits_for_the_end() -> None:
    assert isinstance(elsewhere(Game(replay(SOUND, [], 1, "small"))), NotYet)


def test_a_story_without_organisations_has_nothing_to_compare() -> None:
    alone = SOUND.model_copy(update={"variants": {"small": SOUND.variants["small"]}})
    figure = elsewhere(Game(replace(finished("small"), scenario=alone)))
    assert isinstance(figure, NotYet)
    assert "one organisation only" in repr(figure)
