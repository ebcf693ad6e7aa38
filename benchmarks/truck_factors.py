"""Truck factors beside the published ones, and what reading a large history takes.

    python benchmarks/truck_factors.py CLONE...            the table, one row for each clone
    python benchmarks/truck_factors.py --time CLONE        time and peak memory, beside `git log` alone

A CLONE is a git directory with its whole history, called after its repository (owner+name or name). Published values:
Avelino et al. 2016, as listed in aserg-ufmg/Truck-Factor, branch gh-pages, index.html, commit 90d4c55 (15 April 2016).
"""

from __future__ import annotations

import argparse
import datetime as dt
import resource
import subprocess
import sys
import time
from pathlib import Path

from leadgym.tools.busfactor.authorship import authors, degrees, truck_factor
from leadgym.tools.busfactor.history import RENAME_LIMIT, History, read_history

AS_OF = "2015-02-25"
PUBLISHED = {
    "flask": 1, "d3": 1, "celery": 1, "metrics": 1, "grunt": 1, "kivy": 1, "Mailpile": 1, "backbone": 2, "clojure": 2,
    "composer": 2, "linguist": 2, "vowpal_wabbit": 2, "thumbor": 2, "rubocop": 3, "youtube-dl": 3, "jekyll": 4,
    "ember.js": 6, "rails": 9, "git": 12, "moment": 19,
}  # fmt: skip
"""Chosen before anything was counted: of those that could be had here, a spread from 1 to 19."""


def named(clone: Path) -> str:
    """The repository's name, without its owner."""
    folder = clone.parent if clone.name in ("repo", ".git") else clone
    return folder.name.removesuffix(".git").rpartition("+")[2]


def row(clone: Path, day: dt.date) -> str:
    """One line of the table."""
    history = read_history(clone, day)
    found = truck_factor({path: authors(degrees(known.touches)) for path, known in history.files.items()})
    published = PUBLISHED.get(named(clone))
    off = "" if published is None else f"{found.value - published:+d}".replace("+0", "0")
    top = ", ".join(f"{one.person} {100 * one.files / found.files:.0f} %" for one in found.removed[:3])
    return (
        f"| {named(clone)} | `{history.commit[:9]}` | {history.commits:,} | {found.files:,} | {published or ''} | "
        f"{found.value} | {off} | {top} |"
    )


def timed(clone: Path) -> None:
    """Seconds and peak memory of the whole page's numbers, and of git log with the same words and nothing else."""
    log = [
        "git", "-C", str(clone), "log", "-z", "--reverse", "--topo-order", "--no-merges", "--use-mailmap", "--raw",
        "-M50%", f"-l{RENAME_LIMIT}", "--format=%H", "HEAD",
    ]  # fmt: skip
    git, ours, history = [], [], None
    if subprocess.run(log, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode:
        log[log.index("-M50%")] = "-M100%"  # contents are missing; read_history does the same
    for _ in range(3):
        start = time.perf_counter()
        subprocess.run(log, stdout=subprocess.DEVNULL, check=True)
        git.append(time.perf_counter() - start)
        start = time.perf_counter()
        history = read_history(clone)
        truck_factor({path: authors(degrees(known.touches)) for path, known in history.files.items()})
        ours.append(time.perf_counter() - start)
    assert isinstance(history, History)  # noqa: S101 - three rounds were run
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 if sys.platform == "darwin" else 1024)
    child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / (1 if sys.platform == "darwin" else 1024)
    print(f"{named(clone)} at {history.commit[:9]}: {history.commits:,} commits, {len(history.files):,} files count.")
    print(
        f"Ratio to git log alone, best of three: {min(ours) / min(git):.2f} ({min(ours):.1f} s to {min(git):.1f} s). "
        f"Peak memory: {peak:,.0f} MiB here, {child:,.0f} MiB in git."
    )


def main() -> None:
    """Print the table or the times."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("clones", nargs="+", type=Path, metavar="CLONE")
    words.add_argument("--time", action="store_true", help="Time and peak memory instead of the table.")
    words.add_argument("--as-of", default=AS_OF, metavar="DAY", help="The day of the table; the study's by default.")
    given = words.parse_args()
    if given.time:
        for clone in given.clones:
            timed(clone)
        return
    print("| repository | commit | commits read | files | published | here | off by | largest authors |")
    print("|---|---|---|---|---|---|---|---|")
    for clone in given.clones:
        print(row(clone, dt.date.fromisoformat(given.as_of)), flush=True)


if __name__ == "__main__":
    main()
