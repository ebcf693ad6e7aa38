"""The hidden cases of module 04's three functions: all from one seed.

    python grader/make_authorship.py            write the generated block of the key
    python grader/make_authorship.py --check    exit 1 when it differs from what would be written

Private side: whoever reads this file knows the cases. What is right is worked out with the tool's own numbers
(``leadgym.tools.busfactor.authorship``); a test holds the solution notebook, written apart, against it.

A map of files is kept only when removing people by what is left at their turn, or equals in another order, would give
the same number, so nobody loses points over a way of counting that the task leaves open. In the lists of pages the
first four are at least 8 % apart, and each list has an order that somebody who ignores what it is about does not find.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

from leadgym.tools.busfactor.authorship import TruckFactor, degree, truck_factor

KEYS = Path(__file__).resolve().parent / "keys" / "04_knowledge_risk.yaml"
SEED = 90404
APART = 1.08
PEOPLE = ("Sara", "Wen", "Tomasz", "Priya", "Marek", "Aisha", "Leo")
FILES = (
    "settlement/batch.py", "settlement/retry.py", "fx/rates.py", "fx/ecb.py", "tax/export.py", "tax/oss.py",
    "posting/post.py", "posting/replay.py", "api/events.py", "api/schema.py", "refunds/limits.py", "risk/rules.py",
    "alerts/pager.py", "release/gate.py",
)  # fmt: skip
PAGES = (
    "settlement restart", "bank file formats", "exchange rate fallback", "tax submission", "chargeback letters",
    "archive restore", "release key", "posting rules", "payout calendar", "merchant onboarding", "month-end close",
    "refund limits",
)  # fmt: skip

Case = dict[str, Any]
Groups = dict[str, list[Case]]
Map = dict[str, list[str]]


def history(luck: random.Random, kind: str) -> tuple[list[str], list[dict[str, str]]]:
    """Three people, the first of whom creates the file, and its rows."""
    people = luck.sample(PEOPLE, 3)
    rows = [{"who": people[0], "what": "created"}]
    for _ in range(luck.randint(3, 12)):
        who = people[0] if kind == "own" else luck.choices(people, [3, 4, 2])[0]
        rows.append({"who": who, "what": "changed"})
    if kind == "rules":
        for extra in luck.sample(["bot", "merged", "moved", "again"], luck.choice([2, 3])):
            at = luck.randint(1, len(rows))
            for _ in range(1 if extra in ("moved", "again") else luck.randint(1, 4)):
                # All four are drawn and one is taken: the seed's cases hang on it.
                drawn = {
                    "bot": {"who": luck.choice(["dependabot[bot]", "renovate[bot]"]), "what": "changed"},
                    "merged": {"who": luck.choice(people[:2]), "what": "merged"},
                    "moved": {"who": luck.choice(people), "what": "moved"},
                    "again": {"who": people[1], "what": "created"},
                }
                rows.insert(at, drawn[extra])
    return people, rows


def known(person: str, rows: Iterable[Mapping[str, str]]) -> float:
    """The degree of authorship of ``person``."""
    counted = [row for row in rows if not row["who"].endswith("[bot]") and row["what"] in ("created", "changed")]
    changes = [row["who"] for row in counted if row["what"] == "changed"]
    created = {row["who"] for row in counted if row["what"] == "created"}
    own = changes.count(person)
    return degree(person in created, own, len(changes) - own)


def histories(luck: random.Random) -> Groups:
    """The cases of ``degree_of_authorship``."""
    groups: Groups = {}
    for kind, number in (("own", 10), ("others", 12), ("rules", 14)):
        for _ in range(number):
            people, rows = history(luck, kind)
            first, second, third = people
            if kind == "own":
                person, label = first, "a file that one person created and changed"
            elif kind == "others":
                person = luck.choice([first, second, second, third])
                label = "a file that others have changed as well"
                if person != first:
                    label = "somebody who did not create the file"
            else:
                person = luck.choice([first, second])
                label = "a history with machines, merges or moves in it"
                if {"who": second, "what": "created"} in rows and person == second:
                    label = "a file that was created a second time"
            right = round(known(person, rows), 4)
            case = {"label": label, "right": right, "within": 0.003, "input": {"person": person, "history": rows}}
            groups.setdefault(kind, []).append(case)
    return groups


def counted(files: Map) -> TruckFactor:
    """The truck factor, step by step."""
    return truck_factor({path: set(people) for path, people in files.items()})


def by_what_is_left(files: Map) -> int:
    """The truck factor when whoever is an author of most of what is left goes next."""
    gone: set[str] = set()
    while True:
        left = [set(people) - gone for people in files.values()]
        owned = Counter(person for people in left for person in people)
        if sum(not people for people in left) > len(files) / 2 or not owned:
            return len(gone)
        gone.add(max(owned, key=lambda person: (owned[person], person)))


def equals_reversed(files: Map) -> int:
    """The truck factor when of equals the last by name goes first."""
    names = {person: f"{chr(122 - place)}{person}" for place, person in enumerate(sorted((*PEOPLE, "You")))}
    return counted({path: [names[person] for person in people] for path, people in files.items()}).value


def draw_map(luck: random.Random, kind: str) -> Map:
    """Some files, and for each its authors."""
    number = luck.randint(5, 12)
    files = luck.sample(FILES, number)
    team = luck.sample([*PEOPLE, "You"], luck.randint(2, 6))
    weights = [luck.choice([1, 1, 2, 4, 6]) for _ in team]
    found: Map = {}
    for path in files:
        if kind == "alone":
            found[path] = [luck.choices(team, weights)[0]]
            continue
        several = luck.choice([1, 1, 2, 2, 3])
        found[path] = sorted({luck.choices(team, weights)[0] for _ in range(several)})
        if kind == "edges" and luck.random() < 0.3:
            found[path] = []
    return found


def maps(luck: random.Random) -> Groups:
    """The cases of ``truck_factor``: at most ``quota`` of a group have the same answer."""
    groups: Groups = {}
    for kind, number, quota in (("alone", 10, 4), ("shared", 14, 5), ("edges", 14, 6)):
        groups[kind], seen = [], Counter[int]()
        while len(groups[kind]) < number:
            files = draw_map(luck, kind)
            steps = counted(files)
            value = steps.value
            if not value == by_what_is_left(files) == equals_reversed(files) or seen[value] >= quota:
                continue
            half = any(abs(one.left - 0.5) < 1e-9 for one in steps.removed)
            label = "a map with one author for each file"
            if kind == "edges":
                half = half or abs(steps.left - 0.5) < 1e-9
                if not half and all(files.values()):
                    continue
                label = "a map with files that have no author to begin with"
                if half:
                    label = "a map in which half of the files, and no more, have lost their authors"
            elif half:
                continue
            if kind == "shared":
                label = "a map in which files have several authors"
                first_only = counted({path: people[:1] for path, people in files.items()}).value
                if first_only == value and seen[value] >= 2:
                    continue
            seen[value] += 1
            groups[kind].append(
                {"label": label, "right": value, "input": {path: files[path] for path in sorted(files)}}
            )
    return groups


def draw_pages(luck: random.Random, kind: str) -> list[Case]:
    """A list of pages."""
    found = []
    for name in luck.sample(PAGES, luck.randint(5, 7)):
        page = {
            "page": name,
            "leaves": luck.choice([0.05, 0.1, 0.2, 0.5, 0.9, 1.0]),
            "needed": luck.choice([0.25, 0.5, 1, 2, 3, 6]),
            "loss": luck.choice([400, 1500, 4000, 9000, 15000, 40000, 150000]),
            "hours": 4,
            "written": None,
            "half_life": luck.choice([8, 13, 26, 52]),
        }
        if kind != "loss":
            page["hours"] = luck.choice([1, 2, 3, 6, 12])
        if kind == "stale" and luck.random() < 0.7:
            page["written"] = luck.choice([1, 4, 13, 26, 52, 104])
        found.append(page)
    return found


def saves(page: Case, stale: bool = True, hours: bool = True) -> float:
    """What writing the page saves for each hour; the two words leave a part of it out."""
    true = 0.0
    if page["written"] is not None and stale:
        true = math.exp(-math.log(2) * page["written"] / page["half_life"])
    whole = page["leaves"] * page["needed"] * page["loss"] * (1 - true)
    return float(whole / (page["hours"] if hours else 1))


def three(pages: list[Case], worth: Callable[[Case], float]) -> list[str]:
    """The names of the three with the highest ``worth``."""
    return [page["page"] for page in sorted(pages, key=worth, reverse=True)[:3]]


def lists(luck: random.Random) -> Groups:
    """The cases of ``pages_to_write``."""
    about: dict[str, tuple[int, str, Callable[[Case], float]]] = {
        "loss": (8, "pages that nobody has written yet, all of one length", lambda page: float(page["loss"])),
        "hours": (10, "pages that take different times to write", lambda page: saves(page, hours=False)),
        "stale": (12, "pages that were written once", lambda page: saves(page, stale=False)),
    }
    groups: Groups = {}
    for kind, (number, label, naive) in about.items():
        groups[kind] = []
        while len(groups[kind]) < number:
            pages = draw_pages(luck, kind)
            gains = sorted((saves(page) for page in pages), reverse=True)
            right = three(pages, saves)
            near = any(one < APART * other for one, other in pairwise(gains[:4]))
            if not near and right != three(pages, naive):
                groups[kind].append({"label": label, "right": right, "input": pages})
    return groups


def block() -> str:
    """The part of the key between its two marker lines."""
    luck = random.Random(SEED)  # noqa: S311 - an exercise's data, not a secret
    lines = []
    for answer, make in (("degree_of_authorship", histories), ("truck_factor", maps), ("pages_to_write", lists)):
        lines += [f"  {answer}:", "    groups:"]
        for group, cases in make(luck).items():
            lines.append(f"      {group}:")
            for case in cases:
                lines += [f"        - label: {case['label']}", f"          right: {json.dumps(case['right'])}"]
                lines += [f"          within: {case['within']}"] if "within" in case else []
                lines.append(f"          input: {json.dumps(case['input'])}")
    return "\n".join(lines) + "\n"


def wanted() -> str:
    """The key file as it should be."""
    lines = KEYS.read_text(encoding="utf-8").splitlines(keepends=True)
    places = [index for index, line in enumerate(lines) if line.strip() in ("# generated: begin", "# generated: end")]
    if len(places) != 2:
        raise SystemExit(
            f"{KEYS}: needs one line '# generated: begin' and one '# generated: end'; found {len(places)}."
        )
    return "".join(lines[: places[0] + 1]) + block() + "".join(lines[places[1] :])


def main() -> int:
    """Write the key, or with ``--check`` say whether it differs."""
    parser = argparse.ArgumentParser(description="Make the hidden cases of module 04's functions.")
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 when the key differs")
    check = parser.parse_args().check
    text = wanted()
    if KEYS.read_text(encoding="utf-8") == text:
        return 0
    if check:
        print(f"{KEYS.name} is not what make_authorship.py writes. Run it without --check.")
        return 1
    KEYS.write_text(text, encoding="utf-8")
    print(f"Wrote {KEYS.name}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
