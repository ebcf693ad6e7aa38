"""From files to a report, for the command and for notebooks."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, tzinfo
from pathlib import Path

from leadgym.tools.report import Report
from leadgym.tools.reviews import numbers, sheet
from leadgym.tools.reviews.model import Export
from leadgym.tools.reviews.page import reviews_report
from leadgym.tools.reviews.read import moment, read_pulls
from leadgym.tools.zones import zone_or_none
from leadgym.yamlfile import FileProblems


def reviews(
    *files: str | Path,
    until: str | None = None,
    zone: str = "UTC",
    bots: Collection[str] = (),
    people: Collection[str] = (),
    labels: str | Path | None = None,
) -> Report:
    """How long changes wait to be read, and who reads them. Without ``files``: the sample of an invented team.

    ``files``: a pull-request export as JSON, or several. ``until``: when it was made. ``zone``: whose weekend.
    ``bots``: accounts to leave out besides those that say so; ``people``: those that only look like one.
    ``labels``: a sheet of comments that you have sorted.
    Raises FileProblems with file, line and mend.
    """
    sorted_ = sheet.read_sheet(Path(labels)) if labels is not None else None
    return reviews_report(
        export_of([Path(one) for one in files], until), zone_of(zone), numbers.Bots(bots, people), sorted_
    )


def export_of(files: Sequence[Path], until: str | None = None) -> Export:
    """What ``files`` hold; the sample where there are none. Raises FileProblems."""
    at: datetime | None = None
    if until is not None:
        try:
            at = moment(until)
        except ValueError as error:
            raise FileProblems(
                [f"--until: '{until}' is no time with a zone. Write it as 2026-11-03T16:10:00Z."]
            ) from error
    if files:
        return read_pulls(files, at)
    import tempfile

    from leadgym.tools.reviews.sample import UNTIL, as_json

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sample.json"
        path.write_text(as_json(), encoding="utf-8")
        return read_pulls([path], at or UNTIL)


def zone_of(name: str) -> tzinfo:
    """A zone by its name. Raises FileProblems."""
    found = UTC if name == "UTC" else zone_or_none(name)
    if found is None:
        raise FileProblems(
            [f"--zone: '{name}' is not known here. Write Europe/Berlin, or UTC; on Windows: pip install tzdata."]
        )
    return found


def comments_of(export: Export, bots: Collection[str] = (), people: Collection[str] = ()) -> list[str]:
    """What people wrote under requests of others."""
    return numbers.comments(numbers.by_people(export, numbers.Bots(bots, people)))
