"""An invented history: Halyard's Ledger from January 2025 to the end of April 2027, with the six modules that came
from Billing and with Sara, who wrote them. Drawn by a seed, so everybody sees the same one.

In March 2027 the six folders were moved from ``billing/`` to the top, by the lead. Whoever does not follow renames
finds that the lead wrote them.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import random
from collections.abc import Iterator, Mapping

from leadgym.tools.busfactor.history import Commit, History, Reader

SEED = 404
FIRST, LAST = dt.date(2025, 1, 7), dt.date(2027, 4, 30)
MOVED = dt.datetime(2027, 3, 8, 17, 40, tzinfo=dt.UTC)
PEOPLE: Mapping[str, str] = {
    "Sara Lindqvist": "sara.lindqvist@halyard.test",
    "You": "you@halyard.test",
    "Priya Raman": "priya.raman@halyard.test",
    "Tomasz Wilk": "tomasz.wilk@halyard.test",
    "Wen Zhao": "wen.zhao@halyard.test",
    "Marek Novotny": "marek.novotny@halyard.test",
    "Aisha Bello": "aisha.bello@halyard.test",
    "Leo Brandt": "leo.brandt@halyard.test",
}
OLD_ADDRESS = "s.lindqvist@billing.halyard.test"
BILLING = ("archive", "bank_files", "chargebacks", "fx", "settlement", "tax_reports")
# For each folder its files, and how often each of its people is drawn for a change; the first creates most files.
FOLDERS: Mapping[str, tuple[tuple[str, ...], Mapping[str, int]]] = {
    "settlement": (
        ("batch", "calendar", "cutoff", "ledger_link", "payout_run", "reconcile", "retry", "rounding", "schedule"),
        {"Sara Lindqvist": 30, "Tomasz Wilk": 1},
    ),
    "bank_files": (
        ("bic", "camt053", "camt054", "formats", "iban", "mt940", "parser", "pain001", "splitter", "validate"),
        {"Sara Lindqvist": 24, "Wen Zhao": 3},
    ),
    "fx": (("convert", "ecb", "fallback", "margin", "rates"), {"Sara Lindqvist": 10, "Priya Raman": 4}),
    "tax_reports": (
        ("countries", "export", "oss", "periods", "rates", "submit", "thresholds"),
        {"Sara Lindqvist": 20},
    ),
    "chargebacks": (("evidence", "letters", "reasons", "represent"), {"Sara Lindqvist": 10, "Aisha Bello": 2}),
    "archive": (("compress", "index", "purge", "restore"), {"Sara Lindqvist": 8}),
    "posting": (
        ("accounts", "balance", "entries", "idempotency", "journal", "post", "replay", "reverse", "rules"),
        {"You": 26, "Priya Raman": 8, "Tomasz Wilk": 3},
    ),
    "release": (("deploy", "gate", "keys", "rollback", "smoke"), {"You": 20}),
    "api": (
        ("errors", "events", "merchants", "pagination", "payments", "schema", "versions", "webhooks"),
        {"Priya Raman": 22, "Wen Zhao": 6},
    ),
    "refunds": (
        ("batch", "limits", "refund", "retry", "states", "timeouts"),
        {"Tomasz Wilk": 14, "Wen Zhao": 10, "Marek Novotny": 3},
    ),
    "risk": (("rules", "scores", "signals", "velocity"), {"Marek Novotny": 12, "Aisha Bello": 8}),
    "alerts": (("pager", "queue_depth", "totals"), {"Tomasz Wilk": 8, "Leo Brandt": 2}),
}  # fmt: skip
OTHERS = ("README.md", "poetry.lock", "docs/month_end.md", "vendor/iso20022/messages.py")


def commits() -> list[Commit]:
    """The sample's commits, oldest first."""
    luck = random.Random(SEED)  # noqa: S311 - a sample, not a secret
    found = [*_created(luck), *_changed(luck), *_machines(luck)]
    moves = tuple(
        ("R100", f"{folder}/{name}.py", f"billing/{folder}/{name}.py")
        for folder in BILLING
        for name in FOLDERS[folder][0]
    )
    found.append(Commit(int(MOVED.timestamp()), "You", PEOPLE["You"], moves))
    return sorted(found, key=lambda one: (one.when, one.name))


def history() -> History:
    """What ``read_history`` would find, were the sample a repository."""
    reader = Reader(int(dt.datetime(LAST.year, LAST.month, LAST.day, 18, tzinfo=dt.UTC).timestamp()))
    made = commits()
    for commit in made:
        reader.add(commit)
    files, people = reader.touches(
        f"{folder}/{name}.py" for folder, (names, _) in sorted(FOLDERS.items()) for name in names
    )
    from leadgym.tools.busfactor.rules import NO_CODE, RULES

    out = {NO_CODE: 3, RULES[0][0]: 1}
    note = "This is a sample: Halyard, its people and its code are invented."
    return History("Halyard Ledger", "", made[-1].when, files, people, len(made), reader.bots, out, (note,))


def table() -> str:
    """The sample as CSV, a row for each file of each commit: what the exercise reads."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("commit", "date", "who", "what", "path", "was"))
    words = {"A": "added", "M": "changed", "R100": "moved"}
    for number, commit in enumerate(commits(), 1):
        day = dt.datetime.fromtimestamp(commit.when, dt.UTC).date().isoformat()
        for letter, path, before in commit.changes:
            writer.writerow((f"c{number:04}", day, commit.name, words[letter], path, before))
    return out.getvalue()


def fast_import() -> bytes:
    """The sample for ``git fast-import``, to try the tool on a real repository."""
    lines = ["reset refs/heads/main"]
    texts: dict[str, str] = {}
    for commit in commits():
        who = f"{commit.name} <{commit.email}> {commit.when} +0000"
        lines += ["commit refs/heads/main", f"author {who}", f"committer {who}", "data 4", "work"]
        for letter, path, before in commit.changes:
            if letter == "R100":
                texts[path] = texts.pop(before)
                lines.append(f"R {before} {path}")
            else:
                texts[path] = texts.get(path, "\n".join(f"{path} {n}" for n in range(40))) + f"\n{commit.when}"
                text = texts[path].encode()
                lines += [f"M 100644 inline {path}", f"data {len(text)}", text.decode()]
        lines.append("")
    return "\n".join(lines).encode()


def _at(folder: str, name: str) -> str:
    return f"{'billing/' if folder in BILLING else ''}{folder}/{name}.py"


def _created(luck: random.Random) -> Iterator[Commit]:
    for folder, (names, people) in FOLDERS.items():
        start = FIRST if folder != "alerts" else dt.date(2026, 9, 1)
        for name in names:
            day = start + dt.timedelta(days=luck.randrange(0, 200))
            who = next(iter(people)) if luck.random() < 0.9 else luck.choice(list(people)[:2])
            if who == "Leo Brandt":  # he was not there yet
                who = next(iter(people))
            yield _commit(luck, who, day, "A", _at(folder, name))
    for path in OTHERS:
        yield _commit(luck, "Tomasz Wilk", FIRST, "A", path)


def _changed(luck: random.Random) -> Iterator[Commit]:
    for folder, (names, people) in FOLDERS.items():
        for who, weight in people.items():
            for _ in range(round(weight * len(names) / 5)):
                name = luck.choice(names)
                first = dt.date(2027, 3, 25) if folder == "alerts" else dt.date(2025, 8, 4)
                if who == "Leo Brandt":
                    first = dt.date(2027, 4, 1)
                day = first + dt.timedelta(days=luck.randrange(0, (LAST - first).days))
                if abs((day - MOVED.date()).days) < 4:
                    day -= dt.timedelta(days=8)
                path = f"{folder}/{name}.py" if day > MOVED.date() else _at(folder, name)
                yield _commit(luck, who, day, "M", path)


def _machines(luck: random.Random) -> Iterator[Commit]:
    for month in range(28):
        day = dt.date(2025 + month // 12, month % 12 + 1, 9)
        when = int(dt.datetime(day.year, day.month, day.day, 3, luck.randrange(60), tzinfo=dt.UTC).timestamp())
        yield Commit(when, "dependabot[bot]", "bot@users.noreply.github.com", (("M", "poetry.lock", ""),))


def _commit(luck: random.Random, who: str, day: dt.date, letter: str, path: str) -> Commit:
    while day.weekday() > 4:
        day += dt.timedelta(days=1)
    time = dt.datetime(day.year, day.month, day.day, luck.randrange(8, 17), luck.randrange(60), tzinfo=dt.UTC)
    old = who == "Sara Lindqvist" and time < MOVED
    return Commit(int(time.timestamp()), who, OLD_ADDRESS if old else PEOPLE[who], ((letter, path, ""),))
