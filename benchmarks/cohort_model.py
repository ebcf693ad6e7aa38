"""What a generated cohort is made of: learners with planted abilities, items with planted difficulty, drawn answers.

The model of a judgement item is the nominal response model (Bock 1972, Psychometrika 37) with one free contrast, so
that picking a best option follows the two-parameter logistic model (Birnbaum 1968): a learner of ability t picks one
with chance p = 1 / (1 + exp(-a (t - b))), with the item's planted discrimination a and difficulty b. Who misses picks
among the other options by softmax of the authors' key. A learner's ability in a competency is half one's own in
general, half in that alone, with mean 0 and variance 1; from the form before the course to the form after it, it grows.

Ratings are the key, more of it the larger p is, with noise and the learner's own mean and spread. The confidence that a
learner states is their p plus a planted overconfidence. All other answers have levels (what the hand-written learners
of tests/fixtures/answers hand in, from careless to the solution): the chance of reaching at least level k is logistic
in a (t - b - k's threshold), the graded response model (Samejima 1969).

Every draw has a generator of its own, seeded by the seed, the learner and the module: a cohort of 24 is the beginning
of a cohort of 500, and a module is the same with or without the others.
"""

from __future__ import annotations

import math
import zlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from leadgym.course.modules import content_root, slugs
from leadgym.marking import load_keys, load_rubric
from leadgym.marking.files import beside
from leadgym.marking.form import load_form

LEVELS = ("careless", "shaky", "decent", "strong", "solution")
"""Answers that are not drawn item by item, from worst to best."""
THRESHOLDS = (-1.5, -0.5, 0.5, 1.5)
GAIN = 0.6
"""By how much everybody's ability is higher in the form after the course than in the one before it."""
BEFORE, AFTER = "00_baseline", "11_capstone"
OVERCONFIDENCE, SPREAD = 0.10, 0.08
"""Mean and standard deviation, over learners, of stated confidence less the chance of being right."""
SILENT, MISSES, LATE, BROKEN, GAMES, DOUBTED = 0.08, 0.04, 0.10, 0.015, 0.02, 0.03
"""Shares: of learners who fall silent, of hand-ins that never come, are late, are broken; of learners who game the
marker; of texts with a line in them that a person has to look at."""
POLICIES = 0.3
"""The share of answers of the kinds policy and declared that hold a function. The others hold nothing and earn nothing:
a policy is played through forty quarters, which takes seconds, and five hundred of them an hour."""
_COMPETENCIES = {
    "schedule": "01_schedule", "delegation": "02_delegation", "review": "03_review_and_pairing",
    "knowledge": "04_knowledge_risk", "design": "05_design_lead", "flow": "06_epics_and_flow",
    "feasibility": "07_feasibility", "experience": "08_developer_experience",
    "translation": "09_stakeholder_translation", "roles": "10_tech_lead_and_manager",
}  # fmt: skip
_NAMES = {
    "first": "Ada Bojan Chiara Dalia Emeka Fatma Goran Hana Ivo Jun Kofi Lívia Mateus Nadia Oren Petra Quang Rosa "
    "Sílvia Tariq Ulla Viktor Wanda Ximena Yusuf Zoë Áine Łukasz Øyvind Ирина Δημήτρης 美咲",
    "last": "Adebayo Björk Castillo Dąbrowski Evans Fofanah Goldberg Haddad Ivanova Jensen Kovač Lindqvist Moreau "
    "Nakamura O'Brien Park Quispe Rossi Sharma Tanaka Ünal Varga Weber Xu Yılmaz Zimmermann Олійник Νικολάου 山田",
}


def generator(seed: int, *about: object) -> np.random.Generator:
    """The generator of one draw. The same wherever and whenever it is asked for."""
    return np.random.default_rng([seed, *(zlib.crc32(str(part).encode()) for part in about)])


def logistic(x: Any) -> Any:
    """1 / (1 + exp(-x)), of a number or an array."""
    return 1 / (1 + np.exp(-np.asarray(x, dtype=float)))


@dataclass(frozen=True)
class PlantedItem:
    """A judgement item: its options' keys, in the form's order, and what is planted. ``dead``: nobody takes it."""

    id: str
    competency: str
    options: tuple[str, ...]
    keys: tuple[int, ...]
    discrimination: float
    difficulty: float
    dead: str | None

    @property
    def best(self) -> tuple[bool, ...]:
        """Which options have the highest key."""
        return tuple(key == max(self.keys) for key in self.keys)


@dataclass(frozen=True)
class Learner:
    """A generated learner. ``silent``: the place in the course from which nothing comes any more, or None."""

    id: str
    first_name: str
    last_name: str
    section: str
    overconfidence: float
    mean: float
    spread: float
    games: bool
    silent: int | None


class Planted:
    """All that is planted for a seed, and the answers drawn from it. Uses the private keys: it is the authors'."""

    def __init__(self, seed: int = 1) -> None:
        self.seed = seed
        self._items: dict[str, tuple[PlantedItem, ...]] = {}

    def rubric(self, slug: str) -> Any:
        """The module's rubric."""
        return _rubric(slug)

    def items(self, slug: str) -> tuple[PlantedItem, ...]:
        """The planted judgement items of a module; none where it has no form.

        One item of each form has a discrimination of 0, or, in every second form, a negative one. One option of another
        item is never taken.
        """
        if slug not in self._items:
            self._items[slug] = self._plant(slug)
        return self._items[slug]

    def _plant(self, slug: str) -> tuple[PlantedItem, ...]:
        rubric, keys, folder = read(slug)
        about = rubric.answers.get("judgement")
        if about is None:
            return ()
        form = load_form(beside(folder, about.items))
        rng = generator(self.seed, slug, "items")
        count = len(form.items)
        slopes = np.clip(np.exp(rng.normal(math.log(1.3), 0.5, count)), 0.4, 3.0)
        places = rng.permutation(np.linspace(-1.1, 0.9, count)) + rng.normal(0, 0.1, count)
        bad, dead = rng.choice(count, 2, replace=False)
        slopes[bad] = -0.7 if slugs().index(slug) % 2 else 0.0
        made = []
        for number, item in enumerate(form.items):
            options = tuple(option.id for option in item.options)
            ratings = tuple(keys.answers["judgement"].items[item.id][option].key for option in options)
            others = [option for option, key in zip(options, ratings, strict=True) if key < max(ratings)]
            made.append(
                PlantedItem(
                    item.id,
                    _COMPETENCIES.get(item.competency, item.competency) if slug in (BEFORE, AFTER) else slug,
                    options,
                    ratings,
                    float(slopes[number]),
                    float(places[number]),
                    others[int(rng.integers(len(others)))] if number == dead else None,
                )
            )
        return tuple(made)

    def answer(self, slug: str, name: str) -> tuple[float, float]:
        """Planted discrimination and difficulty of an answer that has levels."""
        rng = generator(self.seed, slug, "answer", name)
        return float(np.exp(rng.normal(math.log(1.3), 0.4))), float(rng.normal(0, 0.7))

    def learner(self, number: int) -> Learner:
        """The cohort's learner of that number, from 0."""
        rng = generator(self.seed, "learner", number)
        first, last = (rng.choice(_NAMES[part].split()) for part in ("first", "last"))
        silent = int(rng.integers(2, len(slugs()))) if rng.random() < SILENT else None
        return Learner(
            f"learner{number + 1:04}",
            str(first),
            str(last),
            "ABCD"[int(rng.integers(4))],
            float(rng.normal(OVERCONFIDENCE, SPREAD)),
            float(rng.normal(0, 0.35)),
            float(np.exp(rng.normal(0, 0.2))),
            bool(rng.random() < GAMES),
            silent,
        )

    def ability(self, learner: Learner, competency: str) -> float:
        """In a competency (a module's slug, or the name of one that no module is about): mean 0, variance 1."""
        general = generator(self.seed, learner.id, "general").normal()
        return float(math.sqrt(0.5) * (general + generator(self.seed, learner.id, competency, "ability").normal()))

    def level(self, learner: Learner, slug: str, name: str) -> str:
        """The level at which the learner gives that answer."""
        slope, place = self.answer(slug, name)
        ability = self.ability(learner, slug)
        reached = logistic(slope * (ability - place - np.array(THRESHOLDS)))
        return LEVELS[int(np.sum(generator(self.seed, learner.id, slug, "level", name).random() < reached))]

    def judgement(self, learner: Learner, slug: str) -> dict[str, dict[str, Any]]:
        """The learner's answer to the module's form."""
        items = self.items(slug)
        rng = generator(self.seed, learner.id, slug, "judgement")
        gain = GAIN if slug == AFTER else 0.0
        abilities = {item.competency: self.ability(learner, item.competency) + gain for item in items}
        made = {}
        for item in items:
            away = abilities[item.competency] - item.difficulty
            share = float(logistic(item.discrimination * away))
            ratings = self._ratings(learner, item, away, rng)
            pick = _pick(item, share, rng)
            ratings[pick] = max(ratings)
            # Whoever knows better than a wrong key is as sure as ever.
            sure = float(logistic(abs(item.discrimination) * away)) + learner.overconfidence + rng.normal(0, 0.05)
            stated = round(20 * min(1.0, max(1 / len(item.options), sure))) / 20
            rated = dict(zip(item.options, ratings, strict=True))
            made[item.id] = {"ratings": rated, "best": item.options[pick], "confidence": stated}
        return made

    def _ratings(self, learner: Learner, item: PlantedItem, away: float, rng: np.random.Generator) -> list[int]:
        known = float(logistic(abs(item.discrimination) * away)) * (-1 if item.discrimination < 0 else 1)
        keys = np.array(item.keys, dtype=float)
        raw = known * (keys - keys.mean()) + rng.normal(0, 0.8, len(keys))
        return [int(r) for r in np.clip(np.rint(3.2 + learner.mean + learner.spread * raw), 1, 5)]

    def sorting(self, learner: Learner, slug: str, name: str) -> dict[str, list[Any]]:
        """The learner's answer of the kind sorting: each thing right with a planted chance, and how sure they are."""
        rubric, keys, _ = read(slug)
        classes = list(rubric.answers[name].classes)
        rng = generator(self.seed, learner.id, slug, "sorting", name)
        ability = self.ability(learner, slug)
        made: dict[str, list[Any]] = {}
        for thing, key in keys.answers[name].things.items():
            slope, place = self.thing(slug, name, thing)
            right = float(logistic(slope * (ability - place)))
            wrong = [one for one in classes if one not in key.accepted]
            to = str(rng.choice(key.accepted if rng.random() < right else wrong))
            sure = round(20 * min(1.0, right + learner.overconfidence + rng.normal(0, 0.05))) / 20
            made[thing] = [to, max(sure, math.ceil(100 / len(classes)) / 100)]
        return made

    def thing(self, slug: str, name: str, thing: str) -> tuple[float, float]:
        """Planted discrimination and difficulty of one thing to be sorted."""
        rng = generator(self.seed, slug, name, thing)
        return float(np.exp(rng.normal(math.log(1.2), 0.3))), float(rng.normal(-0.4, 0.8))

    def chances(self, learner: Learner, slug: str, name: str) -> dict[str, float]:
        """The learner's chances: the expert's, on the logit scale off by less the abler the learner is."""
        _, keys, _ = read(slug)
        rng = generator(self.seed, learner.id, slug, "chances", name)
        spread = 0.9 * math.exp(-0.5 * self.ability(learner, slug))
        made = {}
        for event, key in keys.answers[name].events.items():
            expert = min(0.98, max(0.02, key.expert))
            made[event] = round(float(logistic(math.log(expert / (1 - expert)) + rng.normal(0, spread))), 2)
        return made

    def estimate(self, learner: Learner, slug: str, name: str) -> dict[str, dict[str, float]]:
        """The learner's ranges: off by less the abler, and narrower than honest by the planted overconfidence."""
        rubric, keys, _ = read(slug)
        rng = generator(self.seed, learner.id, slug, "estimate", name)
        off = 0.25 * math.exp(-0.5 * self.ability(learner, slug))
        made = {}
        for question in rubric.answers[name].questions:
            key = keys.answers[name].questions[question.id].best
            middle = (key.low + key.high) / 2 + rng.normal(0, off) * question.naive.width
            half = (key.high - key.low) / 2 * math.exp(rng.normal(0.2 - 2 * learner.overconfidence, 0.2))
            low, middle, high = (
                round(min(question.max, max(question.min, value)), 1)
                for value in (middle - half, middle, middle + half)
            )
            made[question.id] = {"low": low, "high": high, "median": middle}
        return made


def _pick(item: PlantedItem, share: float, rng: np.random.Generator) -> int:
    """The place of the option picked, when ``share`` is the chance of picking a best one."""
    best = np.array(item.best)
    weights = np.exp(0.5 * np.array(item.keys, dtype=float))
    weights[[option == item.dead for option in item.options]] = 0.0
    chosen = np.where(
        best, weights * best / (weights @ best) * share, weights * ~best / (weights @ ~best) * (1 - share)
    )
    return int(rng.choice(len(chosen), p=chosen / chosen.sum()))


def read(slug: str) -> tuple[Any, Any, Path]:
    """The module's rubric, the private keys, and the folder of its files."""
    return _rubric(slug), _keys(slug), content_root() / "solutions" / slug


@cache
def _rubric(slug: str) -> Any:
    return load_rubric(content_root() / "solutions" / slug / "rubric.yaml")


@cache
def _keys(slug: str) -> Any:
    folder = content_root() / "solutions" / slug
    return load_keys(content_root() / "grader" / "keys" / f"{slug}.yaml", _rubric(slug), folder)
