"""The forecast tool: numbers by hand, exports as trackers write them, what is broken said with its line."""

import datetime as dt
import itertools
import math
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from leadgym.cli import main
from leadgym.estimates import wilson
from leadgym.tools.forecast import forecast, numbers
from leadgym.tools.forecast.days import Days, Unread
from leadgym.tools.forecast.reading import Asked, read_history
from leadgym.tools.forecast.run import made
from leadgym.tools.forecast.sample import FINISHED, OPEN, sample_csv
from leadgym.yamlfile import FileProblems

WEEKS = st.lists(st.integers(0, 9), min_size=4, max_size=30).filter(any)


def written(tmp_path: Path, text: str, name: str = "tracker.csv") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def items(days, heading="Resolved", extra=""):
    return f"Key,{heading}\n" + "".join(f"A-{n},{day}\n" for n, day in enumerate(days)) + extra


def problem(path, **options) -> str:
    with pytest.raises(FileProblems) as caught:
        made(path, **options)
    return str(caught.value)


# ---------------------------------------------------------------- numbers


def test_chances_by_hand():
    """Two weeks of 0 or 3, each as likely: 0, 3, 3, 6."""
    assert numbers.sum_chances([0, 3], 2).tolist() == [0.25, 0, 0, 0.5, 0, 0, 0.25]
    assert numbers.chance_of([0, 3], 3, 2) == 0.75
    assert numbers.at_least(numbers.sum_chances([0, 3], 2), 0.5) == (3, 0.75)
    assert numbers.at_least(numbers.sum_chances([0, 3], 2), 0.85) == (0, 1.0)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 4), min_size=1, max_size=4), st.integers(1, 4), st.integers(0, 16))
def test_chances_are_those_of_counting_all_orders(counts, weeks, wanted):
    orders = list(itertools.product(counts, repeat=weeks))
    share = sum(sum(order) >= wanted for order in orders) / len(orders)
    assert numbers.chance_of(counts, wanted, weeks) == pytest.approx(share)


@settings(max_examples=15, deadline=None)
@given(WEEKS, st.integers(1, 40), st.integers(1, 12))
def test_drawing_agrees_with_adding_up(counts, wanted, weeks):
    took = numbers.weeks_to_finish(counts, wanted, runs=4000, seed=3)
    exact = numbers.chance_of(counts, wanted, weeks)
    assert numbers.done_by(took, weeks) == pytest.approx(exact, abs=0.04)


@settings(max_examples=15, deadline=None)
@given(WEEKS, st.integers(1, 60))
def test_surer_is_never_sooner_and_the_level_is_reached(counts, wanted):
    took = numbers.weeks_to_finish(counts, wanted, runs=1000)
    weeks = [numbers.weeks_at(took, share) for share in numbers.LEVELS]
    known = [week for week in weeks if week is not None]
    assert known == sorted(known)
    for share, week in zip(numbers.LEVELS, weeks, strict=True):
        if week is not None:
            assert numbers.done_by(took, week) >= share > numbers.done_by(took, week - 1)


def test_a_steady_team_takes_what_one_divides():
    assert set(numbers.weeks_to_finish([5, 5, 5, 5], 23, runs=50)) == {5}


def test_the_same_seed_draws_the_same_and_another_does_not():
    one, same, other = (numbers.weeks_to_finish(FINISHED, 50, runs=500, seed=seed) for seed in (1, 1, 2))
    assert (one == same).all()
    assert (one != other).any()


def test_found_items_put_it_off_and_may_never_end():
    plain, more = (numbers.weeks_to_finish(FINISHED, 50, added=added, runs=1000) for added in (0.0, 1.0))
    assert numbers.weeks_at(more, 0.5) == pytest.approx(50 / (106 / 26 - 1), abs=2)
    assert numbers.weeks_at(plain, 0.5) < numbers.weeks_at(more, 0.5)
    assert numbers.weeks_at(numbers.weeks_to_finish([1, 1, 1, 1], 50, added=3, runs=100), 0.5) is None


def test_wilson_as_published():
    """Newcombe (1998), table I: 81 of 263 is .2553 to .3662; 0 of 20 is 0 to .1611."""
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)
    assert wilson(0, 20) == pytest.approx((0, 0.1611), abs=1e-4)


def test_back_test_by_hand():
    """Always 2 a week: "at least 4 in two weeks" is said with certainty and comes each time."""
    for held in numbers.back_test([2] * 12, 2):
        assert (held.said, held.came, held.of, held.apart) == (1.0, 3, 3, 1)


def test_back_test_sees_the_past_alone():
    """Each forecast is of weeks that it did not draw from: a jump at the end is not foreseen."""
    counts = [2] * 10 + [0] * 4
    held = numbers.back_test(counts, 2)[0]
    assert (held.came, held.of) == (1, 5)
    assert numbers.back_test(counts[:9], 2) == []


def test_back_test_of_independent_weeks_is_calibrated():
    luck = np.random.default_rng(5)
    counts = list(map(int, luck.poisson(5, 400)))
    for held in numbers.back_test(counts, 2):
        assert held.share == pytest.approx(held.said, abs=0.05)


def test_a_change_is_found_where_it_is():
    luck = np.random.default_rng(2)
    counts = [*map(int, luck.poisson(7, 16)), *map(int, luck.poisson(3, 14))]
    change = numbers.change_point(counts)
    assert change is not None
    assert change.at == pytest.approx(16, abs=2)
    assert change.before > change.after
    assert change.p < 0.05


def test_pettitt_by_hand():
    """Eight threes, eight nines: ranks 4.5 and 12.5, K = |2 * 36 - 8 * 17| = 64, at its largest after the eighth."""
    change = numbers.change_point([3] * 8 + [9] * 8)
    assert change is not None
    assert (change.at, change.before, change.after) == (8, 3.0, 9.0)


def test_weeks_without_a_change_seldom_cry_wolf():
    luck = np.random.default_rng(11)
    cries = sum(numbers.change_point(list(map(int, luck.poisson(4, 26)))) is not None for _ in range(60))
    assert cries <= 8


def test_a_slope_and_an_echo_are_told_from_none():
    assert numbers.trend(list(range(20))) == (pytest.approx(1.0), pytest.approx(1 / 2001))
    assert numbers.trend([4] * 20) is None
    assert numbers.echo([1, 1, 1, 1, 9, 9, 9, 9] * 3) > 0.4
    assert numbers.echo([1, 9] * 10) is None


# ---------------------------------------------------------------- reading


def test_weeks_without_anything_are_kept_and_half_weeks_are_not(tmp_path):
    days = ["2026-06-04", "2026-06-08", "2026-06-12", "2026-06-29", "2026-07-03", "2026-07-08"]
    found = read_history(written(tmp_path, items(days)))
    assert found.counts == (2, 0, 0, 2)
    assert found.first == dt.date(2026, 6, 8)
    assert found.after == dt.date(2026, 7, 13)
    assert "1 item before Monday 2026-06-08" in found.left_out[0]
    assert "1 item after Sunday 2026-07-05" in found.left_out[1]


def test_the_day_of_the_export_decides_about_the_last_week(tmp_path):
    path = written(tmp_path, items(["2026-06-01", "2026-06-09", "2026-06-16", "2026-06-23"]))
    assert read_history(path, Asked(as_of=dt.date(2026, 7, 9))).counts == (1, 1, 1, 1, 0)
    assert read_history(path, Asked(as_of=dt.date(2026, 7, 10))).counts == (1, 1, 1, 1, 0, 0)
    assert read_history(path, Asked(as_of=dt.date(2026, 7, 10), since=dt.date(2026, 6, 8))).counts == (1, 1, 1, 0, 0)


def test_what_nobody_worked_off_does_not_count(tmp_path):
    text = "Issue key,Status,Resolution,Resolved\n" + "".join(
        f"A-{n},Done,Done,2026-06-{day:02d} 10:00\n" for n, day in enumerate((1, 8, 15, 22, 26))
    )
    text += "B-1,Done,Won't Do,2026-06-09 10:00\nB-2,Done,Duplicate,2026-06-09\nB-3,Done,Done,\n"
    text += "B-4,To Do,,\nB-5,In progress,,\n"
    found = read_history(written(tmp_path, text))
    assert found.counts == (1, 1, 1, 2)
    assert found.open_items == 2
    assert "2 rows left out: cancelled" in found.left_out[0]
    assert "1 row left out: finished by status" in found.left_out[1]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-04-03", "2026-04-03"), ("2026-04-03T23:30:00Z", "2026-04-03"), ("2026-04-03 14:02:11 UTC", "2026-04-03"),
        ("2026-04-03T10:00:00.000+0200", "2026-04-03"), ("03/Apr/26 4:12 PM", "2026-04-03"), ("3.4.2026", "2026-04-03"),
        ("03/Apr/2026 16:12", "2026-04-03"), ("Apr 3, 2026", "2026-04-03"), ("3 April 2026", "2026-04-03"),
        ("Fri Apr 03 2026 10:00:00 GMT+0000 (GMT)", "2026-04-03"), ("2026-W14", "2026-03-30"),
        ("20260403", "2026-04-03"),
        ("3/4/2026 9:15", "2026-04-03"), ("03-04-26", "2026-04-03"),
    ],
)  # fmt: skip
def test_days_as_trackers_write_them(text, day):
    assert Days("day-first").day(text).isoformat() == day


def test_a_time_with_an_offset_goes_where_it_is_told_to():
    from zoneinfo import ZoneInfo

    late = "2026-06-07T23:30:00Z"  # a Sunday in Greenwich, a Monday in Copenhagen
    assert Days().day(late).isoformat() == "2026-06-07"
    assert Days(zone=ZoneInfo("Europe/Copenhagen")).day(late).isoformat() == "2026-06-08"


def test_which_number_is_the_month_is_not_guessed():
    assert Days().settled(["3/4/2026", "25/4/2026"]).order == "day-first"
    assert Days().settled(["3/4/2026", "4/25/2026"]).order == "month-first"
    assert Days().settled(["3.4.2026"]).day("3.4.2026") == dt.date(2026, 4, 3)
    with pytest.raises(Unread, match="could be two days"):
        Days().settled(["3/4/2026"])
    with pytest.raises(Unread, match="some days put"):
        Days().settled(["25/4/2026", "4/25/2026"])
    for text in ("31/2/2026", "yesterday", "1026-04-03", "45123"):
        with pytest.raises(Unread):
            Days("day-first").day(text)


def test_counts_by_week(tmp_path):
    text = "Week starting;Items\n2026-06-01;3\n2026-06-08;0\n2026-06-22;5,0\n2026-06-29;2\n"
    found = read_history(written(tmp_path, text))
    assert found.counts == (3, 0, 0, 5, 2)
    assert "1 week between" in " ".join(found.left_out)
    numbered = read_history(written(tmp_path, "week,done\n1,3\n2,0\n4,5\n5,2\n"))
    assert (numbered.counts, numbered.first) == ((3, 0, 0, 5, 2), None)


# ---------------------------------------------------------------- the report


def test_the_first_sentence_is_the_answer():
    report = forecast(by="2026-11-20")
    assert report.says[0] == "50 items by Friday 20 November 2026: 8 chances in 100."
    assert "even odds by Friday 11 December 2026 (13 weeks), 85 in 100 by Friday 25 December 2026 (15" in report.says[1]
    assert "26 whole weeks, 16 March 2026 to 13 September 2026: 4.1 items a week" in " ".join(report.says)
    assert all(len(picture.alt.split()) > 12 for picture in report.pictures)
    assert len(report.pictures) == 3


def test_what_the_sample_says_is_exact():
    """The lesson, the story and the exercise say these."""
    assert sum(FINISHED) == 106
    assert round(100 * numbers.chance_of(FINISHED, 50, 10)) == 8
    assert round(100 * numbers.chance_of(FINISHED, 34, 10)) >= 85
    took = [next(w for w in range(1, 60) if numbers.chance_of(FINISHED, 50, w) >= s) for s in (0.5, 0.85)]
    assert took == [13, 15]
    took = [next(w for w in range(1, 60) if numbers.chance_of(FINISHED, 20, w) >= s) for s in (0.5, 0.85)]
    assert took == [5, 7]


def test_the_sample_is_read_back_as_it_was_made(tmp_path):
    found = read_history(written(tmp_path, sample_csv()))
    assert found.counts == FINISHED
    assert found.open_items == OPEN
    committed = Path(__file__).parents[2] / "solutions" / "07_feasibility" / "data" / "ledger_tracker.csv"
    assert committed.read_text(encoding="utf-8") == sample_csv()


def test_few_weeks_a_change_and_a_growing_list_are_said(tmp_path):
    few = made(written(tmp_path, "week,items\n1,3\n2,0\n3,5\n4,2\n5,4\n"), items=10)
    assert "5 weeks are few" in " ".join(few.says)
    assert "cannot be looked up yet" in " ".join(few.says)
    jump = "week,items\n" + "".join(
        f"{dt.date(2026, 1, 5) + dt.timedelta(weeks=k)},{8 if k < 12 else 3}\n" for k in range(24)
    )
    said = " ".join(made(written(tmp_path, jump), items=30).says)
    assert "from the week of 30 March 2026 on you finish 3.0 items a week, before it 8.0" in said
    assert "--weeks 12" in said
    assert "found a week on the way" in made(None, items=30, added=1).says[0]
    assert "never get there" in made(None, items=30, added=9, runs=1000).says[0]


def test_drawing_from_the_last_weeks_only():
    report = made(None, items=20, weeks=12)
    assert "the last 12 whole weeks, 22 June 2026" in " ".join(report.says)


def test_by_alone_says_how_many(tmp_path):
    path = written(tmp_path, "week,items\n" + "".join(f"{k},4\n" for k in range(1, 13)))
    report = made(path, by="2026-10-30", start="2026-10-05")
    assert report.says[0].startswith("By Friday 30 October 2026, 4 weeks: at even odds 16 items or more")


# ---------------------------------------------------------------- what is broken


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no rows under its headings"),
        ("Key,Resolved\n", "no rows under its headings"),
        ("Key,Summary\nA-1,x\n", "no column says when an item was finished"),
        ("Key,Resolved\nA-1,\nA-2,\n", "no row has a day"),
        ("Key,Resolved\nA-1,soon\n", "tracker.csv:2: Resolved: 'soon' is no day"),
        ("Key,Resolved\nA-1,2026-06-01,x\n", "tracker.csv:2: has 3 cells"),
        ("Key,Resolved\nA-1,3/4/2026\n", "could be two days"),
        ("Key,Resolved\nA-1,2026-06-01\nA-2,2026-06-12\n", "2 whole weeks"),
        ('Key,Resolved\n"A-1,2026-06-01\n', "quotation mark"),
        ("week,items\n1,3\n2,x\n3,1\n4,1\n", "tracker.csv:3: items: 'x' is no whole number"),
        ("week,items\n1,3.5\n2,1\n3,1\n4,1\n", "Count items, not points"),
        ("week,items\n1,3\n1,2\n3,1\n4,1\n", "tracker.csv:3: week 1 stands twice"),
        ("week,items\n2026-06-01,3\n2026-06-03,2\n2026-06-08,1\n", "stands twice"),
        ("week,points\n1,3\n", "none that is known to say how many"),
        ("week,items\n1,0\n2,0\n3,0\n4,0\n", "nothing was finished"),
    ],
)  # fmt: skip
def test_a_broken_file_says_where_and_what(tmp_path, text, said):
    path = written(tmp_path, text)
    assert said in problem(path, items=5)
    assert forecast(path, items=5).title == "No forecast yet"


def test_no_text_at_all_and_the_wrong_kind(tmp_path):
    assert "cannot be read" in problem(tmp_path / "nothing.csv")
    wrong = tmp_path / "tracker.xlsx"
    wrong.write_bytes(b"PK\x03\x04\x14\x00\xff\xfe\x00\x00")
    assert "UTF-8" in problem(wrong)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"items": 0}, "--items"), ({"by": "friday"}, "--by: 'friday' is no day"),
        ({"by": "2026-09-01"}, "comes before"),
        ({"weeks": 2}, "--weeks"), ({"added": -1}, "--added"), ({"runs": 5}, "--runs"),
        ({"zone": "Mars/Base"}, "--zone"),
        ({"column": "Ended"}, "there is no column 'Ended'"),
    ],
)  # fmt: skip
def test_a_question_that_cannot_be_answered_says_so(options, said):
    assert said in problem(None, **options)


def test_a_large_export_is_read(tmp_path):
    first = dt.date(2010, 1, 4)
    path = written(tmp_path, items(first + dt.timedelta(days=n % 5600) for n in range(30_000)))
    assert sum(read_history(path).counts) > 29_000


def test_the_command(tmp_path):
    path, page = written(tmp_path, sample_csv()), tmp_path / "page.html"
    run = CliRunner().invoke(main, ["forecast", str(path), "--items", "20", "--runs", "1000", "--out", str(page)])
    assert run.exit_code == 0, run.output
    assert run.output.splitlines()[2].startswith("20 items: even odds by Friday 16 October 2026 (5 weeks)")
    assert page.read_text(encoding="utf-8").count("<svg") == 3
    broken = CliRunner().invoke(main, ["forecast", str(written(tmp_path, "a,b\n1,2\n"))])
    assert broken.exit_code == 1
    assert "Traceback" not in broken.output
    assert CliRunner().invoke(main, ["forecast"]).exit_code == 2
    assert CliRunner().invoke(main, ["forecast", str(path), "--sample"]).exit_code == 2
    assert not math.isnan(numbers.done_by(numbers.weeks_to_finish(FINISHED, 20, runs=100), 5))


def test_an_export_that_nobody_here_wrote():
    """Counted apart, by ISO week: see the README beside the file."""
    found = read_history(Path(__file__).parents[1] / "fixtures" / "exports" / "forecast" / "azure_devops.csv")
    assert found.counts == (8, 8, 8, 11, 7, 11, 4, 8, 7, 15, 8, 4, 3)
    assert (found.first, found.open_items, found.left_out) == (dt.date(2023, 10, 2), 0, ())


def test_a_history_of_years_is_drawn_from_its_last_52_weeks(tmp_path):
    luck = np.random.default_rng(4)
    rows = [f"{dt.date(2020, 1, 6) + dt.timedelta(weeks=k)},{luck.poisson(12 if k < 60 else 3)}" for k in range(150)]
    path = written(tmp_path, "week,items\n" + "\n".join(rows) + "\n")
    assert "the last 52 whole weeks" in " ".join(made(path, items=30).says)
    told = made(path, items=30, weeks=150)
    assert told.says[1].startswith("Careful: from the week of")
    assert "farther off than luck alone" in " ".join(told.says)


def fridays(first, weeks):
    return [first + dt.timedelta(days=7 * week + day) for week in range(weeks) for day in (0, 4)]


def test_a_year_mistyped_is_found_with_its_line(tmp_path):
    days = fridays(dt.date(2026, 3, 2), 12)
    path = written(tmp_path, items([*days, dt.date(2062, 5, 25)]))
    said = problem(path, items=10)
    assert f"{path}:{len(days) + 2}: Resolved: '2062-05-25' lies more than half a year after" in said
    assert "12 whole weeks" in made(path, items=10, as_of="2026-05-22").markdown()


def test_what_was_finished_in_a_week_that_is_not_over_is_not_counted_twice(tmp_path):
    """The list is that of the Thursday; work on it is drawn from the Monday after."""
    path = written(tmp_path, items([*fridays(dt.date(2026, 3, 2), 12), dt.date(2026, 5, 28)]))
    assert read_history(path).after == dt.date(2026, 6, 1)
    assert "counted from Monday 1 June 2026" in made(path, items=10).markdown()
    assert "counted from Monday 25 May 2026" in made(path, items=10, start="2026-05-25").markdown()


def test_a_column_is_named_as_the_file_names_it(tmp_path):
    assert ":2: Resolved: 'soon'" in problem(written(tmp_path, items(["soon", *fridays(dt.date(2026, 3, 2), 9)])))


def test_one_chance_is_one_chance(tmp_path):
    path = written(tmp_path, items(fridays(dt.date(2026, 3, 2), 12)))
    assert "by Friday 29 May 2026: fewer than 1 chance in 100." in made(path, items=10, by="2026-05-29").says[0]
