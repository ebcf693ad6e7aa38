"""Writes the hidden exports of module 03's function into its key file, between the two lines that say so. Seeded.

Run it after changing anything here: python grader/make_waits.py
"""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

KEYS = Path(__file__).with_name("keys") / "03_review_and_pairing.yaml"
BEGIN, END = "    # generated: waits\n", "    # generated: end\n"
SEED = 598
PEOPLE = ("ann", "bob", "cem", "dee", "eva")
LABELS = {
    "first": "an export in which authors and bots speak first",
    "still_open": "an export in which some are waiting still",
    "zones": "an export with times from several zones",
}


def wait_90(case: dict[str, Any]) -> float:
    """The answer, by the formula as it stands in the exercise."""
    until = datetime.fromisoformat(case["until"])
    waits = []
    for pull in case["pulls"]:
        opened, author = datetime.fromisoformat(pull["createdAt"]), pull["author"]["login"]
        said = [(one["author"]["login"], one["submittedAt"]) for one in pull["reviews"]]
        said += [(one["author"]["login"], one["createdAt"]) for one in pull["comments"]]
        others = [datetime.fromisoformat(at) for who, at in said if who != author and not who.endswith("[bot]")]
        if others:
            waits.append(((min(others) - opened).total_seconds() / 3600, True))
        elif pull["closedAt"] is None:
            waits.append(((until - opened).total_seconds() / 3600, False))
    left = 1.0
    for hours in sorted({one for one, _ in waits}):
        at_risk = sum(one >= hours for one, _ in waits)
        left *= 1 - waits.count((hours, True)) / at_risk
        if 1 - left >= 0.9 - 1e-9:
            return hours
    raise ValueError("fewer than nine in ten were read; draw another")


def case(luck: random.Random, group: str) -> dict[str, Any]:
    """One export of its group."""
    start = datetime(2026, luck.randint(1, 10), luck.randint(1, 20), 9, tzinfo=UTC)
    pulls = []
    for place in range(luck.randint(14, 16) if group == "still_open" else luck.randint(8, 11)):
        opened = start + timedelta(minutes=luck.randint(0, 6 * 24 * 60))
        author, *others = luck.sample(PEOPLE, 4)
        read = opened + timedelta(minutes=luck.randint(12, 60 * 60))
        zone = (
            timezone(timedelta(hours=luck.choice([-7, -4, 2, 9]))) if group == "zones" and luck.random() < 0.6 else UTC
        )
        pull: dict[str, Any] = {
            "number": 100 + place,
            "author": {"login": author},
            "createdAt": _stamp(opened, UTC if luck.random() < 0.5 else zone),
            "closedAt": _stamp(read + timedelta(hours=luck.randint(1, 30)), UTC),
            "reviews": [{"author": {"login": others[0]}, "submittedAt": _stamp(read, zone)}],
            "comments": [],
        }
        if luck.random() < (0.5 if group == "first" else 0.2):
            early = opened + timedelta(minutes=luck.randint(1, 10))
            pull["comments"].append(
                {"author": {"login": luck.choice([author, "ci[bot]"])}, "createdAt": _stamp(early, UTC)}
            )
        if luck.random() < 0.3:
            again = read + timedelta(minutes=luck.randint(5, 400))
            pull["comments"].append({"author": {"login": others[1]}, "createdAt": _stamp(again, UTC)})
        if group == "first" and luck.random() < 0.15:
            pull["reviews"] = []  # closed without anybody else's word
        if group == "still_open" and luck.random() < 0.25:
            # In the last three days: what has waited for longer than all the rest would leave no P90 to be found.
            opened = start + timedelta(days=9) - timedelta(minutes=luck.randint(120, 70 * 60))
            pull |= {"createdAt": _stamp(opened, UTC), "reviews": [], "closedAt": None, "comments": []}
        pulls.append(pull)
    return {"until": _stamp(start + timedelta(days=9), UTC), "pulls": pulls}


def drawn(luck: random.Random, group: str) -> dict[str, Any]:
    """A case whose answer tells the right reading from the wrong one that its group is about."""
    for _ in range(2_000):
        made = case(luck, group)
        try:
            right = wait_90(made)
        except ValueError:
            continue
        wrong = [_wrong(made, group), *([_next_but_one(made)] if group == "still_open" else [])]
        if all(one is None or abs(one - right) > 0.5 for one in wrong):
            return {"label": LABELS[group], "right": round(right, 4), "within": 0.02, "input": made}
    raise ValueError(f"no such case for '{group}'; loosen what it has to tell apart")


def _next_but_one(made: dict[str, Any]) -> float:
    """What `sorted(read)[int(0.9 * len(read))]` makes of the requests that were read."""
    read = sorted(
        (_at(pull["reviews"][0]["submittedAt"]) - _at(pull["createdAt"])).total_seconds() / 3600
        for pull in made["pulls"]
        if pull["reviews"]
    )
    return read[int(0.9 * len(read))]


def _wrong(made: dict[str, Any], group: str) -> float | None:
    """What a reader who misses the point of the group would say; None where that has no answer."""
    pulls = json.loads(json.dumps(made["pulls"]))
    if group == "first":
        for pull in pulls:
            for one in pull["comments"]:
                one["author"]["login"] = "zoe"
    elif group == "still_open":
        pulls = [pull for pull in pulls if pull["closedAt"]]
    else:
        for pull in pulls:
            for holder, name in [(pull, "createdAt"), *((one, "submittedAt") for one in pull["reviews"])]:
                holder[name] = holder[name][:19] + "Z"
    try:
        return wait_90({**made, "pulls": pulls})
    except ValueError:
        return None


def text() -> str:
    """The generated part of the key file."""
    luck = random.Random(SEED)  # noqa: S311 - seeded on purpose
    lines = ["    groups:"]
    for group in LABELS:
        lines.append(f"      {group}:")
        for _ in range(6):
            made = drawn(luck, group)
            lines += [
                f"        - label: {made['label']}",
                f"          right: {made['right']}",
                "          within: 0.02",
            ]
            lines.append(f"          input: {json.dumps(made['input'])}")
    return "\n".join(lines) + "\n"


def _at(stamp: str) -> datetime:
    return datetime.fromisoformat(stamp)


def _stamp(at: datetime, zone: timezone) -> str:
    return at.astimezone(zone).isoformat().replace("+00:00", "Z")


if __name__ == "__main__":
    before, _, rest = KEYS.read_text(encoding="utf-8").partition(BEGIN)
    KEYS.write_text(f"{before}{BEGIN}{text()}{END}{rest.partition(END)[2]}", encoding="utf-8")
