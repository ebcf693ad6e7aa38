"""What the requests come to: pure functions from requests to numbers.

Waiting. A *review* is the first review, line comment or comment by a person who is not the author, at or after the
opening. Requests of bots and what bots say are left out (`Bots`). Three roads end a wait, and each is counted: it
was reviewed; it was merged or closed without anybody having said anything, and leaves the percentiles; it is still
open and unread, and counts with the time it has waited so far (right-censored).

Percentiles are Kaplan and Meier's (1958): at each observed time t, S(t) = prod over u <= t of (1 - d_u / n_u) with
d_u reviewed at u and n_u still waiting just before u. The p-th percentile is the smallest t with 1 - S(t) >= p. With
nothing open it is the nearest-rank percentile: the smallest value that at least p of all values do not exceed. Where
1 - S never gets to p, the percentile is not known and all there is to say is that it is longer than the longest time.

Concentration is Simpson's (1949): with s_i the share of all (reviewer, request) pairs that is i's, 1 / sum(s_i^2) is
the number of reviewers that would give the same concentration if they shared evenly.
"""

from __future__ import annotations

import re
import statistics
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo

from leadgym.tools.reviews.model import Export, Person, Pull, Said

PERCENTILES = (50, 85, 90)
KNOWN_BOTS = frozenset({
    "allcontributors", "asfgit", "bors", "changeset-bot", "cla-assistant", "codecov", "codecov-commenter",
    "chatgpt-codex-connector", "codecov-io", "coderabbitai", "copilot", "copilot-pull-request-reviewer", "cursor",
    "dependabot", "devin-ai-integration", "ellipsis-dev", "gemini-code-assist", "github-actions", "gitlab-bot",
    "googlebot", "graphite-app", "greenkeeper", "greptile-apps", "hadoopqa", "k8s-ci-robot", "mergify", "netlify",
    "pre-commit-ci", "project-bot", "qodo-code-review", "qodo-merge-pro", "renovate", "semantic-release-bot",
    "snyk-bot", "sonarcloud", "sonarqubecloud", "sourcery-ai", "vercel",
})  # fmt: skip
_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`|^\s*>.*$", re.DOTALL | re.MULTILINE)
_WORD = re.compile(r"[^\W_][\w'’.-]*")


@dataclass(frozen=True)
class Wait:
    """A time in hours; ``ended`` is False where it still goes on."""

    hours: float
    ended: bool


@dataclass(frozen=True)
class Waiting:
    """Waits of one kind, in elapsed hours and in hours without weekends, and how many ended otherwise."""

    waits: tuple[Wait, ...]
    weekdays: tuple[Wait, ...]
    otherwise: int

    @property
    def ended(self) -> int:
        """How many came to their end."""
        return sum(one.ended for one in self.waits)

    @property
    def open(self) -> int:
        """How many still go on."""
        return len(self.waits) - self.ended


@dataclass(frozen=True)
class Load:
    """How much one person reads: requests of others, and the share of all such pairs."""

    name: str
    requests: int
    share: float


@dataclass(frozen=True)
class Mix:
    """What people wrote to others: ``texts`` of them; shares of those that ask, suggest a change, or have three words
    or fewer; the median length in words."""

    texts: int
    asks: float
    suggests: float
    short: float
    words: float
    requests: int


@dataclass(frozen=True)
class Bots:
    """Which accounts are left out: the forge says so, the name ends in [bot], -bot or _bot, it is known, or among
    ``more``; none of ``people`` is."""

    more: Collection[str] = ()
    people: Collection[str] = ()

    def has(self, who: Person) -> bool:
        """Whether ``who`` is left out."""
        name = who.name.casefold()
        if name in {one.casefold() for one in self.people}:
            return False
        known = name in KNOWN_BOTS or name in {one.casefold() for one in self.more}
        return who.marked or known or name.endswith(("[bot]", "-bot", "_bot"))


def by_people(export: Export, bots: Bots) -> list[Pull]:
    """The requests that a person opened, each with what persons said."""
    return [
        replace(pull, said=[one for one in pull.said if not bots.has(one.who)])
        for pull in export.pulls
        if not bots.has(pull.author)
    ]


def bots_seen(export: Export, bots: Bots) -> list[str]:
    """The accounts that are left out, by name."""
    accounts = {pull.author for pull in export.pulls} | {one.who for pull in export.pulls for one in pull.said}
    return sorted({one.name for one in accounts if bots.has(one)}, key=str.casefold)


def by_others(pull: Pull) -> list[Said]:
    """What others than the author said, at or after the opening, in order."""
    return sorted(
        (one for one in pull.said if one.who.name != pull.author.name and one.at >= pull.created),
        key=lambda one: one.at,
    )


def first_review(pulls: Sequence[Pull], until: datetime, zone: tzinfo) -> Waiting:
    """The waits for the first review. Drafts that are still open wait for nobody and are left out."""
    spans, otherwise = [], 0
    for pull in pulls:
        others = by_others(pull)
        if others:
            spans.append((pull.created, others[0].at, True))
        elif pull.closed is not None:
            otherwise += 1
        elif not pull.draft:
            spans.append((pull.created, until, False))
    return _waiting(spans, otherwise, zone)


def to_merge(pulls: Sequence[Pull], until: datetime, zone: tzinfo) -> Waiting:
    """The times from opening to merging; what was closed unmerged ended otherwise."""
    spans, otherwise = [], 0
    for pull in pulls:
        if pull.merged is not None:
            spans.append((pull.created, pull.merged, True))
        elif pull.closed is not None:
            otherwise += 1
        elif not pull.draft:
            spans.append((pull.created, until, False))
    return _waiting(spans, otherwise, zone)


def percentile(waits: Sequence[Wait], percent: float) -> float | None:
    """The percentile as above, in hours; None where it is longer than any time in ``waits``."""
    ends = Counter(one.hours for one in waits if one.ended)
    left, at_risk, survive = Counter(one.hours for one in waits), len(waits), 1.0
    for hours in sorted(left):
        if ends[hours]:
            survive *= 1 - ends[hours] / at_risk
            if 1 - survive >= percent / 100 - 1e-12:
                return hours
        at_risk -= left[hours]
    return None


def weekday_hours(start: datetime, end: datetime, zone: tzinfo) -> float:
    """Hours from ``start`` to ``end`` that lie on Monday to Friday as the calendar has it in ``zone``."""
    if end <= start:
        return 0.0
    day = start.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    day -= timedelta(days=(day.weekday() - 5) % 7)  # the Saturday at or before
    off = 0.0
    while day < end:
        monday = day + timedelta(days=2)  # calendar days: the zone's own midnight, whatever the clocks do in between
        begin, over = max(start, day), min(end, monday)
        off += max(_seconds(begin, over), 0.0)
        day += timedelta(days=7)
    return (_seconds(start, end) - off) / 3600


def load(pulls: Sequence[Pull]) -> list[Load]:
    """Who reads how many requests of others, most first."""
    count: Counter[str] = Counter()
    for pull in pulls:
        count.update({one.who.name for one in by_others(pull)})
    total = count.total()
    return [
        Load(name, number, number / total) for name, number in sorted(count.items(), key=lambda one: (-one[1], one[0]))
    ]


def even_reviewers(loads: Sequence[Load]) -> float:
    """How many reviewers sharing evenly would be as concentrated; 0 where nobody reviews."""
    return 1 / sum(one.share**2 for one in loads) if loads else 0.0


def who_reads_whom(pulls: Sequence[Pull]) -> Counter[tuple[str, str]]:
    """(author, reviewer) to how many of the author's requests that person read."""
    return Counter((pull.author.name, name) for pull in pulls for name in {one.who.name for one in by_others(pull)})


def one_reader(pulls: Sequence[Pull], least: int = 3) -> dict[str, tuple[str, int]]:
    """Authors of whom at least ``least`` requests were read, all of them by one and the same person alone."""
    found: dict[str, list[set[str]]] = {}
    for pull in pulls:
        if names := {one.who.name for one in by_others(pull)}:
            found.setdefault(pull.author.name, []).append(names)
    return {
        author: (next(iter(sets[0])), len(sets))
        for author, sets in sorted(found.items())
        if len(sets) >= least and len(set().union(*sets)) == 1
    }


def mix(pulls: Sequence[Pull]) -> Mix | None:
    """What people wrote to others; None where the export has no texts."""
    texts = comments(pulls)
    if not texts:
        return None
    words = [len(_WORD.findall(text)) for text in texts]
    return Mix(
        texts=len(texts),
        asks=sum("?" in _CODE.sub(" ", text) for text in texts) / len(texts),
        suggests=sum("```suggestion" in text for text in texts) / len(texts),
        short=sum(count <= 3 for count in words) / len(texts),
        words=statistics.median(words),
        requests=sum(any((one.text or "").strip() for one in by_others(pull)) for pull in pulls),
    )


def comments(pulls: Sequence[Pull]) -> list[str]:
    """The texts that people wrote under requests of others."""
    return [one.text for pull in pulls for one in by_others(pull) if one.text and one.text.strip()]


def _seconds(start: datetime, end: datetime) -> float:
    # Differences within one zone are wall-clock time in Python: go through UTC, so that a clock change counts.
    return end.timestamp() - start.timestamp()


def _waiting(spans: Sequence[tuple[datetime, datetime, bool]], otherwise: int, zone: tzinfo) -> Waiting:
    return Waiting(
        waits=tuple(Wait(max(_seconds(start, end), 0.0) / 3600, ended) for start, end, ended in spans),
        weekdays=tuple(Wait(weekday_hours(start, end, zone), ended) for start, end, ended in spans),
        otherwise=otherwise,
    )
