"""The sample: half a year of an invented team's tracker, and an open list. Written by a seed, the same each time."""

from __future__ import annotations

import csv
import datetime as dt
import io
import random

FIRST = dt.date(2026, 3, 16)
SEED = 7
FINISHED = (4, 6, 3, 5, 2, 7, 4, 0, 5, 3, 8, 4, 5, 2, 6, 3, 4, 7, 1, 5, 4, 0, 3, 6, 5, 4)
"""Items a week, 16 March to 11 September 2026. In the eighth a bank's outage took everybody; the 22nd is August."""
EARLIER = 2
"""Items of the week before, of which the export has only the end."""
CANCELLED = 5
SMALL, REST = 20, 30
OPEN = SMALL + REST
KINDS = ("story", "story", "story", "bug", "task")
HEADINGS = ("Key", "Type", "Status", "Resolution", "Created", "Resolved", "Part")


def sample_rows() -> list[dict[str, str]]:
    """The rows of the export, by key."""
    luck = random.Random(SEED)  # noqa: S311 - sample data
    ends: list[tuple[dt.date, str]] = [(FIRST - dt.timedelta(days=3), "Done")] * EARLIER
    for week, count in enumerate(FINISHED):
        monday = FIRST + dt.timedelta(weeks=week)
        ends += [(monday + dt.timedelta(days=luck.choice((0, 1, 1, 2, 2, 3, 3, 4))), "Done") for _ in range(count)]
    for _ in range(CANCELLED):
        ends.append((FIRST + dt.timedelta(days=luck.randrange(0, 170)), "Won't do"))
    # The last Friday has an item, so that its week is seen to be whole.
    ends[EARLIER + sum(FINISHED) - 1] = (FIRST + dt.timedelta(days=7 * len(FINISHED) - 3), "Done")
    rows = []
    for end, resolution in sorted(ends):
        begun = end - dt.timedelta(days=round(luck.lognormvariate(2.2, 0.8)) + 1)
        resolved = dt.datetime.combine(end, dt.time(luck.randint(9, 17), luck.randint(0, 59)))
        rows.append((begun, resolved.isoformat(" ", "minutes"), "Closed", resolution, ""))
    for part, count in (("small", SMALL), ("rest", REST)):
        for _ in range(count):
            rows.append((dt.date(2026, 9, luck.randint(7, 11)), "", "To do", "", part))
    rows.sort(key=lambda row: (row[0], row[1] or "9"))
    return [
        {"Key": f"LED-{301 + place}", "Type": luck.choice(KINDS), "Status": status, "Resolution": resolution,
         "Created": begun.isoformat(), "Resolved": resolved, "Part": part}
        for place, (begun, resolved, status, resolution, part) in enumerate(rows)
    ]  # fmt: skip


def sample_csv() -> str:
    """The export as a file."""
    out = io.StringIO()
    writer = csv.DictWriter(out, HEADINGS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(sample_rows())
    return out.getvalue()
