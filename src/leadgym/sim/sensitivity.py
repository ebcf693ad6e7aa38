"""Which numbers of the model matter: ``python -m leadgym.sim.sensitivity`` (``pip install leadgym[sensitivity]``).

Morris's method of elementary effects (Morris 1991; Campolongo et al. 2007) from SALib: each number that varies goes
from 0.5 to 1.5 times its value along random paths, one number a step. ``effect`` is the mean absolute change of the
answer for a move across the whole range; ``spread`` says how much that depends on where the others stand.

What it cannot say: nothing about the structure of the model, which decides more than any number in it; nothing beyond
half and one and a half times a value somebody assumed; and no sizes for two effects that work together, only that
there are some (a spread as large as the effect). Luck is the same along a path, but a mean over few seeds is rough:
effects below ``confidence`` are not told from nothing.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from leadgym.sim.numbers import Floats
from leadgym.sim.parameters import Parameters, scaled, table
from leadgym.sim.references import ALL_CODING, SIXTY_FORTY, SOFT_HERO, STRICT_HERO, Reference
from leadgym.sim.run import run

_AT_ONCE = 600

Values = Callable[[Reference], Floats]

QUESTIONS: Mapping[str, Callable[[Values], Floats]] = {
    "value shipped by 60/40 with one paired stretch": lambda value: value(SIXTY_FORTY),
    "its lead over a strict hero": lambda value: value(SIXTY_FORTY) - value(STRICT_HERO),
    "its lead over 100 % coding": lambda value: value(SIXTY_FORTY) - value(ALL_CODING),
    "its lead over a soft hero": lambda value: value(SIXTY_FORTY) - value(SOFT_HERO),
}
"""Each in planned hours of finished epics after 13 weeks."""


@dataclass(frozen=True)
class Effect:
    """What one number does to one answer, in the answer's unit, for a move from half to one and a half its value."""

    name: str
    effect: float
    spread: float
    confidence: float

    @property
    def told_from_nothing(self) -> bool:
        """Whether the effect lies above its own uncertainty."""
        return self.effect > self.confidence


def morris(trajectories: int = 10, seeds: int = 10, seed: int = 1) -> dict[str, list[Effect]]:
    """Question to effects, largest first. Plays trajectories x (numbers + 1) x seeds quarters for four policies each.

    Raises ImportError without SALib.
    """
    from SALib.analyze import morris as analysis
    from SALib.sample import morris as sampling

    names = [name for name, entry in table().items() if entry.varies]
    problem = {"num_vars": len(names), "names": names, "bounds": [[0.5, 1.5]] * len(names)}
    points = sampling.sample(problem, trajectories, num_levels=4, seed=seed)
    sets = [scaled(dict(zip(names, point, strict=True))) for point in points.tolist()]
    kept: dict[str, Floats] = {}

    def value(reference: Reference) -> Floats:
        if reference.name not in kept:
            kept[reference.name] = _values(reference, sets, seeds)
        return kept[reference.name]

    found = {}
    for question, answer in QUESTIONS.items():
        result = analysis.analyze(problem, points, answer(value), num_levels=4, seed=seed)
        columns = (result["names"], result["mu_star"], result["sigma"], result["mu_star_conf"])
        effects = [Effect(str(name), *map(float, numbers)) for name, *numbers in zip(*columns, strict=True)]
        found[question] = sorted(effects, key=lambda one: -one.effect)
    return found


def _values(reference: Reference, sets: list[Parameters], seeds: int) -> Floats:
    """Mean value over the seeds for each set of parameters (n)."""
    together = max(_AT_ONCE // seeds, 1)
    means = []
    for start in range(0, len(sets), together):
        some = sets[start : start + together]
        result = run(reference, list(range(seeds)) * len(some), parameters=[one for one in some for _ in range(seeds)])
        means.append(result.value[:, -1].reshape(len(some), seeds).mean(axis=1))
    return np.concatenate(means)


def main() -> None:
    """Prints the largest effects on each answer."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trajectories", type=int, default=10, help="paths through the numbers (default 10)")
    parser.add_argument("--seeds", type=int, default=10, help="seeds at each point (default 10)")
    chosen = parser.parse_args()
    for question, effects in morris(chosen.trajectories, chosen.seeds).items():
        print(f"\nWhat moves {question}\n{'':24}{'effect':>8}{'spread':>8}{'confidence':>12}")
        for one in effects[:12]:
            unsure = "" if one.told_from_nothing else "   not told from nothing"
            print(f"{one.name:24}{one.effect:8.1f}{one.spread:8.1f}{one.confidence:12.1f}{unsure}")
        rest = effects[12:]
        print(f"{len(rest)} others, each at most {max((one.effect for one in rest), default=0):.1f}")
    print("\nPlausible, not predictive: see the head of this module for what such a table cannot say.")


if __name__ == "__main__":
    main()
