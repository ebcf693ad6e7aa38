"""The log of past hand-overs, the eight to forecast, their true values and the reference ranges: all from one seed.

    python grader/make_handovers.py            write the log and the two generated blocks
    python grader/make_handovers.py --check    exit 1 when a file differs from what would be written

Private side: whoever reads this file knows the answers. The log is invented, and says so where learners meet it.

The model. A hand-over of ``size`` days to somebody who is ``gap`` short of its difficulty costs the lead
    1 + 0.2 size + 3.6 size gap                    hours, when nobody pairs
    1 + 0.2 size + 0.28 size + 1.2 size gap        hours, when the lead pairs
in the middle, times a lognormal spread with sigma 0.18. So pairing costs more than it saves below a gap of 0.12 and
saves above it. The reference range of a question is the 10 % to 90 % range of that distribution. The seed is the first
from ``FIRST_SEED`` on with which every true value lies inside its reference range, because the key file says that an
expert's range holds the truth; honest 80 % ranges do that about one time in six. ``FIRST_SEED`` itself was taken for a
log that holds easy and hard hand-overs in about equal parts, so that the range of the whole log says little.
"""

from __future__ import annotations

import argparse
import csv
import io
import math
import random
import statistics
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOG = ROOT / "solutions" / "02_delegation" / "data" / "handovers.csv"
RUBRIC = ROOT / "solutions" / "02_delegation" / "rubric.yaml"
KEYS = ROOT / "grader" / "keys" / "02_delegation.yaml"

FIRST_SEED = 180
ROWS = 48
SPREAD = 0.18
Z90 = statistics.NormalDist().inv_cdf(0.9)
LONGEST = 40.0
OWNERS = {"Priya": (0.35, 0.7), "Tomasz": (0.5, 0.75), "Wen": (0.15, 0.45), "Marek": (0.45, 0.8), "Aisha": (0.4, 0.65)}


@dataclass(frozen=True)
class HandOver:
    """What is known on the day a ticket is handed over: difficulty and skill from 0 to 1, size in working days."""

    size: int
    difficulty: float
    owner: str
    skill: float
    paired: bool

    @property
    def gap(self) -> float:
        """How far the owner's skill is short of the difficulty."""
        return max(0.0, self.difficulty - self.skill)

    def middle(self) -> float:
        """The median of the lead's own hours."""
        each_day = 0.28 + 1.2 * self.gap if self.paired else 3.6 * self.gap
        return 1 + 0.2 * self.size + each_day * self.size

    def quantile(self, z: float) -> float:
        """The lead's own hours at the standard normal quantile ``z``, to the half hour."""
        return half(self.middle() * math.exp(SPREAD * z))

    def days(self, z: float) -> int:
        """Calendar days until the change is merged, at the standard normal quantile ``z``."""
        slower = 0.5 * self.gap if self.paired else 1.1 * self.gap
        return max(1, round(self.size * 1.5 * (1 + slower) * math.exp(0.18 * z)))


QUESTIONS = {
    "q1": HandOver(5, 0.45, "Marek", 0.75, False),
    "q2": HandOver(10, 0.70, "Priya", 0.45, True),
    "q3": HandOver(6, 0.60, "Wen", 0.35, False),
    "q4": HandOver(8, 0.65, "Tomasz", 0.60, False),
    "q5": HandOver(12, 0.75, "Aisha", 0.45, True),
    "q6": HandOver(9, 0.70, "Priya", 0.40, False),
    "q7": HandOver(3, 0.50, "Wen", 0.30, True),
    "q8": HandOver(11, 0.55, "Marek", 0.60, True),
}
WHY = {
    "q1": "Nothing to learn for this owner: the rows with no gap lie together, low and narrow.",
    "q2": "A middling gap on a long ticket, paired: look at paired rows of eight days and more.",
    "q3": "A gap with nobody pairing: each day of the ticket costs you some of your own, and the rows spread with it.",
    "q4": "A small gap and no pairing: close to the rows without a gap, a little above for its length.",
    "q5": "The longest one, paired, with a gap of three tenths: few rows are this long, so scale up by the day.",
    "q6": "Much like the second, shorter and not paired: the unpaired rows with such a gap cost more per day.",
    "q7": "Short, paired: the fixed cost of a hand-over is a good part of it.",
    "q8": "Paired although there is no gap: the hours are the pairing itself, by the length of the ticket.",
}


def half(hours: float) -> float:
    """Hours to the nearest half, at least half an hour."""
    return max(0.5, round(hours * 2) / 2)


def past(draw: random.Random) -> list[tuple[HandOver, float, int]]:
    """The log: what was handed over, the lead's hours, the calendar days until it was merged."""
    rows = []
    for _ in range(ROWS):
        owner = draw.choice(list(OWNERS))
        skill = round(draw.uniform(*OWNERS[owner]) * 20) / 20
        difficulty = round(draw.uniform(max(0.3, skill - 0.1), min(0.85, skill + 0.45)) * 20) / 20
        size = draw.randint(2, 15)
        paired = draw.random() < 0.3 + 0.6 * max(0.0, difficulty - skill)
        work = HandOver(size, difficulty, owner, skill, paired)
        rows.append((work, work.quantile(draw.gauss(0, 1)), work.days(draw.gauss(0, 1))))
    return rows


def world() -> tuple[int, list[tuple[HandOver, float, int]], dict[str, float]]:
    """The seed, the log and the true hours of each question."""
    seed = FIRST_SEED
    while True:
        draw = random.Random(seed)  # noqa: S311 - an exercise's data, not a secret
        rows = past(draw)
        truth = {name: work.quantile(draw.gauss(0, 1)) for name, work in QUESTIONS.items()}
        if all(
            QUESTIONS[name].quantile(-Z90) <= hours <= QUESTIONS[name].quantile(Z90) for name, hours in truth.items()
        ):
            return seed, rows, truth
        seed += 1


def log_text(rows: list[tuple[HandOver, float, int]]) -> str:
    """``handovers.csv``."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(["ticket", "size_days", "difficulty", "owner", "skill", "paired", "your_hours", "days_to_merge"])
    for number, (work, hours, days) in enumerate(rows):
        known = [work.size, f"{work.difficulty:.2f}", work.owner, f"{work.skill:.2f}", "yes" if work.paired else "no"]
        table.writerow([f"LED-{301 + 3 * number}", *known, f"{hours:.1f}", days])
    return out.getvalue()


def questions_text(rows: list[tuple[HandOver, float, int]]) -> str:
    """The questions for the rubric. The naive range is that of the whole log, whatever is handed over to whom."""
    hours = [spent for _, spent, _ in rows]
    tenths = statistics.quantiles(hours, n=10, method="inclusive")
    naive = f"{{low: {half(tenths[0])}, high: {half(tenths[8])}, median: {half(statistics.median(hours))}}}"
    lines = []
    for name, work in QUESTIONS.items():
        paired = "you pair" if work.paired else "you do not pair"
        lines += [
            f"      - id: {name}",
            f"        text: {work.size} days, difficulty {work.difficulty:.2f}, to {work.owner} "
            f"(skill {work.skill:.2f}); {paired}.",
            "        unit: hours",
            "        min: 0",
            f"        max: {LONGEST:g}",
            f"        naive: {naive}",
        ]
    return "\n".join(lines) + "\n"


def truths_text(truth: dict[str, float]) -> str:
    """The key of each question."""
    lines = []
    for name, work in QUESTIONS.items():
        lines += [
            f"      {name}:",
            f"        truth: {truth[name]}",
            f"        best: {{low: {work.quantile(-Z90)}, high: {work.quantile(Z90)}}}",
            f'        why: "{WHY[name]}"',
        ]
    return "\n".join(lines) + "\n"


def with_block(text: str, path: Path, block: str) -> str:
    """``text`` with what stands between the two marker lines replaced by ``block``."""
    lines = text.splitlines(keepends=True)
    places = [index for index, line in enumerate(lines) if line.strip() in ("# generated: begin", "# generated: end")]
    if len(places) != 2:
        raise SystemExit(
            f"{path}: needs one line '# generated: begin' and one '# generated: end'; found {len(places)}."
        )
    return "".join(lines[: places[0] + 1]) + block + "".join(lines[places[1] :])


def wanted() -> dict[Path, str]:
    """Every file this script answers for, with the text it should have."""
    _, rows, truth = world()
    return {
        LOG: log_text(rows),
        RUBRIC: with_block(RUBRIC.read_text(encoding="utf-8"), RUBRIC, questions_text(rows)),
        KEYS: with_block(KEYS.read_text(encoding="utf-8"), KEYS, truths_text(truth)),
    }


def main() -> int:
    """Write the files, or with ``--check`` name those that differ."""
    parser = argparse.ArgumentParser(description="Make the estimate task of module 02.")
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 when a file differs")
    check = parser.parse_args().check
    stale = [
        (path, text) for path, text in wanted().items() if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    for path, text in stale:
        if check:
            print(f"{path.relative_to(ROOT)}: differs. Run python grader/make_handovers.py.", file=sys.stderr)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
            print(f"{path.relative_to(ROOT)}: written.")
    return 1 if check and stale else 0


if __name__ == "__main__":
    raise SystemExit(main())
