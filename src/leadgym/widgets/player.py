"""``play(...)``: a scenario in a notebook, saved at each click, playable with and without widgets."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from IPython.display import display

from leadgym.course.modules import find_slug
from leadgym.course.modules import scenario as course_scenario
from leadgym.scenario.engine import NotPossible, State, advance, begin
from leadgym.scenario.loader import load_scenario
from leadgym.scenario.model import Scenario
from leadgym.scenario.transcript import transcript
from leadgym.widgets.store import Run, Store
from leadgym.widgets.submit import headless
from leadgym.yamlfile import FileProblems

if TYPE_CHECKING:
    from leadgym.widgets.screen import Screen

STALE = "Run this cell to go on playing; your choices are saved."


def play(module: str | Path = "02_delegation", folder: Path | None = None) -> Player:
    """The story of a module (or of a scenario file), standing where the choices in ``folder`` left it.

    ``module``: a slug such as ``"02_delegation"``, or the path of a scenario file. A ``scenario.yaml`` in ``folder``
    is played when it belongs to that module, else the course's own. ``folder`` is the notebook's unless given.
    Raises FileProblems when the file is not a scenario, KeyError when there is no such module.
    """
    folder = folder or Path.cwd()
    with _in_plain_words():
        if isinstance(module, Path) or module.endswith((".yaml", ".yml")):
            return Player(load_scenario(folder / module), folder)
        beside = folder / "scenario.yaml"
        if beside.is_file() and (found := load_scenario(beside)).module == module:
            return Player(found, folder)
        return Player(course_scenario(find_slug(module)), folder)


class Player:
    """One learner's way through a scenario. Each method does what a button does, saves, and gives the player back.

    Raises NotPossible, with what can be done instead, for anything the story does not offer.
    """

    def __init__(self, scenario: Scenario, folder: Path) -> None:
        self.scenario = scenario
        self.states: list[State] = []
        self.started = False
        self.proposed: dict[str, int] = {}
        self._store = Store(folder, scenario.scenario, scenario.version, read_only=headless())
        self._screen: Screen | None = None
        standing = self._store.read()
        self._past, self.notice = standing.past, standing.notice
        run = standing.run
        if not headless() and (lesson := self._played_in_the_lesson(folder, run)):
            # Saved at once: what is handed in is the folder, and there may be no further click.
            run, standing = lesson, self._store.save(lesson)
            self._past = standing.past
            self.notice = f"{standing.notice} This is your run from the lesson.".strip()
        self._stand(run or Run(seed=scenario.seed))

    @property
    def state(self) -> State:
        """Where the story stands."""
        return self.states[-1]

    @property
    def run(self) -> Run:
        """The run as it is saved."""
        return self._run

    @property
    def past(self) -> tuple[Run, ...]:
        """Earlier runs, finished or abandoned, newest last."""
        return self._past

    def choose(self, choice: str) -> Self:
        """Take an option, ``"d1.pair"``, or put a question, ``"ask d1.dana"``."""
        with _in_plain_words():
            after = advance(self.state, choice)
        self._save(self._run.model_copy(update={"choices": after.choices}), after)
        return self

    def ask(self, question: str) -> Self:
        """Put a question: ``"d1.dana"``."""
        return self.choose(f"ask {question}")

    def weights(self, **aims: int) -> Self:
        """Declare what matters how much, 0 to 100 for each aim, before the first choice."""
        with _in_plain_words():
            self._before_playing("weights are declared")
            missing = [name for name in self.scenario.aims if name not in aims]
            if missing:
                raise NotPossible(f"Give every aim a weight from 0 to 100; missing: {', '.join(missing)}.")
            begin(self.scenario, self._run.seed, self._run.variant, aims)
        self._save(self._run.model_copy(update={"weights": aims}))
        return self

    def variant(self, name: str) -> Self:
        """Choose where the story is played, before the first choice."""
        with _in_plain_words():
            self._before_playing("place is chosen")
            begin(self.scenario, self._run.seed, name, self._run.weights)
        self._save(self._run.model_copy(update={"variant": name}))
        return self

    def propose(self, **aims: int) -> Self:
        """Weights as they stand in the form; they are declared, and saved, by ``start``."""
        self.proposed = aims
        return self._refreshed()

    def start(self) -> Self:
        """Declare the proposed weights and begin."""
        if self.scenario.aims and not self.started:
            self.weights(**self.proposed)
        self.started = True
        return self._refreshed()

    def back_to(self, scene: str) -> Self:
        """Go back to the beginning of a scene you have been at, with the same luck. The run so far is kept."""
        choices = self._run.choices
        at = next((i for i, c in enumerate(choices) if c.removeprefix("ask ").startswith(f"{scene}.")), None)
        if at is None and self.state.scene == scene:
            return self
        with _in_plain_words():
            if at is None:
                been = dict.fromkeys(c.removeprefix("ask ").partition(".")[0] for c in choices)
                raise NotPossible(
                    f"You have not decided at '{scene}'. You can go back to: {', '.join(been) or 'none'}."
                )
        self._save(self._run.model_copy(update={"choices": choices[:at]}))
        return self

    def again(self, seed: int | None = None) -> Self:
        """Start again, by default with luck that you have not met yet. The run so far is kept."""
        if seed is None:
            seed = 1 + max(run.seed for run in (*self._past, self._run))
        self._save(Run(seed=seed, variant=self._run.variant))
        return self

    def answer(self) -> dict[str, Any]:
        """The run as JSON data, the way ``submit`` hands it in."""
        run = self._run.model_dump(mode="json")
        return {"scenario": self.scenario.scenario, **run}

    def transcript(self) -> str:
        """The run as text, Markdown."""
        return transcript(self.state)

    def _played_in_the_lesson(self, folder: Path, own: Run | None) -> Run | None:
        """In an exercise: the lesson's run, unless a run of its own has been played here."""
        if folder.parent.name != "exercises":
            return None
        beside = folder.parents[1] / "course" / folder.name
        lesson = Store(beside, self.scenario.scenario, self.scenario.version, read_only=True).read().run
        if lesson is None or not lesson.choices or lesson == own:
            return None
        return lesson if own is None or not own.choices or lesson.holds(own) else None

    def _before_playing(self, what: str) -> None:
        if self._run.choices:
            raise NotPossible(f"The {what} before the first choice. Use again() to start another run.")

    def _save(self, run: Run, after: State | None = None) -> None:
        """Save ``run`` and stand there; ``after`` is the state one choice on, when it is known already."""
        standing = self._store.save(run)
        self._past, self.notice = standing.past, standing.notice
        if after is not None and standing.taken:
            self._run, self.started = run, True
            self.states.append(after)
        else:
            self._stand(standing.run or run)
        self._refreshed()

    def _stand(self, run: Run) -> None:
        """Stand where ``run`` leads, as far as this version of the story still offers its choices."""
        try:
            states = [begin(self.scenario, run.seed, run.variant, run.weights)]
        except NotPossible as problem:
            self._misfit(str(problem))
            run = Run(seed=run.seed)
            states = [begin(self.scenario, run.seed)]
        for choice in run.choices:
            try:
                states.append(advance(states[-1], choice))
            except NotPossible as problem:
                self._misfit(str(problem))
                run = run.model_copy(update={"choices": states[-1].choices})
                break
        self._run = run.model_copy(update={"variant": states[0].variant})
        self.states = states
        self.started = bool(run.weights or run.choices)
        before = next((past.weights for past in reversed(self._past) if past.weights), {})
        equal = {name: 100 // len(self.scenario.aims) for name in self.scenario.aims}
        declared = run.weights or self.proposed or before
        self.proposed = dict(declared) if set(declared) == set(self.scenario.aims) else equal

    def _misfit(self, why: str) -> None:
        said = (
            f"Some of the saved choices do not fit this story any more: {why} Your next choice keeps them under 'past'."
        )
        self.notice = f"{self.notice} {said}".strip()

    def _refreshed(self) -> Self:
        if self._screen:
            self._screen.refresh()
        return self

    def _ipython_display_(self) -> None:
        if headless():
            titles = {scene.id: scene.title for scene in self.scenario.scenes}
            titles |= {ending.id: ending.title for ending in self.scenario.endings}
            here = titles[self.state.ending or self.state.scene or ""]
            stands = f"{len(self._run.choices)} choices made; the story stands at “{here}”."
            print(f"{self.scenario.title}: {stands} {self.notice}".rstrip())
            return
        if self._screen is None:
            # Widgets and matplotlib take most of a second to import, and the autograder needs neither.
            from leadgym.widgets.screen import Screen

            self._screen = Screen(self, STALE)
            self._screen.refresh()
        for bundle in self._screen.bundles():
            display(bundle, raw=True)


@contextmanager
def _in_plain_words() -> Iterator[None]:
    """What went wrong as its sentence alone, not under twenty lines of traceback."""
    try:
        yield
    except (NotPossible, FileProblems, KeyError) as problem:
        text = str(problem.args[0] if isinstance(problem, KeyError) else problem)
        problem._render_traceback_ = lambda *_: [text]  # type: ignore[union-attr]
        raise
