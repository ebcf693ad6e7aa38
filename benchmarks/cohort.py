"""A whole cohort of generated learners: handed in, marked in parallel, killed twice, resumed, reported, and checked.

Learners with planted abilities answer items with planted difficulty and discrimination (cohort_model.py); what they
hand in goes into a course root (cohort_learners.py). Then the real commands run: `leadgym grade` for each module,
killed with SIGKILL at seeded moments and begun again (cohort_marking.py), and `leadgym report`. Checked are: that every
mark is there once; that a sample, marked again undisturbed, has the same marks; how much memory each process takes
while hundred after hundred is marked; how long the report's first page takes to open in Chromium; and that the
statistics recover what was planted (cohort_recovered.py). They come from generated learners: they test the machinery,
not the items.

    python benchmarks/cohort.py --learners 24 --modules 02,09      minutes
    python benchmarks/cohort.py --learners 500 --modules all       hours on two cores

Stop it whenever you like: with the same --root the same command does the rest. This is the authors' side: it reads the
private keys to draw the answers.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from html import escape
from pathlib import Path

from cohort_learners import fate, lay, marked
from cohort_marking import MarkingFailed, RunNotKilled, State, differences, mark, moments, once, undisturbed
from cohort_model import Planted
from cohort_recovered import rows
from cohort_report import ReportFailed, Written, browser, opened, write
from grading_measures import MB

from leadgym.cohort.road import PRIVATE
from leadgym.course.modules import find_slug, slugs

KILLS = 2
DEMANDED = 2000.0
"""Milliseconds within which a page of the report has to be open."""
_HOLDS = {True: "ok  ", False: "NO  ", None: "    "}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it; 0 when everything checked holds."""
    given = _arguments(arguments)
    try:
        named = slugs() if given.modules == "all" else [find_slug(name) for name in given.modules.split(",")]
    except KeyError as problem:
        print(problem.args[0], file=sys.stderr)
        return 2
    chosen = sorted(set(named))
    planted = Planted(given.seed)
    root = given.root or Path(tempfile.gettempdir()) / f"leadgym-cohort-{given.learners}-{len(chosen)}"
    said = root / PRIVATE / "generated"
    learners = [planted.learner(number) for number in range(given.learners)]
    numbers = ", ".join(slug.partition("_")[0] for slug in chosen)
    about = f"Made by benchmarks/cohort.py: {given.learners} learners, seed {given.seed}, modules {numbers}."
    if not said.is_file():
        _say(f"Writing what {given.learners} learners hand in, into {root}.")
        lay(root, planted, learners, chosen, about)
    elif said.read_text(encoding="utf-8").strip() != about:
        print(f"{root} holds another cohort. Name another folder with --root, or remove that one.", file=sys.stderr)
        return 2
    state = State.of(root)
    kills = moments(given.seed, chosen, KILLS)
    totals = {slug: sum(marked(fate(planted, one, slug)) for one in learners) for slug in chosen}
    for slug in chosen:
        if slug not in state.done:
            _say(f"{slug}: {totals[slug]} submissions to be marked.")
            mark(root, slug, totals[slug], state, [share for of, share in kills if of == slug], given.workers)
            _say(f"{slug}: marked in {state.seconds[slug]:.0f} s.")
    _say("Marking a sample again, undisturbed.")
    other = undisturbed(root, planted, learners, chosen)
    wrong = once(root, planted, learners, chosen, state)
    if len(state.kills) != KILLS:
        wrong.append(f"killed {len(state.kills)} times, and not {KILLS}")
    compared, differ = differences(root, other, chosen)
    _table(_of_marking(state, len(learners), sum(totals.values()), wrong, compared, differ))
    _say("Writing the report.")
    written = write(root, root.with_name(f"{root.name}-report"))
    opening, slow = _of_report(written, about)
    _table(opening)
    _say("Comparing its statistics with what was planted.")
    statistics = rows(root, other, planted, learners, chosen)
    print("\nFrom generated learners: this tests the machinery, not the items.")
    _table([(row.what, f"{_HOLDS[row.holds]}{row.found}; model: {row.implied}") for row in statistics])
    off = [row.what for row in statistics if row.holds is False]
    bad = [*wrong, *differ, *state.growth(), *slow, *off]
    print("\nEverything checked holds." if not bad else f"\nDOES NOT HOLD: {'; '.join(bad[:20])}")
    return 1 if bad else 0


def _of_marking(
    state: State, learners: int, total: int, wrong: list[str], compared: int, differ: list[str]
) -> list[tuple[str, str]]:
    seconds = sum(state.seconds.values())
    made = [
        ("learners, modules", f"{learners}, {len(state.done)}"),
        ("submissions to be marked", f"{total}"),
        ("named as impossible to mark", f"{sum(map(len, state.problems.values()))}"),
        ("time of all runs", f"{seconds / 60:.0f} min, {seconds / max(1, total):.2f} s a submission"),
        *(
            ("killed with SIGKILL", f"{one['module']}, {one['marked']} of {one['of']} marked; {one['kept']} kept")
            for one in state.kills
        ),
        ("every mark there once", "yes" if not wrong else f"NO: {len(wrong)} differences"),
        *(("", line) for line in wrong[:10]),
        ("same as undisturbed", f"{compared - len(differ)} of {compared} submissions of a sample"),
        *(("", line) for line in differ[:10]),
    ]
    for name, by_hundred in sorted(state.memory.items()):
        what = "any other process" if name == "kernel" else f"a {name}"
        private, resident = (
            ", ".join(f"{by_hundred[hundred][place] / MB:.0f}" for hundred in sorted(by_hundred, key=int))
            for place in (0, 1)
        )
        made.append((f"memory of {what}, MB, by hundred", f"private {private}; resident {resident}"))
    grows = state.growth()
    made.append(("memory grows with the cohort", "; ".join(grows) if grows else "no"))
    return made


def _of_report(written: Written, about: str) -> tuple[list[tuple[str, str]], list[str]]:
    size = sum(path.stat().st_size for path in written.files)
    made = [
        ("leadgym report", f"{written.seconds:.1f} s, {len(written.files)} files, {size / 1e6:.1f} MB"),
        ("memory of leadgym report, MB", f"private {written.private / MB:.0f}; resident {written.resident / MB:.0f}"),
    ]
    pages = [path for path in written.files if path.suffix == ".html"]
    silent = [path.name for path in pages if escape(about) not in path.read_text(encoding="utf-8")]
    made.append(("pages that say the learners were generated", f"{len(pages) - len(silent)} of {len(pages)}"))
    slow = [f"{name} does not say that the learners were generated" for name in silent]
    chromium = browser()
    if chromium is None:
        return [*made, ("the first page opens", "not measured: there is no Chromium here")], slow
    largest = max(
        (p for p in written.index.parent.glob("*.html") if p != written.index), key=lambda p: p.stat().st_size
    )
    for what, page in (("the first page opens", written.index), (f"the largest page, {largest.stem}, opens", largest)):
        found = opened(page, chromium)
        made.append(
            (what, f"{found.said}; asks for nothing elsewhere" if not found.asked else f"asks for {found.asked}")
        )
        if max(found.milliseconds) > DEMANDED or found.asked:
            slow.append(f"{page.name}: {made[-1][1]}")
    return made, slow


def _table(lines: Sequence[tuple[str, str]]) -> None:
    width = max(len(name) for name, _ in lines)
    for name, told in lines:
        print(f"{name:<{width}}  {told}", flush=True)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _arguments(given: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--learners", type=int, default=24)
    parser.add_argument("--modules", default="02,09", help="slugs or their numbers, or all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--root", type=Path, help="the course root; default: in the folder for temporary files")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    return parser.parse_args(given)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (MarkingFailed, ReportFailed, RunNotKilled) as stopped:
        print(f"{stopped} The same command goes on from here.", file=sys.stderr)
        sys.exit(1)
