"""A year of invented incidents at Halyard, always the same: what ``leadgym risk --sample`` reads."""

from __future__ import annotations

import csv
import io
import math
import random
import tempfile
from datetime import date, datetime, timedelta
from pathlib import Path

from leadgym.tools.risk.reading import Log, from_csv

SEED = 2026
HEAD = ("id", "opened", "system", "minutes felt outside", "cost per hour", "note")
_SYSTEMS = {
    "card payments": (96_000, ("payments refused", "timeouts at the bank", "answers lost, payments shown as open")),
    "merchant pages": (24_000, ("pages did not load", "log-in impossible", "yesterday's figures shown")),
    "payout run": (60_000, ("payouts late", "run stopped halfway, begun again by hand")),
}
_UNFELT = ("restarted, nobody noticed", "queue caught up by itself", "second node took over", "seen in the graph only")


def sample_csv() -> str:
    """The file: four quarters of three systems, most of it felt by nobody, with drills and one reported twice."""
    luck = random.Random(SEED)  # noqa: S311 - invented incidents, not a secret
    opened = datetime(2025, 10, 2, 9, 40)
    rows: list[tuple[str, ...]] = []
    while opened.year == 2025 or opened.month < 10:
        system = luck.choices(list(_SYSTEMS), weights=(5, 3, 2))[0]
        per_hour, words = _SYSTEMS[system]
        felt = luck.random() < 0.42
        minutes = max(3, round(math.exp(luck.gauss(3.3, 0.8)))) if felt else 0
        if not 8 <= opened.hour < 20:
            per_hour //= 8
        note = luck.choice(words if felt else _UNFELT)
        rows.append((f"{opened:%Y-%m-%d %H:%M}", system, str(minutes), str(per_hour), note))
        if felt and luck.random() < 0.2:
            later = opened + timedelta(minutes=luck.randint(3, 20))
            rows.append((f"{later:%Y-%m-%d %H:%M}", system, str(minutes), str(per_hour), "duplicate of the one above"))
        opened += timedelta(minutes=round(luck.expovariate(1 / (13 * 24 * 60))))
    for day in ("2026-03-11 10:00", "2026-09-09 10:00"):
        rows.append((day, "card payments", "20", "96000", "planned exercise, merchants were told"))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEAD)
    writer.writerows((f"INC-{1400 + 7 * place}", *row) for place, row in enumerate(sorted(rows)))
    return out.getvalue()


def sample_csv_log(system: str | None = None, window: tuple[date | None, date | None] = (None, None)) -> Log:
    """The file, read as anybody's would be."""
    with tempfile.TemporaryDirectory(prefix="leadgym-") as folder:
        path = Path(folder) / "sample.csv"
        path.write_text(sample_csv(), encoding="utf-8")
        return from_csv(path, system=system, window=window)
