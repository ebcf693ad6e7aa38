"""``leadgym ci``: what it reads, what it counts by hand and by code, and what it says when a file is not a log."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from leadgym.cli import main
from leadgym.estimates import percentile, wilson
from leadgym.tools.ci import ci, reading, sample_log
from leadgym.tools.ci.model import Job, Log, Run
from leadgym.tools.ci.path import QUEUE, Play, held_by_workflow, held_up, order_of
from leadgym.tools.ci.payback import payback
from leadgym.tools.ci.reading import read_log
from leadgym.tools.ci.sample import sample_csv
from leadgym.tools.ci.times import moment
from leadgym.tools.ci.waiting import reds, together, waiting
from leadgym.yamlfile import FileProblems

NINE = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)


def at(minute: float) -> datetime:
    return NINE + timedelta(minutes=minute)


def stamp(minute: float) -> str:
    return at(minute).strftime("%Y-%m-%dT%H:%M:%SZ")


def job(name: str, start: float, end: float, ready: float | None = None, needs=None, outcome="passed") -> Job:
    return Job(name, outcome, at(start), at(end), None if ready is None else at(ready), needs)


def run(name: str, start: float, end: float, outcome="passed", commit="", event="push", workflow="ci", **more) -> Run:
    created = at(more.pop("created", start))
    return Run(name, more.pop("attempt", 1), workflow, commit, event, outcome, created, at(start), at(end), **more)


def written(tmp_path: Path, name: str, data: object) -> Path:
    path = tmp_path / name
    path.write_text(data if isinstance(data, str) else json.dumps(data), encoding="utf-8")
    return path


# --------------------------------------------------------------------- numbers


def test_percentile_is_one_of_the_values():
    assert percentile([5, 1, 3, 4, 2], 50) == 3
    assert percentile([1, 2, 3, 4], 50) == 2
    assert percentile(list(range(1, 9)), 85) == 7
    assert percentile([7], 10) == 7


@given(st.lists(st.floats(0, 1e6), min_size=1), st.integers(1, 100))
@settings(max_examples=60, deadline=None)
def test_percentile_has_so_many_at_or_below_it(values, percent):
    found = percentile(values, percent)
    assert sum(value <= found for value in values) >= percent / 100 * len(values) - 1e-6
    assert sum(value < found for value in values) < percent / 100 * len(values) + 1e-6


def test_wilson_as_published():
    """8 of 10 at 95 %: 0.490 to 0.943 (Newcombe 1998 works such an interval out by the same formula)."""
    low, high = wilson(8, 10, 1.959964)
    assert (round(low, 3), round(high, 3)) == (0.490, 0.943)
    assert wilson(0, 0) == (0.0, 1.0)


def test_overlapping_spans_count_once():
    assert together([(at(0), at(10)), (at(5), at(12)), (at(20), at(21))]) == 13
    assert together([(at(0), at(10)), (at(2), at(3))]) == 10


def test_waiting_by_hand():
    log = Log(
        (
            run("1", 0, 30, commit="a"),  # 30 minutes, with the next one 40
            run("2", 10, 40, commit="a", workflow="lint"),
            run("3", 100, 120, "failed", commit="b"),  # 20
            run("4", 200, 300, commit="c", event="schedule"),
            run("5", 200, 230, "cancelled", commit="d"),
            run("6", 400, 440, commit="e", by_a_machine=True),
            run("7", 500, 500, "skipped", commit="f"),
        )
    )
    found = waiting(log, (0.5, 1.0))
    assert found.hours == 1.0
    assert found.a_week == (0.5, 1.0)
    assert (found.runs, found.pushes, found.unattended, found.cancelled, found.nothing) == (3, 2, 2, 1, 1)
    assert found.cancelled_hours == 0.5
    assert (found.middle, found.late) == (30, 30)


def test_a_later_attempt_is_not_a_queue_of_days():
    """GitHub keeps the day of creation when somebody runs it again on Thursday."""
    found = waiting(Log((run("1", 4000, 4030, commit="a", attempt=2, created=0),)))
    assert found.hours == 0.5
    assert found.begun_later == 1


def test_weeks_are_whole():
    day = 24 * 60
    log = Log(tuple(run(str(n), n * day, n * day + 60, commit=str(n)) for n in range(10)))
    assert [week.runs for week in waiting(log).weeks] == [7]


def test_a_week_without_weekends_is_five_days_long():
    """Two weeks of half an hour each working day, Monday to Friday: 2.5 hours a week, less the ends of two days."""
    day = 24 * 60
    week = [n for n in range(12) if n % 7 < 5]
    log = Log(tuple(run(str(n), n * day, n * day + 30, commit=str(n)) for n in week))
    assert waiting(log).a_week[1] == pytest.approx(2.5 * 10 / (9 + 0.5 / 24), rel=1e-6)
    with_nights = Log((*log.runs, run("n", 5 * day, 5 * day + 1, event="schedule")))
    assert waiting(with_nights).over_weeks == pytest.approx((11 + 0.5 / 24) / 7)


def test_three_workflows_of_one_push_are_waited_for_once():
    """A fix shortens a wait once, however many workflows run side by side in it, and a red one costs it once."""
    day = 24 * 60
    parts = [(n, name) for n in range(5) for name in ("lint", "test", "docs")]
    log = Log(tuple(run(f"{n}{name}", n * day, n * day + 30, commit=str(n), workflow=name) for n, name in parts))
    found = waiting(log)
    assert (found.runs, found.waits, [week.waits for week in found.weeks]) == (15, 5, [5] * len(found.weeks))
    red = [run(f"r{one}", 0, 30, "failed", "a", workflow=one) for one in ("lint", "test")]
    green = [run(f"g{one}", 60, 90, "passed", "a", workflow=one) for one in ("lint", "test")]
    assert reds(Log((*red, *green))).hours_lost == 0.5


def test_a_fix_is_held_against_waits_and_not_against_workflows(tmp_path):
    rows = [
        f"{n}{name},c{n},{name},push,{stamp(n * 24 * 60)},{stamp(n * 24 * 60 + 30)},success"
        for n in range(28)
        for name in ("lint", "test", "docs")
    ]
    head = "run,commit,workflow,event,started,ended,outcome\n"
    one = ci(written(tmp_path, "one.csv", head + "\n".join(row for row in rows if ",test," in row)), **FIX)
    all_three = ci(written(tmp_path, "three.csv", head + "\n".join(rows)), **FIX)
    assert all_three.says[-1] == one.says[-1]


def test_one_week_one_day_one_minute():
    found = ci(share=(1.0, 1.0), fix_days=(1.0, 1.0), saves=(1.0, 1.0)), ci(fix_days=(0.1, 0.1), saves=(9.0, 9.0))
    assert "A fix of 1 day that saves 1 minute a run" in found[0].says[3]
    assert "after 1 week at even odds, 1 week in 85 of 100" in found[1].says[3]


FIX = {"share": (1.0, 1.0), "fix_days": (1.0, 1.0), "saves": (6.0, 6.0)}


def test_the_wait_for_red_that_was_not_the_code_has_a_range_too():
    assert "Waiting for those 17 cost between 2.0 and 7.9 person-hours." in ci().says[2]


def test_bars_of_weeks_end_at_the_share_that_is_named(tmp_path):
    rows = [f"{n},c{n},{stamp(n * 24 * 60)},{stamp(n * 24 * 60 + 60)},success" for n in range(14)]
    path = written(tmp_path, "r.csv", "run,commit,started,ended,outcome\n" + "\n".join(rows))
    assert ci(path, share=(0.2, 0.5)).pictures[0].title.startswith("Between 3.5 and 3.5 hours of waiting a week")


def test_one_run_is_said_in_the_singular(tmp_path):
    path = written(tmp_path, "r.csv", f"run,commit,started,ended,outcome\n1,a,{stamp(0)},{stamp(40)},passed\n")
    assert "in less than a day: the one run that somebody waits for takes 40 minutes." in ci(path).says[0]


def test_a_record_is_found_by_its_id_and_not_by_its_digits(tmp_path):
    good = {"databaseId": 1207, "createdAt": stamp(0), "updatedAt": stamp(9), "conclusion": "success"}
    bad = {"databaseId": 7, "createdAt": "soon", "updatedAt": stamp(9), "conclusion": "success"}
    text = f"[\n{json.dumps(good)},\n{json.dumps(bad)}\n]"
    assert "r.json:3: record 2: createdAt" in read_log([written(tmp_path, "r.json", text)]).notes[0]


def test_a_time_that_cannot_be_read_is_not_also_said_to_be_missing(tmp_path):
    with pytest.raises(FileProblems) as found:
        read_log([written(tmp_path, "r.csv", f"run,started,ended,outcome\n1,03/02/2026 09:00,{stamp(0)},passed\n")])
    assert "is empty" not in str(found.value)
    assert "is no date and time" in str(found.value)


def test_red_told_from_flaky_by_hand():
    log = Log(
        (
            run("1", 0, 30, "failed", commit="a"),
            run("1", 40, 70, "passed", commit="a", attempt=2),
            run("2", 0, 10, "failed", commit="b"),
            run("2", 20, 30, "failed", commit="b", attempt=2),
            run("3", 0, 10, "failed", commit="c"),
            run("4", 0, 10, "passed", commit="c", event="pull_request"),  # builds another tree
            run("5", 0, 10, "failed", commit="d"),
            run("5", 20, 30, "cancelled", commit="d", attempt=2),
            run("6", 90, 99, "passed", commit="e", attempt=2),
        )
    )
    found = reds(log)
    assert (found.red, found.turned, found.confirmed, found.never_again) == (5, 1, 2, 2)
    assert found.probably == 1
    assert found.hours_lost == 0.5
    assert [(one.name, one.repeated, one.differed) for one in found.wavering] == [("ci", 2, 1)]


# ------------------------------------------------------------------------ path


def test_the_longest_stage_is_not_the_bottleneck():
    """build 10, e2e 17 after it; unit takes 20 beside them. 27 minutes; without e2e 20, without build 20."""
    play = Play([job("build", 0, 10, 0), job("unit", 0, 20, 0), job("e2e", 10, 27, 10), job("package", 27, 30, 27)])
    assert play.length == 30
    assert {name: wins for name, (_, _, wins) in play.stages().items()} == {
        "build": 7,
        "unit": 0,
        "e2e": 7,
        "package": 3,
    }
    assert [play.jobs[place].name for place in play.path()] == ["build", "e2e", "package"]


def test_needs_beat_what_the_times_suggest():
    """deploy begins as lint ends by chance; it says that it needs build, which ended before."""
    needs = [job("build", 0, 9, 0, ()), job("lint", 0, 10, 0, ()), job("deploy", 10, 15, 0, ("build",))]
    stages = Play(needs).stages()
    assert stages["lint"][2] == 0
    assert stages["build"][2] == 5
    assert stages[QUEUE][2] == 1
    guessed = Play([job("build", 0, 9, 0), job("lint", 0, 10, 0), job("deploy", 10, 15, 10)]).stages()
    assert (guessed["build"][2], guessed["lint"][2]) == (0, 1)  # it may have waited for both


def test_the_order_of_jobs_is_read_from_many_runs():
    """In a second run lint is the last to end, and deploy has long begun: it never waited for lint."""
    one = [job("build", 0, 9, 0), job("lint", 0, 10, 0), job("deploy", 10, 15, 10)]
    other = [job("build", 0, 9, 0), job("lint", 0, 20, 0), job("deploy", 9, 14, 9)]
    assert order_of([one])["deploy"] == {"build", "lint"}
    assert order_of([one, other])["deploy"] == {"build"}
    assert Play(one, order_of([one, other])).stages()["build"][2] == 5


def test_without_needs_the_sample_has_the_same_bottleneck():
    log = sample_log()
    blind = Log(tuple(replace(one, jobs=tuple(replace(part, needs=None) for part in one.jobs)) for one in log.runs))
    told, guessed = held_up(log), held_up(blind)
    assert told is not None
    assert guessed is not None
    assert (told.exact, guessed.exact) == (True, False)
    assert guessed.stages[0].name == told.stages[0].name == "checkout-e2e"
    loose = {stage.name: stage for stage in guessed.stages}
    for one in told.stages:
        assert one.wins == one.most
        assert loose[one.name].wins - 1e-9 <= one.wins <= loose[one.name].most + 1e-9


def test_a_job_that_waits_for_a_machine():
    stages = Play([job("build", 4, 10, 0), job("test", 13, 20, 10)]).stages()
    assert stages[QUEUE][2] == 7
    assert stages["build"][2] == 6


def test_a_matrix_is_one_stage():
    legs = [job(f"test (3.{minor}, linux)", 0, 10 + minor, 0) for minor in range(3)]
    assert Play([*legs, job("pages 1/2", 12, 13, 12)]).stages()["test"][2] == 12
    assert job("rspec 3/24", 0, 1).stage == "rspec"


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 5), st.integers(1, 30)), min_size=1, max_size=8))
@settings(max_examples=60, deadline=None)
def test_no_stage_wins_more_than_its_length_and_none_less_than_nothing(parts):
    jobs = [
        job(f"j{n}", ready + queue, ready + queue + length, ready) for n, (ready, queue, length) in enumerate(parts)
    ]
    play = Play(jobs)
    assert play.length == pytest.approx(
        max(ready + queue + length for ready, queue, length in parts) - min(p[0] for p in parts)
    )
    for minutes, on_path, wins in play.stages().values():
        assert -1e-9 <= wins <= minutes + 1e-9
        assert on_path or wins == 0


def test_which_workflow_answers_last():
    log = Log((run("1", 0, 10, commit="a", workflow="lint"), run("2", 0, 25, commit="a", workflow="test")))
    held = held_by_workflow(log)
    assert held is not None
    assert (held.stages[0].name, held.stages[0].wins) == ("test", 15)
    assert held_up(log) is None


# --------------------------------------------------------------------- payback


def test_payback_where_there_is_nothing_to_guess():
    """One day of eight hours; four runs a week win an hour each: two weeks, whatever the luck."""
    found = payback([4], (1, 1), (60, 60), (1, 1))
    assert (found.early, found.middle, found.late) == (2, 2, 2)
    assert found.won == (4, 4)
    assert found.never == 0


def test_payback_that_does_not_come():
    assert payback([0, 0], (1, 1), (5, 5), (1, 1)).middle is None
    assert payback([4], (1, 1), (0, 0), (1, 1)).late is None
    with pytest.raises(ValueError, match="no week"):
        payback([], (1, 1), (5, 5), (1, 1))


def test_payback_is_later_where_less_is_waited():
    sure, unsure = payback([40], (3, 5), (6, 9), (1, 1)), payback([40], (3, 5), (6, 9), (0.25, 1))
    assert sure.middle < unsure.middle < unsure.late
    assert payback([40], (3, 5), (6, 9), (0.25, 1)) == unsure


# --------------------------------------------------------------------- reading


@pytest.mark.parametrize(
    ("text", "there"),
    [
        ("2027-03-28T01:30:00+01:00", "2027-03-28T00:30:00+00:00"),
        ("2027-03-28T03:30:00+02:00", "2027-03-28T01:30:00+00:00"),  # an hour later, across the change to summer time
        ("2022-04-01 13:49:55 +0800", "2022-04-01T05:49:55+00:00"),
        ("2016-08-12 15:23:28 UTC", "2016-08-12T15:23:28+00:00"),
        ("2027-03-01T09:00:00.123Z", "2027-03-01T09:00:00.123000+00:00"),
    ],
)
def test_times(text, there):
    found, zoned = moment(text)
    assert found is not None
    assert (found.isoformat(), zoned) == (there, True)


def test_times_that_are_none():
    assert moment("0001-01-01T00:00:00Z") == (None, True)
    assert moment(None) == (None, True)
    assert moment("2027-03-01T09:00:00")[1] is False
    for wrong in ("yesterday", "2027-03-01", 12):
        with pytest.raises(ValueError, match=r"\S"):
            moment(wrong)


def gh(**more) -> dict:
    """A record of ``gh run list``."""
    return {
        "databaseId": 7, "attempt": 1, "workflowName": "ci", "headSha": "a", "event": "push", "conclusion": "success",
        "status": "completed", "createdAt": stamp(0), "startedAt": stamp(0), "updatedAt": stamp(30), **more,
    }  # fmt: skip


def rest(**more) -> dict:
    """A record of ``actions/runs``."""
    return {
        "id": 7, "run_attempt": 1, "name": "ci", "head_sha": "a", "event": "push", "conclusion": "success",
        "status": "completed", "created_at": stamp(0), "run_started_at": stamp(0), "updated_at": stamp(30),
        "triggering_actor": {"login": "priya", "type": "User"}, **more,
    }  # fmt: skip


def rest_job(name: str, ready: float, start: float, end: float, **more) -> dict:
    """A record of ``runs/ID/jobs``."""
    return {
        "id": abs(hash((name, start))) % 10**9, "run_id": 7, "run_attempt": 1, "workflow_name": "ci", "head_sha": "a",
        "status": "completed", "conclusion": "success", "name": name, "created_at": stamp(ready),
        "started_at": stamp(start), "completed_at": stamp(end), **more,
    }  # fmt: skip


def test_gh_run_list(tmp_path):
    log = read_log([written(tmp_path, "r.json", [gh(), gh(databaseId=8, status="in_progress", conclusion="")])])
    assert [(one.id, one.outcome, one.minutes) for one in log.runs] == [("7", "passed", 30), ("8", "unfinished", 0)]


def test_rest_pages_one_after_another(tmp_path):
    """``gh api --paginate`` writes one document after the other."""
    pages = json.dumps({"total_count": 900, "workflow_runs": [rest()]}) + json.dumps({"workflow_runs": [rest(id=8)]})
    log = read_log([written(tmp_path, "r.json", pages)])
    assert len(log.runs) == 2
    assert "2 of 900 records: pages are missing" in log.notes[0]


def test_bots_are_nobody(tmp_path):
    bot = rest(triggering_actor={"login": "dependabot[bot]", "type": "Bot"})
    assert waiting(read_log([written(tmp_path, "r.json", [bot])])).runs == 0


def test_runs_and_jobs_from_two_files(tmp_path):
    runs = written(tmp_path, "runs.json", {"total_count": 1, "workflow_runs": [rest()]})
    jobs = written(tmp_path, "jobs.json", {"jobs": [rest_job("build", 0, 1, 10), rest_job("test", 10, 11, 30)]})
    (one,) = read_log([runs, jobs]).runs
    assert [part.name for part in one.jobs] == ["build", "test"]
    assert one.event == "push"


def test_an_earlier_attempt_that_only_the_jobs_hold(tmp_path):
    """A run's record is its last attempt; with filter=all the jobs have the first as well, and re-list old ones."""
    runs = written(tmp_path, "runs.json", [rest(run_attempt=2, run_started_at=stamp(60), updated_at=stamp(80))])
    jobs = [
        rest_job("build", 0, 1, 10), rest_job("test", 10, 11, 30, conclusion="failure"),
        rest_job("build", 0, 1, 10, run_attempt=2), rest_job("test", 60, 61, 80, run_attempt=2),
        rest_job("deploy", 80, 80, 80, run_attempt=2, conclusion="skipped"),
    ]  # fmt: skip
    log = read_log([runs, written(tmp_path, "jobs.json", {"jobs": jobs})])
    assert [(one.attempt, one.outcome, [part.name for part in one.jobs]) for one in log.runs] == [
        (1, "failed", ["build", "test"]),
        (2, "passed", ["test"]),
    ]
    assert reds(log).turned == 1


def gitlab_job(name: str, stage: str, start: float, end: float, queued: float, **more) -> dict:
    """A record of GitLab's ``jobs``: all are created with the pipeline."""
    return {
        "id": abs(hash((name, start))) % 10**9, "name": name, "stage": stage, "status": "success",
        "created_at": stamp(0), "started_at": stamp(start), "finished_at": stamp(end), "duration": 60 * (end - start),
        "queued_duration": 60 * queued, "commit": {"id": "a"}, "user": {"username": "priya", "bot": False},
        "pipeline": {"id": 5, "sha": "a", "source": "push", "status": "success"}, **more,
    }  # fmt: skip


def test_gitlab_jobs(tmp_path):
    jobs = [
        gitlab_job("build", "build", 2, 10, 2), gitlab_job("rspec 1/2", "test", 11, 20, 1),
        gitlab_job("rspec 2/2", "test", 11, 24, 1),
        gitlab_job("lint", "test", 11, 13, 1, status="failed", allow_failure=True),
        gitlab_job("pages", "deploy", 0, 0, 0, status="manual", started_at=None, finished_at=None),
    ]  # fmt: skip
    (one,) = read_log([written(tmp_path, "jobs.json", jobs)]).runs
    assert (one.outcome, one.minutes) == ("passed", 24)
    stages = Play(one.jobs).stages()
    assert stages["rspec"][2] == 11  # lint is over at 13
    assert stages[QUEUE][2] == 3


def test_gitlab_pipelines(tmp_path):
    pipeline = {
        "id": 5, "sha": "a", "ref": "main", "source": "schedule", "status": "failed", "created_at": stamp(0),
        "updated_at": stamp(9),
    }  # fmt: skip
    (one,) = read_log([written(tmp_path, "p.json", [pipeline])]).runs
    assert (one.outcome, one.minutes, one.waited_for) == ("failed", 9, False)


def test_csv_as_anybody_makes_it(tmp_path):
    text = (
        f"run_id;head_sha;run_started_at;updated_at;conclusion;status\n7;a;{stamp(0)};{stamp(12)};success;completed\n"
    )
    (one,) = read_log([written(tmp_path, "r.csv", text)]).runs
    assert (one.id, one.commit, one.outcome, one.minutes) == ("7", "a", "passed", 12)


def test_what_is_left_out_is_said(tmp_path):
    log = read_log([written(tmp_path, "r.json", [gh(), gh(databaseId=9, createdAt="soon")])])
    assert len(log.runs) == 1
    assert "1 record could not be used; the first:" in log.notes[0]
    assert "createdAt: 'soon' is no date and time" in log.notes[0]


BROKEN = {
    "empty.json": ("", ":1: is empty"),
    "cut.json": (json.dumps([gh(), gh()], indent=1)[:-40], "ends in the middle of a record"),
    "cut_in_a_name.json": ('[{"databaseId": 7, "workf', "ends in the middle of a record"),
    "strange.json": ('[{"name": "x", "salary": 4}]', "its records have: name, salary"),
    "nothing.json": ("[]", "without a single run"),
    "refused_by_gitlab.json": ('{"message": "404 Project Not Found"}', "a refusal, not a log: 404 Project"),
    "refused.json": (
        '{"message": "Bad credentials", "documentation_url": "x"}',
        "a refusal, not a log: Bad cred",
    ),
    "no_end.json": (json.dumps([{k: v for k, v in gh().items() if k != "updatedAt"}]), "no run says when it ended"),
    "broken.json": ('[{"databaseId": 7,, }]', ":1: is not JSON"),
    "deep.json": ("[" * 100_000, ":1:"),
    "no_rows.csv": ("run,commit\n", "has no rows"),
    "no_column.csv": ("run,commit,started\n7,a,b\n", "ended: no such column, and no updated"),
    "bad_time.csv": ("run,started,ended,outcome\n7,soon,later,passed\n", ":2: started: 'soon' is no date and time"),
    "backwards.csv": (
        f"run,started,ended,outcome\n7,{stamp(9)},{stamp(0)},passed\n",
        ":2: ended: lies before the start",
    ),
    "attempt.csv": (
        f"run,started,ended,outcome,attempt\n7,{stamp(0)},{stamp(9)},passed,first\n",
        ":2: attempt: 'first'",
    ),
    "no_run.csv": (f"run,started,ended,outcome\n,{stamp(0)},{stamp(9)},passed\n", ":2: run: is empty"),
    "prose.txt": ("dear diary\nit was red\n", "no such column"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_file_that_is_no_log(name, tmp_path):
    text, said = BROKEN[name]
    with pytest.raises(FileProblems) as found:
        read_log([written(tmp_path, name, text)])
    assert said in str(found.value)
    assert f"{name}:" in str(found.value)


def test_files_that_cannot_be_read(tmp_path, monkeypatch):
    with pytest.raises(FileProblems, match="cannot be read"):
        read_log([tmp_path / "nowhere.json"])
    binary = tmp_path / "x.json"
    binary.write_bytes(b"[\xff\xfe\xfa")
    with pytest.raises(FileProblems, match="is not UTF-8"):
        read_log([binary])
    monkeypatch.setattr(reading, "MOST_MB", 0)
    with pytest.raises(FileProblems, match="are the most"):
        read_log([written(tmp_path, "big.json", [gh()])])


# ---------------------------------------------------------------- page, command


def test_the_sample_is_the_same_each_time():
    assert sample_csv() == sample_csv()
    assert sample_csv(1) != sample_csv(2)
    assert len(sample_log().runs) > 100


def test_what_cannot_be_told_is_said(tmp_path):
    """Runs without commits and without jobs, few of them, and of nobody knows whom."""
    bare = [{name: gh()[name] for name in ("conclusion", "status", "createdAt", "startedAt", "updatedAt")}]
    report = ci(written(tmp_path, "r.json", bare))
    text = report.text()
    assert "Which stage holds the runs up cannot be told" in text
    assert "the log names no commits" in text
    assert "does not say what set it off" in text.replace("\n", " ")
    assert "1 run in 0 whole weeks: few" in text.replace("\n", " ")


def test_nobody_waits_for_a_nightly(tmp_path):
    report = ci(written(tmp_path, "r.json", [gh(event="schedule")]), fix_days=1, saves=5)
    assert "Nobody waits for any of these runs" in report.says[0]
    assert "no fix can pay back" in report.says[-1]


def test_a_log_without_jobs_has_a_picture_of_weeks(tmp_path):
    week = 7 * 24 * 60
    runs = [
        gh(
            databaseId=n,
            headSha=str(n),
            createdAt=stamp(n * week),
            startedAt=stamp(n * week),
            updatedAt=stamp(n * week + 60),
        )
        for n in range(5)
    ]
    (picture,) = ci(written(tmp_path, "r.json", runs)).pictures
    assert picture.title.startswith("Between 1.0 and 1.0 hours of waiting a week")
    assert picture.svg.startswith("<svg")


def test_the_command(tmp_path):
    page = tmp_path / "ci.html"
    done = CliRunner().invoke(main, ["ci", "--sample", "--fix-days", "3-5", "--saves", "6", "--out", str(page)])
    assert done.exit_code == 0, done.output
    assert "The bottleneck of “ledger” is checkout-e2e" in done.output.replace("\n", " ")
    assert "Paid back after" in page.read_text(encoding="utf-8")
    assert "<script" not in page.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "said", "code"),
    [
        (["ci"], "Give a log, or --sample", 2),
        (["ci", "--sample", "x.json"], "not both", 2),
        (["ci", "--sample", "--saves", "4"], "go together", 2),
        (["ci", "--sample", "--share", "80-20"], "the low end first", 2),
        (["ci", "--sample", "--share", "often"], "neither a number nor a range", 2),
        (["ci", "nowhere.json"], "cannot be read", 1),
    ],
)
def test_the_command_typed_wrongly(words, said, code):
    done = CliRunner().invoke(main, words)
    assert done.exit_code == code
    assert said in done.output
    assert "Traceback" not in done.output
