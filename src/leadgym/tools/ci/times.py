"""Points in time as CI systems write them. Everything is compared in UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

_SPOKEN = re.compile(r"(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?) (UTC|[+-]\d\d:?\d\d)")


def moment(text: object) -> tuple[datetime | None, bool]:
    """The point in time that ``text`` names, in UTC, and whether it named a zone. None for empty.

    Takes ISO 8601 as GitHub (``2025-03-04T08:00:00Z``) and GitLab (``...+01:00``) write it, ``2025-03-04 08:00:00
    +0100`` and ``... UTC`` as GitLab's hooks do, and Go's empty time ``0001-01-01T00:00:00Z`` (``gh`` writes it for
    what has not happened) as empty. Without a zone it is taken for UTC. Raises ValueError for anything else.
    """
    if text is None or text == "":
        return None, True
    if not isinstance(text, str):
        raise ValueError(f"{text!r} is no point in time")
    written = text.strip()
    if spoken := _SPOKEN.fullmatch(written):
        written = f"{spoken[1]}T{spoken[2]}{'Z' if spoken[3] == 'UTC' else spoken[3]}"
    if re.fullmatch(r"\d{4}-\d\d-\d\d", written):
        raise ValueError(f"'{text}' is a day without a time")
    try:
        found = datetime.fromisoformat(written)
    except ValueError:
        raise ValueError(f"'{text}' is no date and time") from None
    if found.year == 1:
        return None, True
    if found.tzinfo is None:
        return found.replace(tzinfo=UTC), False
    return found.astimezone(UTC), True


def seconds_before(at: datetime, seconds: float) -> datetime:
    """``seconds`` earlier than ``at``."""
    return at - timedelta(seconds=seconds)
