"""An invented board: nine weeks of the Ledger team and the split payouts, as a history of statuses. Seeded, and the
same every time. ``python -m leadgym.tools.flow.sample FILE`` writes it."""

from __future__ import annotations

import csv
import io
import random
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

SEED = 38
NAME = "the sample board (invented)"
_FIRST = datetime(2027, 3, 1, 9, 0)
_LAST = datetime(2027, 4, 29, 17, 0)
_TITLES = (
    "Split rules for a basket", "Rounding: the odd cent", "Payee records", "Payout file for the bank",
    "Channel to the bank", "Returned payouts", "Statement for a seller", "Limits per seller", "Dress rehearsal",
    "Seller onboarding screen", "Export for Finance", "Alert when a run is short", "Audit trail of a split",
    "Refund of a split payment", "Replay of a failed run", "Sandbox sellers", "Fee line on the statement",
    "Archive of payout files", "Access for Support", "Time zone of the cut-off", "Holiday calendar of the bank",
    "Report of open payouts", "Change of a bank account", "Two payouts on one day", "Naming of the run",
    "Old endpoint switched off", "Retry after a timeout", "Texts in the mails to sellers", "Load test of a run",
    "Deletion of a seller", "Runbook for the on-call", "Dashboard for Dana", "Currency check", "Negative balance",
    "Monthly fee", "Interest on held money", "Freeze of a seller", "Second approval", "Search by reference",
    "Old statements as PDF", "Masking in the logs", "Bank reply codes",
)  # fmt: skip
_WAITS = (
    ("Platform: bank channel", 0.30, 80.0), ("Review", 0.28, 17.0), ("Dana: what is wanted", 0.20, 26.0),
    ("Test environment", 0.14, 11.0), ("Bank", 0.08, 75.0),
)  # fmt: skip


def rows() -> Iterator[tuple[str, str, str, str, str]]:
    """Key, summary, moment, status and what it waits for; in the order of time."""
    luck = random.Random(SEED)  # noqa: S311 - luck, not secrets
    found: list[tuple[datetime, str, str, str, str]] = []
    for place, title in enumerate(_TITLES):
        key = f"LED-{612 + place}"
        at = _office(_FIRST + timedelta(hours=luck.uniform(0, 24 * 62)))
        found.append((at, key, title, "To Do", ""))
        at = _office(at + timedelta(hours=luck.expovariate(1 / 60)))
        history = [(at, "In Progress", "")]
        for _ in range(luck.choice((0, 0, 1, 1, 1, 2))):
            why, _, mean = luck.choices(_WAITS, [share for _, share, _ in _WAITS])[0]
            at = _office(at + timedelta(hours=luck.uniform(3, 40)))
            history.append((at, "Blocked", why))
            at = _office(at + timedelta(hours=luck.expovariate(1 / mean) + 1))
            history.append((at, "In Progress", ""))
        at = _office(at + timedelta(hours=luck.uniform(6, 70)))
        if luck.random() < 0.04:
            history.append((at, "Cancelled", ""))
        else:
            history.append((at, "In Review", ""))
            at = _office(at + timedelta(hours=luck.expovariate(1 / 20) + 1))
            history.append((at, "Done", ""))
            if luck.random() < 0.07:
                at = _office(at + timedelta(hours=luck.uniform(20, 90)))
                history.append((at, "In Progress", ""))
                at = _office(at + timedelta(hours=luck.uniform(4, 30)))
                history.append((at, "Done", ""))
        found += [(when, key, title, status, why) for when, status, why in history]
    for at, key, title, status, why in sorted(found):
        if at <= _LAST:
            yield key, title, f"{at:%Y-%m-%d %H:%M}", status, why


def text() -> str:
    """The board as a CSV file."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("Issue key", "Summary", "Changed", "Status", "Waits for"))
    writer.writerows(rows())
    return out.getvalue()


def _office(at: datetime) -> datetime:
    """The next moment at which somebody is in the office, to the minute."""
    at = at.replace(second=0, microsecond=0)
    if at.hour < 9:
        at = at.replace(hour=9, minute=at.minute % 50)
    if at.hour >= 18:
        at = (at + timedelta(days=1)).replace(hour=9, minute=at.minute % 50)
    while at.weekday() >= 5:
        at += timedelta(days=1)
    return at


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(text(), encoding="utf-8")
