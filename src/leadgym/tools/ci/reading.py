"""Reading a CI log: JSON as ``gh`` and the REST APIs of GitHub and GitLab give it, whole or in pages; or CSV."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from leadgym.tools.ci.gather import gathered
from leadgym.tools.ci.model import Log, Run
from leadgym.tools.ci.records import JobRecord, NotUsable, Record, is_job, is_run, job_of, run_of
from leadgym.tools.ci.rows_in import runs_in_csv
from leadgym.tools.rows import read_text, shortened
from leadgym.yamlfile import FileProblems

MOST_MB = 300
PAGES = (20, 30, 50, 100, 500, 1000)
"""How many records a page or a default limit holds: exactly so many are a sign that there are more."""
REFUSAL = frozenset(("message", "documentation_url", "status", "errors", "error", "error_description", "scope"))
HOW = (
    "Export one of these: gh run list --limit 500 --json databaseId,attempt,workflowName,headSha,event,conclusion,"
    "status,createdAt,startedAt,updatedAt; GitHub's actions/runs or runs/ID/jobs; GitLab's pipelines or jobs; or a CSV "
    "with the columns run, commit, started, ended, outcome."
)


def read_log(paths: Sequence[Path]) -> Log:
    """The log in ``paths``, runs and jobs joined by the run's id. Raises FileProblems, with file, line and mend."""
    runs: list[Run] = []
    jobs: list[JobRecord] = []
    notes: list[str] = []
    problems: list[str] = []
    zoned = True
    for path in paths:
        _sized(path)
        text = read_text(path)
        if not text.strip():
            raise FileProblems([f"{path}:1: is empty. {HOW}"])
        if text.lstrip()[0] not in "[{":
            found, all_zoned, said = runs_in_csv(path)
            runs += found
            zoned &= all_zoned
            notes += said
            continue
        all_zoned, said, wrong = _json(path, text, runs, jobs)
        zoned &= all_zoned
        notes += said
        problems += wrong
    log = gathered(runs, jobs)
    if not log.runs:
        raise FileProblems(shortened(problems) or [f"{paths[0]}:1: holds no run. {HOW}"])
    ended = [run for run in log.runs if run.ended is not None]
    if not ended and any(run.outcome in ("passed", "failed") for run in log.runs):
        raise FileProblems([f"{paths[0]}:1: no run says when it ended. Export updatedAt (updated_at) as well. {HOW}"])
    if problems:
        notes.append(f"{_counted(len(problems), 'record')} could not be used; the first: {problems[0]}")
    if not zoned:
        notes.append("Some times name no zone and were taken for UTC; lengths are right, days may be off by hours.")
    return Log(log.runs, (*notes, *log.notes), len(problems), tuple(str(path) for path in paths))


def _json(path: Path, text: str, runs: list[Run], jobs: list[JobRecord]) -> tuple[bool, list[str], list[str]]:
    """Adds what ``text`` holds to ``runs`` and ``jobs``: whether all times had zones, notes, problems."""
    zoned, said, problems, seen, strange = True, [], [], 0, None
    whole = 0
    for document in _documents(path, text):
        if refused := _refusal(document):
            raise FileProblems([f"{path}:1: holds a refusal, not a log: {refused}. Sign in and export it again."])
        if isinstance(document, Mapping) and isinstance(document.get("total_count"), int):
            whole = max(whole, document["total_count"])
        for record in _records(document):
            seen += 1
            try:
                if is_job(record):
                    jobs.append(job_of(record))
                    zoned &= jobs[-1].zoned
                elif is_run(record):
                    run, named = run_of(record, seen)
                    runs.append(run)
                    zoned &= named
                else:
                    strange = strange or record
            except NotUsable as problem:
                problems.append(f"{path}:{_line(text, record)}: record {seen}: {problem}.")
    if not seen:
        raise FileProblems([f"{path}:1: is JSON without a single run in it. {HOW}"])
    if strange is not None and not runs and not jobs:
        keys = ", ".join(list(strange)[:8]) or "nothing"
        raise FileProblems([f"{path}:1: holds no run or job that is known here; its records have: {keys}. {HOW}"])
    if whole > seen:
        said.append(
            f"{path.name} holds {seen:,} of {whole:,} records: pages are missing (gh api --paginate fetches all)."
        )
    elif seen in PAGES:
        said.append(f"{path.name} holds exactly {seen} records, which looks like a limit: there may be more.")
    return zoned, said, problems


def _refusal(document: Any) -> object:
    """What GitHub or GitLab say in place of a log; None where it is none."""
    if isinstance(document, Mapping) and not (is_run(document) or is_job(document)):
        said = document.get("message") or document.get("error")
        if said and set(document) <= REFUSAL:
            return said
    return None


def _documents(path: Path, text: str) -> Iterator[Any]:
    """JSON documents one after another, as ``gh api --paginate`` and line-wise exports write them."""
    decoder, at = json.JSONDecoder(), 0
    while at < len(text):
        if text[at].isspace() or text[at] == ",":
            at += 1
            continue
        try:
            document, at = decoder.raw_decode(text, at)
        except json.JSONDecodeError as error:
            line = text.count("\n", 0, error.pos) + 1
            if error.pos >= len(text.rstrip()) - 1 or error.msg.startswith("Unterminated"):
                raise FileProblems(
                    [f"{path}:{line}: ends in the middle of a record: the export was cut off. Export it again."]
                ) from error
            raise FileProblems([f"{path}:{line}: is not JSON ({error.msg}). {HOW}"]) from error
        except RecursionError as error:
            raise FileProblems([f"{path}:1: is nested too deeply for a CI log. {HOW}"]) from error
        yield document


def _records(document: Any) -> Iterator[Record]:
    """The runs and jobs in a document: in lists, in pages, or by their ids."""
    if isinstance(document, list):
        for part in document:
            yield from _records(part)
        return
    if not isinstance(document, Mapping):
        return
    inner = [document[name] for name in ("workflow_runs", "jobs") if isinstance(document.get(name), list)]
    if inner:
        if is_run({name: value for name, value in document.items() if name != "jobs"}):
            yield {name: value for name, value in document.items() if name != "jobs"}
        for part in inner:
            yield from _records(part)
    elif document and all(isinstance(value, Mapping) for value in document.values()):
        yield from document.values()
    elif document:
        yield document


def _line(text: str, record: Record) -> int:
    """The line on which the record's id stands first."""
    name = record.get("id") or record.get("databaseId") or record.get("run_id")
    found = re.search(rf'"(?:id|databaseId|run_id)"\s*:\s*"?{re.escape(str(name))}\b', text) if name else None
    return text.count("\n", 0, found.start() if found else 0) + 1


def _sized(path: Path) -> None:
    try:
        size = path.stat().st_size / 1e6
    except OSError as error:
        raise FileProblems([f"{path}:1: cannot be read ({error.strerror}). Check the path."]) from error
    if size > MOST_MB:
        raise FileProblems(
            [f"{path}:1: has {size:,.0f} MB; {MOST_MB} are the most. Export fewer fields or fewer weeks: {HOW}"]
        )


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
