"""`leadgym report` on a marked cohort: what it takes, and how long its pages take to open in a cold Chromium."""

from __future__ import annotations

import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from cohort_marking import LEADGYM
from grading_measures import sizes

OPENED = 5
"""How often a page is opened, each time by a browser that was started for it, with a profile that is new."""
_LOOK_SECONDS = 0.1
_LOADED = "() => performance.getEntriesByType('navigation')[0].loadEventEnd > 0"
_MEASURED = "() => performance.getEntriesByType('navigation')[0].loadEventEnd"


@dataclass(frozen=True)
class Written:
    """What `leadgym report` took: seconds, the highest private and resident bytes seen. ``index``: its first page."""

    seconds: float
    private: int
    resident: int
    index: Path

    @property
    def files(self) -> list[Path]:
        """All that was written."""
        return sorted(path for path in self.index.parent.rglob("*") if path.is_file())


@dataclass(frozen=True)
class Opened:
    """A page opened several times: milliseconds from the start of the navigation to the end of its load event.

    ``asked``: addresses that it asked for outside of its own folder.
    """

    page: Path
    milliseconds: tuple[float, ...]
    asked: tuple[str, ...]

    @property
    def said(self) -> str:
        """In words."""
        low, middle, high = min(self.milliseconds), median(self.milliseconds), max(self.milliseconds)
        return f"{middle:.0f} ms ({low:.0f} to {high:.0f}), {self.page.stat().st_size / 1000:.0f} kB"


class ReportFailed(Exception):
    """`leadgym report` failed, with what it said last."""


def write(root: Path, out: Path) -> Written:
    """Have the report on ``root`` written into ``out``. Raises ReportFailed."""
    shutil.rmtree(out, ignore_errors=True)
    began = time.monotonic()
    command = [LEADGYM, "report", "--root", str(root), "--out", str(out)]
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    private = resident = 0
    while process.poll() is None:
        for _, own, all_ in sizes(process.pid):
            private, resident = max(private, own), max(resident, all_)
        time.sleep(_LOOK_SECONDS)
    seconds = time.monotonic() - began
    said = process.communicate()[0]
    if process.returncode:
        raise ReportFailed(f"leadgym report ended with {process.returncode}: {said.strip()[-2000:]}")
    return Written(seconds, private, resident, out / "index.html")


def browser() -> str | None:
    """The Chromium there is, None where there is none."""
    return next(
        (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
    )


def opened(page: Path, chromium: str, times: int = OPENED) -> Opened:
    """Open ``page`` in browsers started anew. Files that the system has read before may come from its memory."""
    from playwright.sync_api import sync_playwright

    taken, asked = [], set[str]()
    inside = page.parent.as_uri()

    def ask(request: Any) -> None:
        if not request.url.startswith((inside, "data:")):
            asked.add(request.url)

    with sync_playwright() as playwright:
        for _ in range(times):
            window = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            tab = window.new_page(viewport={"width": 1280, "height": 900})
            tab.on("request", ask)
            tab.goto(page.as_uri(), wait_until="load")
            tab.wait_for_function(_LOADED)
            taken.append(float(tab.evaluate(_MEASURED)))
            window.close()
    return Opened(page, tuple(taken), tuple(sorted(asked)))
