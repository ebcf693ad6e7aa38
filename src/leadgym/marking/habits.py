"""Instant feedback on a form of judgement items: what is missing, and habits of answering that cost information.

Knows no keys. The habits are those that make self-ratings useless: straight-lining, a pick that one's own ratings
contradict, the same confidence everywhere.
"""

from __future__ import annotations

from leadgym.marking.form import Form, Reading
from leadgym.marking.model import Check
from leadgym.marking.show import percent

SHOWN = 12


def habits(form: Form, readings: dict[str, Reading], general: list[str]) -> tuple[Check, ...]:
    """Completeness first, then the use of the scale, picks against ratings, and confidence."""
    return (
        _complete(form, readings, general),
        _style(form, readings),
        _consistent(form, readings),
        _sureness(form, readings),
    )


def _complete(form: Form, readings: dict[str, Reading], general: list[str]) -> Check:
    lines = [*general]
    for index, item in enumerate(form.items):
        reading = readings[item.id]
        lacks = [option.id for option in item.options if option.id not in reading.ratings]
        absent = [f"not rated: {', '.join(lacks)}"] if lacks else []
        absent += ["no best pick"] if reading.best is None else []
        absent += ["no confidence"] if reading.confidence is None else []
        if absent or reading.problems:
            parts = [*reading.problems, *([f"{'; '.join(absent)}."] if absent else [])]
            lines.append(f"- Item {index + 1} ({item.id}): {' '.join(parts)}")
    if len(lines) == len(general):
        count = sum(len(item.options) for item in form.items)
        whole = f"All {count} options of {len(form.items)} items are rated, with pick and confidence."
        return Check("Completeness", "fine", "\n".join([whole, *general]))
    hidden = len(lines) - SHOWN
    more = [f"And {hidden} more."] if hidden > 0 else []
    return Check(
        "Completeness",
        "missing",
        "\n".join([*lines[:SHOWN], *more]),
        "Fill these in. The form is marked over all its items; a missing one counts as a guess.",
    )


def _style(form: Form, readings: dict[str, Reading]) -> Check:
    title = "Use of the scale"
    used = [rating for reading in readings.values() for rating in reading.ratings.values()]
    level = [
        str(index + 1)
        for index, item in enumerate(form.items)
        if len(readings[item.id].ratings) == len(item.options) and len(set(readings[item.id].ratings.values())) == 1
    ]
    if not used:
        return Check(title, "missing", "Nothing is rated yet.")
    if len(set(used)) == 1:
        return Check(
            title,
            "look again",
            f"Every rating is {used[0]}. Ratings that never differ say nothing, and earn nothing.",
            "Find the option of each item that you would defend to a colleague, and the one you would argue against.",
        )
    if level:
        which = f"item {level[0]}" if len(level) == 1 else f"items {', '.join(level)}"
        return Check(
            title,
            "look again",
            f"In {which} all options have the same rating.",
            "Ask what each option costs on the Thursday after; the ratings usually come apart.",
        )
    return Check(
        title, "fine", f"You use {len(set(used))} of the 5 steps. How mild or strict you are makes no difference."
    )


def _consistent(form: Form, readings: dict[str, Reading]) -> Check:
    title = "Picks and ratings"
    odd = []
    for index, item in enumerate(form.items):
        reading = readings[item.id]
        if reading.best in reading.ratings and reading.ratings[reading.best] < max(reading.ratings.values()):
            odd.append(str(index + 1))
    if odd:
        which = f"item {odd[0]}" if len(odd) == 1 else f"items {', '.join(odd)}"
        return Check(
            title,
            "look again",
            f"In {which} you rated another option higher than the one you picked as the best.",
            "Read that item again and change whichever of the two you do not mean.",
        )
    return Check(title, "fine", "No pick has a lower rating than another option of its item.")


def _sureness(form: Form, readings: dict[str, Reading]) -> Check:
    title = "Confidence"
    stated = [reading.confidence for reading in readings.values() if reading.confidence is not None]
    if not stated:
        return Check(title, "missing", "No confidence is stated yet.")
    mean = sum(stated) / len(stated)
    if len(stated) > 2 and len(set(stated)) == 1:
        return Check(
            title,
            "look again",
            f"You are {percent(stated[0])} sure of every pick.",
            "Sort the items by how long you hesitated. The confidence should follow that order.",
        )
    if mean >= 0.9:
        return Check(
            title,
            "look again",
            f"You are {percent(mean)} sure on average. That is right if you expect fewer than one miss in ten.",
            "For each item, name the person on your team who would pick otherwise. If that was easy, lower the number.",
        )
    low = [n for n in (1 / len(item.options) for item in form.items) if mean <= n + 0.02]
    if low:
        return Check(
            title,
            "look again",
            f"You are {percent(mean)} sure on average, which is a guess. It earns nothing and costs nothing.",
            "Raise it where you would bet on your pick.",
        )
    return Check(
        title,
        "fine",
        f"You are {percent(mean)} sure on average, from {percent(min(stated))} to {percent(max(stated))}.",
    )
