"""The page about a CI log: what waiting costs, what holds runs up, which red was not the code, when a fix pays."""

from __future__ import annotations

from leadgym.estimates import Z90, wilson
from leadgym.tools.ci.model import Log
from leadgym.tools.ci.path import Held, held_by_workflow, held_up
from leadgym.tools.ci.payback import Payback, Span, payback
from leadgym.tools.ci.waiting import FEW_WEEKS, Reds, Waiting, reds, waiting
from leadgym.tools.ci.words import LITTLE, counted, near, span
from leadgym.tools.report import Picture, Report, Table

SHOWN = 8
FEW_RUNS = 30


def ci_report(
    log: Log,
    share: tuple[float, float] = (0.25, 1.0),
    fix_days: Span | None = None,
    saves: Span | None = None,
) -> Report:
    """The report on ``log``. With ``fix_days`` and ``saves`` (minutes a run) also when that fix has paid for itself."""
    from leadgym.tools.ci.picture import payback_picture, run_picture, weeks_picture

    wait, red = waiting(log, share), reds(log)
    held = held_up(log) or held_by_workflow(log)
    says = [_cost(wait), _bottleneck(held), _flaky(red, share)]
    tables = [_sums(wait)]
    pictures: list[Picture] = []
    if held is not None:
        tables.append(_stages(held))
    if held is not None and held.bars:
        pictures.append(run_picture(held))
    elif len(wait.weeks) > 1 and wait.runs:
        pictures.append(weeks_picture(wait))
    if red.wavering and any(one.differed for one in red.wavering):
        tables.append(_wavering(red))
    if fix_days is not None and saves is not None:
        # Three workflows of one push are waited for once, and a fix shortens that wait once.
        runs = [week.waits for week in wait.weeks] or ([wait.waits] if wait.waits else [])
        if runs and any(runs):
            paid = payback(runs, fix_days, saves, share)
            says.append(_paid(paid, held))
            pictures.append(payback_picture(paid, runs))
        else:
            says.append("Nobody waits for any run in this log, so no fix can pay back by shortening one.")
    return Report("What our CI costs", tuple(says), tuple(tables), tuple(pictures), _notes(log, wait, held, red))


def _cost(wait: Waiting) -> str:
    if not wait.runs:
        return "Nobody waits for any of these runs: none that a person set off came to a result."
    low, high = wait.a_week
    how_long = f"a week, over {wait.over_weeks:.1f} weeks" if wait.days >= 7 else f"in {wait.days:.1f} days"
    if wait.days < 1:
        how_long = "in less than a day"
    lengths = (
        f"half of the {wait.runs:,} runs that somebody waits for are over within {near(wait.middle)} minutes, 85 in "
        f"100 within {near(wait.late)}"
    )
    if wait.runs == 1:
        lengths = f"the one run that somebody waits for takes {near(wait.middle)} minutes"
    return f"Waiting for CI costs between {near(low)} and {near(high)} person-hours {how_long}: {lengths}."


def _bottleneck(held: Held | None) -> str:
    if held is None:
        return (
            "Which stage holds the runs up cannot be told: the log has no jobs. Export the jobs of some runs as well "
            "(gh api --paginate repos/OWNER/REPO/actions/runs/ID/jobs) and give both files."
        )
    first = held.stages[0]
    what = "workflow" if held.of_workflows else "stage"
    where = f" of “{held.workflow}”" if held.workflow else ""
    longest = max((stage for stage in held.stages if stage is not first), key=lambda stage: stage.middle, default=first)
    if first.most < LITTLE:
        return f"No single {what}{where} holds the runs up: without any one of them the others take as long."
    more = ""
    if longest.middle > first.middle:
        wins = "nothing" if longest.most < LITTLE else f"{span(longest)} minutes"
        why = "others take about as long beside it"
        if longest.on_path == 0:
            why = "others are still running then"
        elif longest.on_path < held.runs / 2:
            why = f"it lies on the way of {longest.on_path:,} of {held.runs:,} only"
        more = f" {longest.name} takes longer ({near(longest.middle)} minutes) and would win {wins}: {why}."
    until = "the answer on a commit" if held.of_workflows else "a green run" if held.passed else "a run"
    return (
        f"The bottleneck{where} is {first.name}: if it took no time, {until} of {near(held.middle)} minutes would "
        f"be there {span(first)} minutes earlier, at most.{more}"
    )


def _flaky(red: Reds, share: Span) -> str:
    if not red.known:
        return "Nothing can be said about flaky runs: the log names no commits."
    if not red.red:
        again = f" {red.probably:,} later attempts passed whose first ones it does not hold." if red.probably else ""
        return f"Of {counted(red.results, 'result')} with a commit none is red in this log.{again}"
    low, high = red.turned / red.red, (red.turned + red.never_again) / red.red
    known = (
        f"between {low:.0%} and {high:.0%} of the red was not about the code"
        if red.never_again
        else f"{low:.0%} of the red was not about the code"
    )
    cost = ""
    if red.hours_lost:
        least, most = (near(red.hours_lost * end) for end in share)
        which = "that one" if red.turned == 1 else f"those {red.turned:,}"
        cost = f" Waiting for {which} cost {least if least == most else f'between {least} and {most}'} person-hours."
    return (
        f"Of {counted(red.red, 'red result')} {red.turned:,} turned green on the same commit, {red.confirmed:,} "
        f"{'was' if red.confirmed == 1 else 'were'} red again, {red.never_again:,} nobody tried again: {known}.{cost}"
    )


def _paid(paid: Payback, held: Held | None) -> str:
    low, high = paid.won
    over = ""
    if held is not None and paid.saves[1] > held.stages[0].most + 0.5 and not held.of_workflows:
        over = (
            f" No single stage holds a run up by more than {near(held.stages[0].most)} minutes here, so "
            f"{paid.saves[1]:g} a run needs more than one of them, or more machines."
        )
    if paid.middle is None:
        return (
            f"A fix of {_days(paid)} that saves {_saved(paid)} does not pay back within five years at even odds.{over}"
        )
    late = (
        "not within five years in 15 of 100 futures"
        if paid.late is None
        else f"{counted(paid.late, 'week')} in 85 of 100"
    )
    return (
        f"A fix of {_days(paid)} that saves {_saved(paid)} wins {low:.1f} to {high:.1f} hours a week (80 in 100) and "
        f"has paid for itself after {counted(paid.middle, 'week')} at even odds, {late}.{over}"
    )


def _days(paid: Payback) -> str:
    low, high = paid.fix_days
    return f"{high:g} {'day' if high == 1 else 'days'}" if low == high else f"{low:g} to {high:g} days"


def _saved(paid: Payback) -> str:
    low, high = paid.saves
    return (
        f"{high:g} {'minute' if high == 1 else 'minutes'} a run"
        if low == high
        else f"{low:g} to {high:g} minutes a run"
    )


def _sums(wait: Waiting) -> Table:
    low, high = wait.a_week
    rows = [
        ("runs that somebody waits for", f"{wait.runs:,} on {counted(wait.pushes, 'commit')}"),
        ("minutes a run, P50 and P85", f"{wait.middle:.1f} and {wait.late:.1f}"),
        ("hours waited a week, range", f"{low:.1f} to {high:.1f}"),
        ("set off by a clock or a bot (not counted)", f"{wait.unattended:,}"),
        ("cancelled (not counted)", f"{wait.cancelled:,}, {wait.cancelled_hours:.1f} machine-hours"),
        ("skipped or without a verdict (not counted)", f"{wait.nothing:,}"),
        ("not over yet (not counted)", f"{wait.unfinished:,}"),
    ]
    return Table("What was counted", ("", "number"), tuple(rows))


def _stages(held: Held) -> Table:
    rows = [
        (stage.name, f"{stage.middle:.1f}", f"{stage.on_path:,} of {held.runs:,}", span(stage, 1))
        for stage in held.stages[:SHOWN]
    ]
    if held.of_workflows:
        return Table(
            "What holds the answer on a commit up",
            ("workflow", "minutes (P50)", "last to answer", "minutes won at most"),
            tuple(rows),
        )
    return Table(
        "What holds a run up", ("stage", "minutes (P50)", "on the critical path", "minutes won at most"), tuple(rows)
    )


def _wavering(red: Reds) -> Table:
    rows = []
    for one in red.wavering[:SHOWN]:
        if one.differed:
            low, high = wilson(one.differed, one.repeated, Z90)
            rows.append((one.name, f"{one.repeated:,}", f"{one.differed:,}", f"{low:.0%} to {high:.0%}"))
    return Table(
        "Same commit, different outcome", ("job", "commits with two results", "differed", "90 % interval"), tuple(rows)
    )


def _notes(log: Log, wait: Waiting, held: Held | None, red: Reds) -> tuple[str, ...]:
    notes = [
        f"Who waits: one person for each commit, from the start of a run to its end, for {wait.share[0]:.0%} of that "
        f"time at least and {wait.share[1]:.0%} at most. Nobody has measured that share for you; ask three people. "
        "Runs of one commit that overlap count once. What the wait does to the work after it is not in the sum.",
        "P50 and P85 are nearest-rank percentiles: the smallest value with at least so many in 100 at or below it.",
    ]
    if held is not None and not held.of_workflows and held.bars:
        how = (
            "What a job waits for is what the export says it needs."
            if held.exact
            else "The export does not say what a job needs. The first figure holds if it needs every job that was over "
            "when it became ready, in each run that had both; the second if only those that it was seen to wait for."
        )
        passed = "that passed" if held.passed else "that failed, as none passed"
        notes.append(
            f"Bottleneck: over the latest {counted(held.runs, 'run')} {passed}, each played again with the stage at no "
            f"cost. No fix makes a stage cost nothing, hence “at most”. {how}"
        )
    if red.known and red.red:
        notes.append(
            "A different outcome on the same commit shows that something outside of the commit decided, a test, a "
            "service or a machine. Two reds on one commit prove less: both may have been bad luck."
        )
    if red.probably:
        notes.append(
            f"{counted(red.probably, 'run')} passed at a later attempt, and the export holds the last one only. "
            "Their earlier ones were most likely red or cancelled, and are in none of the figures."
        )
    if wait.begun_later:
        notes.append(
            f"{counted(wait.begun_later, 'run')} began more than two minutes after they were created (run again, or "
            "held for an approval). That gap is not counted as waiting."
        )
    if wait.unsaid:
        notes.append(
            f"Of {counted(wait.unsaid, 'run')} the export does not say what set it off. They count as waited for; a "
            "nightly run among them makes the wait look larger than it is."
        )
    if wait.runs and (wait.runs < FEW_RUNS or len(wait.weeks) < FEW_WEEKS):
        notes.append(
            f"{counted(wait.runs, 'run')} in {counted(len(wait.weeks), 'whole week')}: few. Take the figures as a size "
            "and not as a sum."
        )
    notes.append(f"A day of work is eight hours. Nothing left this machine. {' '.join(log.notes)}".strip())
    return tuple(notes)
