"""Sample data: nine weeks of an invented team's pull requests, as ``gh pr list --json`` has them. Seeded.

``python -m leadgym.tools.reviews.sample > pulls.json`` writes the file that ships with the exercise.
"""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from typing import Any

SEED = 612
START = datetime(2026, 9, 1, tzinfo=UTC)
UNTIL = datetime(2026, 11, 3, 16, 10, 22, tzinfo=UTC)
DAY = (8, 17)  # the team's working day, in UTC
REQUESTS = 58
WRITE = {"wen": 17, "priya": 14, "tomasz": 10, "marek": 9, "aisha": 7, "you": 5}
READ = {"you": 30, "tomasz": 5, "priya": 4, "marek": 6, "aisha": 2, "wen": 1}
BOT = "app/dependabot"
QUIET_FROM = datetime(2026, 10, 12, tzinfo=UTC)  # from here on Wen pushes and does not answer

TITLES = """\
Settle in the payer's currency
Refunds: idempotent on merchant reference
Split the posting queue by shard
Statement: show fees apart
Chargebacks: store the scheme's reason
Retry the bank file upload
Drop unused ledger_v1 columns
Payouts: hold below one euro
Round VAT per line
Alarm on a day without postings
Export: stream instead of load
Webhook: sign the body
Read replica for the dashboard
Backfill merchant time zones
Limit exports to 90 days
Log the posting key
Fee preview endpoint
Move rate table to config
Cancel a scheduled payout
Replay: stop at the first difference""".splitlines()
REMARKS = """\
LGTM
nit: `amt` -> `amount`
Missing blank line at the end of the file.
Can this be None when the bank is closed?
Please sort the imports.
What happens to the second half if the first insert has gone through?
We had this in March: the scheme sends the reason later. Store it as it comes, interpret it when reading.
typo: recieve
This logs the card number.
Why not a dict?
I would have used a comprehension here, but fine.
```suggestion~    return total.quantize(CENT)~```
The lock is held across the HTTP call, so one slow bank stops everybody. Can we take it after the call?
Line too long.
Tests only cover the happy path.
Nice, that was overdue.
Same as above.
Could you say in the name that it is in cents?
Not blocking: the order of the arguments differs from refund().
If two workers pick up the same row, both post. A unique key would make the second one fail; chargebacks do it.
ok
Why do we need this at all?
?
Trailing whitespace.
Does this run at month-end as well?""".splitlines()
ANSWERS = (
    "done",
    "Good point, changed.",
    "It cannot, the parser rejects it. Test added.",
    "Not sure I follow, which half?",
    "ok",
)


def sample_pulls() -> list[dict[str, Any]]:
    """The requests, newest first, as the forge lists them."""
    luck = random.Random(SEED)  # noqa: S311 - sample data
    opened = sorted(_office(luck, START + timedelta(days=62.0 * luck.random())) for _ in range(REQUESTS))
    number, found = 515, []
    for place, at in enumerate(opened):
        number += 1 + (luck.random() < 0.25)
        author = BOT if place % 14 == 9 else _pick(luck, WRITE)
        found.append(_pull(luck, number, author, at))
    found += [_waiting(*one) for one in OPEN]
    return sorted(found, key=lambda one: one["createdAt"], reverse=True)


OPEN = (
    (598, "tomasz", "Payouts: second bank file format", datetime(2026, 10, 29, 9, 41, 8, tzinfo=UTC), 214, 38),
    (609, "priya", "Public API for partial refunds", datetime(2026, 10, 30, 15, 2, 51, tzinfo=UTC), 612, 120),
    (611, "aisha", "Rename fraud_score_v2", datetime(2026, 11, 2, 8, 57, 30, tzinfo=UTC), 9, 9),
    (612, "wen", "Retry refunds that time out", datetime(2026, 11, 2, 11, 20, 4, tzinfo=UTC), 15, 1),
    (614, "marek", "Ledger snapshot in one query", datetime(2026, 11, 3, 10, 33, 47, tzinfo=UTC), 71, 160),
)
"""What waits on that Tuesday: number, author, title, opened, lines added and deleted."""


def as_json() -> str:
    """The sample as the file it is committed as."""
    return json.dumps(sample_pulls(), indent=1, ensure_ascii=False) + "\n"


def _pull(luck: random.Random, number: int, author: str, at: datetime) -> dict[str, Any]:
    added = int(6 * 2 ** (7 * luck.random()))
    made = _blank(number, author, luck.choice(TITLES), at, added, int(added * luck.random()))
    if author == BOT:
        made["title"] = f"Bump {luck.choice(['httpx', 'pydantic', 'sqlalchemy', 'ruff'])}"
        return _ended(made, _later(luck, at, 20 * luck.random()), merged=True)
    alone = luck.random() < (0.5 if author == "you" else 0.04)
    if alone:
        return _ended(made, _later(luck, at, 0.3 + luck.random()), merged=True)
    reader = _pick(luck, {name: weight for name, weight in READ.items() if name != author})
    middle = 11.0 if reader == "you" else 3.5
    first = _later(luck, at, middle * 2 ** luck.gauss(0, 1.3))
    if first >= UNTIL:
        return made
    rounds = 1 + (luck.random() < 0.55) + (luck.random() < 0.2)
    now = first
    for turn in range(rounds):
        last = turn == rounds - 1
        said = [luck.choice(REMARKS).replace("~", "\n") for _ in range(1 + int(3 * luck.random()))]
        state = "APPROVED" if last else ("CHANGES_REQUESTED" if luck.random() < 0.5 else "COMMENTED")
        made["reviews"].append(_review(reader, now, state, said[0]))
        for text in said[1:]:
            made["comments"].append(_comment(reader, now + timedelta(minutes=3 + int(20 * luck.random())), text))
        if not last:
            now = _later(luck, now, 1 + 5 * luck.random())
            if author != "wen" or now < QUIET_FROM:
                made["comments"].append(_comment(author, now, luck.choice(ANSWERS)))
            now = _later(luck, now, (6.0 if reader == "you" else 2.0) * luck.random() + 0.4)
        if now >= UNTIL:
            return made
    over = _later(luck, now, 0.2 + 3 * luck.random())
    return made if over >= UNTIL else _ended(made, over, merged=luck.random() > 0.05)


def _waiting(number: int, author: str, title: str, at: datetime, added: int, deleted: int) -> dict[str, Any]:
    made = _blank(number, author, title, at, added, deleted)
    made["comments"].append(
        _comment("halyard-ci[bot]", at + timedelta(minutes=4, seconds=11), "All checks have passed.")
    )
    return made


def _blank(number: int, author: str, title: str, at: datetime, added: int, deleted: int) -> dict[str, Any]:
    return {
        "number": number,
        "title": title,
        "author": {"is_bot": author == BOT, "login": author},
        "state": "OPEN",
        "isDraft": False,
        "createdAt": _stamp(at),
        "mergedAt": None,
        "closedAt": None,
        "additions": added,
        "deletions": deleted,
        "reviews": [],
        "comments": [],
    }


def _ended(made: dict[str, Any], at: datetime, merged: bool) -> dict[str, Any]:
    if at >= UNTIL:
        return made
    made |= {
        "state": "MERGED" if merged else "CLOSED",
        "mergedAt": _stamp(at) if merged else None,
        "closedAt": _stamp(at),
    }
    return made


def _review(who: str, at: datetime, state: str, text: str) -> dict[str, Any]:
    return {"author": {"login": who}, "state": state, "submittedAt": _stamp(at), "body": text}


def _comment(who: str, at: datetime, text: str) -> dict[str, Any]:
    return {"author": {"login": who}, "createdAt": _stamp(at), "body": text}


def _pick(luck: random.Random, weights: dict[str, int]) -> str:
    return luck.choices(list(weights), list(weights.values()))[0]


def _stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _office(luck: random.Random, at: datetime) -> datetime:
    """A moment in the working day of ``at``; a weekend's is put off to Monday."""
    at += timedelta(days={5: 2, 6: 1}.get(at.weekday(), 0))
    seconds = int((DAY[1] - DAY[0]) * 3600 * luck.random())
    return at.replace(hour=DAY[0], minute=0, second=0, microsecond=0) + timedelta(seconds=seconds)


def _later(luck: random.Random, at: datetime, hours: float) -> datetime:
    """``hours`` of working time after ``at``."""
    left = timedelta(seconds=int(hours * 3600) + int(60 * luck.random()))
    while True:
        end = at.replace(hour=DAY[1], minute=0, second=0, microsecond=0)
        if at.weekday() < 5 and at + left <= end:
            return at + left
        if at.weekday() < 5 and at < end:
            left -= end - at
        at = (at + timedelta(days=1)).replace(hour=DAY[0], minute=0, second=0, microsecond=0)


if __name__ == "__main__":
    print(as_json(), end="")
