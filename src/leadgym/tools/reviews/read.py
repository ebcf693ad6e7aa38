"""Pull requests out of what a forge exports: GitHub's command line, REST and GraphQL, and GitLab's API, as JSON.

Several files are one export: pages of a list, and beside a list of pull requests the reviews and comments that
GitHub's REST API and GitLab hand out apart. What belongs to which request stands in the forge's own addresses
(``pull_request_url``, ``issue_url``) or numbers (``pr_number``, ``noteable_iid``).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from leadgym.tools.reviews.model import DELETED, Export, Person, Pull, Said
from leadgym.tools.reviews.words import count
from leadgym.tools.rows import read_text, shortened
from leadgym.yamlfile import FileProblems

DEEPEST = 30
EARLIEST, LATEST = 1970, 2200  # years: what lies outside is a slip, and too near the end of the calendar to reckon with
HOW = (
    "Export it with: gh pr list --state all --limit 200 --json number,title,author,createdAt,mergedAt,closedAt,isDraft,"
    "additions,deletions,reviews,comments > pulls.json"
)
LINES = 'gh api --paginate "repos/{owner}/{repo}/pulls/comments?since=2026-09-01T00:00:00Z&per_page=100" > lines.json'
_ONLY_PULLS = frozenset({
    "mergedAt", "merged_at", "head", "headRefName", "isDraft", "draft", "pull_request", "reviews", "source_branch",
    "sourceBranch", "mergeCommit", "merge_commit_sha", "reviewDecision", "changedFiles", "changed_files",
})  # fmt: skip
_LINKS = ("pull_request_url", "issue_url", "html_url", "url", "web_url", "webUrl")
_NUMBERS = ("pr_number", "pull_number", "pullRequestNumber", "pull_request_number", "noteable_iid")
_ADDRESS = re.compile(r"([\w.~-]+/[\w./~-]+?)(?:/-)?/(?:pull|pulls|issues|merge_requests)/(\d+)(?:\D|$)")


@dataclass
class _Loose:
    """Something said about a request that lies elsewhere."""

    repo: str
    number: int
    said: Said


@dataclass
class _Found:
    """All that one walk through the files comes upon."""

    pulls: dict[tuple[str, int], Pull]
    loose: list[_Loose]
    problems: list[str]
    latest: datetime | None = None
    embedded: bool = False  # some request came with its reviews or comments
    repeated: int = 0
    zoneless: int = 0
    homeless: int = 0
    issues: int = 0


def read_pulls(paths: Sequence[Path], until: datetime | None = None) -> Export:
    """The requests in ``paths``, each with what was said about it.

    ``until``: when the export was made; the latest moment in it unless said. Raises FileProblems.
    """
    found = _Found({}, [], [])
    for path in paths:
        for place, value in _values(path):
            _walk(value, place, found, 0)
    if not found.pulls:
        raise FileProblems(_nothing(paths, found))
    if found.problems:
        raise FileProblems(shortened(found.problems))
    assert found.latest is not None  # noqa: S101 - a request has a moment
    lost = _sort_in(found)
    return Export(
        pulls=sorted(found.pulls.values(), key=lambda one: (one.created, one.repo, one.number)),
        until=max(until, found.latest) if until else found.latest,
        has_reviews=found.embedded or len(found.loose) > lost,
        notes=tuple(_notes(found, lost, until)),
    )


def moment(text: str) -> datetime:
    """A time with a zone, in UTC. Raises ValueError for one without a zone, or what is no time."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("it has no zone")
    return at.astimezone(UTC)


def _values(path: Path) -> Iterator[tuple[str, Any]]:
    """The JSON values of a file: one as a rule, more where pages were written one behind the other."""
    text = read_text(path)
    if not text.strip():
        raise FileProblems([f"{path}:1: is empty. {HOW}"])
    decoder = json.JSONDecoder()
    at = 0
    while match := re.compile(r"[\s\x1e]*(?=[^\s\x1e])").match(text, at):
        at = match.end()
        line = text.count("\n", 0, at) + 1
        try:
            value, end = decoder.raw_decode(text, at)
        except json.JSONDecodeError as error:
            cut = error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated")
            what = "ends in the middle" if cut else f"is not JSON ({error.msg})"
            raise FileProblems([f"{path}:{error.lineno}: {what}. Export it again, as JSON. {HOW}"]) from error
        except ValueError as error:
            raise FileProblems(
                [f"{path}:{line}: has a number of thousands of digits, which no export has. {HOW}"]
            ) from error
        except RecursionError as error:
            raise FileProblems([f"{path}:{line}: is nested too deeply to be an export. {HOW}"]) from error
        yield f"{path}:{line}", value
        at = end


def _walk(value: Any, place: str, found: _Found, depth: int) -> None:
    if depth > DEEPEST:
        return
    if isinstance(value, list):
        for one in value:
            _walk(one, place, found, depth + 1)
    elif isinstance(value, dict):
        if _is_said(value):
            _take_said(value, place, found)
        elif _is_request(value):
            _take_request(value, place, found)
        else:
            for one in value.values():
                _walk(one, place, found, depth + 1)


def _get(value: Mapping[str, Any], *names: str) -> Any:
    """The first of ``names`` that is there and not null."""
    return next((value[name] for name in names if value.get(name) is not None), None)


def _is_request(value: Mapping[str, Any]) -> bool:
    return _number(value) is not None and _get(value, "createdAt", "created_at") is not None and "title" in value


def _is_said(value: Mapping[str, Any]) -> bool:
    if "title" in value or not ({"author", "user"} & set(value)):
        return False
    return "submitted_at" in value or "submittedAt" in value or _get(value, "created_at", "createdAt") is not None


def _number(value: Mapping[str, Any]) -> int | None:
    number = _get(value, "iid", "number")
    if isinstance(number, str) and number.isdigit():
        number = int(number)
    return number if isinstance(number, int) and not isinstance(number, bool) else None


def _where(value: Mapping[str, Any]) -> tuple[str, int | None]:
    """The repository and the number that an address or a number in ``value`` points to."""
    repo = ""
    for name in _LINKS:
        text = value.get(name)
        if isinstance(text, str) and (match := _ADDRESS.search(text.replace("/repos/", "//"))):
            return "/".join(match[1].split("/")[-2:]), int(match[2])
    number = _get(value, *_NUMBERS)
    return repo, number if isinstance(number, int) else None


def _person(value: Mapping[str, Any]) -> Person:
    about = _get(value, "author", "user")
    if isinstance(about, str):
        return Person(_whole(about))
    if not isinstance(about, dict):
        return Person(DELETED)
    name = _get(about, "login", "username", "name")
    bot = (
        about.get("is_bot") is True or "Bot" in (about.get("type"), about.get("__typename")) or about.get("bot") is True
    )
    return Person(_whole(str(name)) if name else DELETED, bot)


def _whole(text: str) -> str:
    """``text`` with a question mark for each half of a character, as cut-off exports have them."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _time(value: Mapping[str, Any], found: _Found, place: str, *names: str) -> datetime | None:
    text = _get(value, *names)
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(str(text).replace(" UTC", "+00:00"))
        if not EARLIEST <= at.year <= LATEST:
            raise ValueError(f"the year {at.year}")
    except ValueError:
        of = f"number {_number(value)}" if _number(value) is not None else "a comment"
        found.problems.append(
            f"{place}: {of}: {names[0]}: '{str(text)[:40]}' is no time. It has to be as in 2026-11-03T16:10:00Z."
        )
        return None
    if at.tzinfo is None:
        found.zoneless += 1
        at = at.replace(tzinfo=UTC)
    at = at.astimezone(UTC)
    if found.latest is None or at > found.latest:
        found.latest = at
    return at


def _take_request(value: Mapping[str, Any], place: str, found: _Found) -> None:
    if not _ONLY_PULLS & set(value):
        found.issues += 1
        return
    number = _number(value)
    assert number is not None  # noqa: S101 - _is_request has looked
    created = _time(value, found, place, "createdAt", "created_at")
    merged = _time(value, found, place, "mergedAt", "merged_at")
    if merged is None and isinstance(value.get("pull_request"), dict):
        merged = _time(value["pull_request"], found, place, "merged_at")
    closed = _time(value, found, place, "closedAt", "closed_at")
    _time(value, found, place, "updatedAt", "updated_at")
    if created is None:
        return
    lines = [_get(value, "additions"), _get(value, "deletions")]
    pull = Pull(
        repo=_where(value)[0],
        number=number,
        title=_whole(str(value.get("title") or "")),
        author=_person(value),
        created=created,
        merged=merged,
        closed=merged or closed,
        draft=bool(_get(value, "isDraft", "draft", "work_in_progress")),
        changed=sum(lines) if all(isinstance(one, int) for one in lines) else None,
    )
    if str(value.get("state", "")).lower() in ("closed", "merged") and pull.closed is None:
        # Some exports leave the moment out. Closed it is; when, nobody knows.
        pull.closed = pull.created
    for name, kind in (
        ("reviews", "review"), ("latestReviews", "review"), ("review_comments", "line"), ("comments", "comment"),
        ("notes", "comment"), ("discussions", "comment"), ("reviewThreads", "line"),
    ):  # fmt: skip
        if name == "latestReviews" and value.get("reviews"):
            continue
        for one in _inside(value.get(name), 0):
            found.embedded = True
            pull.said += _said(one, kind, found, place)
        found.embedded |= isinstance(value.get(name), list)
    key = (pull.repo, pull.number)
    found.repeated += key in found.pulls
    found.pulls[key] = pull


def _inside(value: Any, depth: int) -> Iterator[Mapping[str, Any]]:
    """The reviews and comments below ``value``, however the forge wraps them."""
    if depth > DEEPEST:
        return
    if isinstance(value, list):
        for one in value:
            yield from _inside(one, depth + 1)
    elif isinstance(value, dict):
        if _is_said(value):
            yield value
        for name in ("nodes", "edges", "node", "notes", "comments"):
            yield from _inside(value.get(name), depth + 1)


def _said(value: Mapping[str, Any], kind: Any, found: _Found, place: str) -> list[Said]:
    """What ``value`` says: nothing where it is still a draft of somebody's, or the forge's own note."""
    text = _get(value, "body", "bodyText", "note")
    state = str(value.get("state") or "").upper()
    approves = state == "APPROVED"
    if value.get("system") is True:
        approves = isinstance(text, str) and text.startswith("approved this merge request")
        if not approves:
            return []
        kind, text = "review", ""
    if state == "PENDING":
        return []
    at = _time(value, found, place, "submittedAt", "submitted_at", "createdAt", "created_at")
    if at is None:
        return []
    if "submittedAt" in value or "submitted_at" in value:
        kind = "review"
    elif {"path", "diff_hunk", "position", "in_reply_to_id"} & set(value) or value.get("type") == "DiffNote":
        kind = "line"
    return [Said(_person(value), at, kind, _whole(text) if isinstance(text, str) else None, approves)]


def _take_said(value: Mapping[str, Any], place: str, found: _Found) -> None:
    if value.get("noteable_type") not in (None, "MergeRequest"):
        return
    repo, number = _where(value)
    said = _said(value, "comment", found, place)
    if number is None:
        found.homeless += len(said)
        return
    found.loose += [_Loose(repo, number, one) for one in said]


def _sort_in(found: _Found) -> int:
    """Gives what was said elsewhere to its request; how much of it has none."""
    by_number: dict[int, list[Pull]] = {}
    for pull in found.pulls.values():
        by_number.setdefault(pull.number, []).append(pull)
    lost = 0
    for one in found.loose:
        alone = by_number.get(one.number, [])
        home = found.pulls.get((one.repo, one.number)) or (alone[0] if len(alone) == 1 else None)
        if home is None:
            lost += 1
        else:
            home.said.append(one.said)
    return lost


def _notes(found: _Found, lost: int, until: datetime | None) -> Iterator[str]:
    if until and found.latest and until < found.latest:
        yield f"--until lies before the latest moment in the export, {found.latest:%d %b %Y %H:%M} UTC, which counts."
    if found.repeated:
        yield f"In the export more than once, where the last one counts: {count(found.repeated, 'request')}."
    if lost:
        yield f"Left out, since their request is not in the export: {count(lost, 'remark')}."
    if found.homeless:
        yield f"Left out, since they do not say to which request they belong: {count(found.homeless, 'comment')}."
    if found.issues:
        yield f"Left out as issues and no pull requests: {count(found.issues, 'entry', 'entries')}."
    if found.zoneless:
        yield f"Without a zone, and read as UTC: {count(found.zoneless, 'time')}."


def _nothing(paths: Sequence[Path], found: _Found) -> list[str]:
    where = f"{paths[0]}:1"
    if found.problems:
        return shortened(found.problems)
    if found.issues:
        return [f"{where}: these are issues, not pull requests. {HOW}"]
    if found.loose or found.homeless:
        return [f"{where}: has reviews or comments, but no pull requests. Give the list of pull requests as well."]
    return [f"{where}: has no pull requests in it (none with number, title and createdAt). {HOW}"]
