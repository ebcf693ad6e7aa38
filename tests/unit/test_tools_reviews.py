"""``leadgym reviews``: every forge's form is read, the numbers are those of hand and formula, trouble is a sentence."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from leadgym.cli import main
from leadgym.tools.reviews import numbers, run, sheet
from leadgym.tools.reviews.model import Export, Person, Pull, Said
from leadgym.tools.reviews.numbers import Bots, Wait, percentile, weekday_hours
from leadgym.tools.reviews.picture import still_waiting
from leadgym.tools.reviews.read import read_pulls
from leadgym.tools.reviews.sample import as_json
from leadgym.yamlfile import FileProblems

ROOT = Path(__file__).resolve().parents[2]
T0 = datetime(2026, 10, 5, 9, tzinfo=UTC)  # a Monday


def at(hours: float) -> str:
    return (T0 + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")


def said(who: str, hours: float, **more: Any) -> dict[str, Any]:
    return {"author": {"login": who}, "createdAt": at(hours), "body": "Why?", **more}


def gh(number: int, author: str, opened: float, **more: Any) -> dict[str, Any]:
    return {"number": number, "title": f"#{number}", "author": {"login": author}, "createdAt": at(opened),
            "mergedAt": None, "closedAt": None, "isDraft": False, "reviews": [], "comments": [], **more}  # fmt: skip


def written(tmp_path: Path, *values: Any, name: str = "pulls.json") -> Path:
    path = tmp_path / name
    path.write_text("\n".join(json.dumps(value) for value in values), encoding="utf-8")
    return path


# One request, by ann, read by bob after 5 hours and merged after 8, said by five forges.
REVIEW = {"author": {"login": "bob"}, "submittedAt": at(5), "state": "APPROVED", "body": "Why?"}
CAMEL = {"title": "x", "createdAt": at(0), "mergedAt": at(8)}
SNAKE = {"title": "x", "created_at": at(0), "merged_at": at(8)}
NOTE = {"author": {"username": "bob"}, "created_at": at(5), "system": False, "body": "Why?"}
ADDRESS = "https://api.github.com/repos/o/r/pulls/1"
ON_ONE = {"noteable_iid": 1, "noteable_type": "MergeRequest"}
SAME = {
    "gh": [gh(1, "ann", 0, mergedAt=at(8), reviews=[REVIEW])],
    "rest": [
        {**SNAKE, "number": 1, "user": {"login": "ann"}, "closed_at": at(8), "draft": False, "url": ADDRESS},
        {"user": {"login": "bob"}, "submitted_at": at(5), "body": "Why?", "pull_request_url": ADDRESS},
    ],
    "graphql": [{"pullRequests": {"edges": [
        {"node": {**CAMEL, "number": 1, "author": {"login": "ann"}, "reviews": {"nodes": [REVIEW]}}}
    ]}}],
    "gitlab": [
        {**SNAKE, "iid": 1, "author": {"username": "ann"}, "source_branch": "b",
         "web_url": "https://gitlab.example/g/sub/r/-/merge_requests/1"},
        {**ON_ONE, "author": {"username": "cy"}, "created_at": at(1), "system": True, "body": "added a label"},
        {**NOTE, **ON_ONE, "type": "DiffNote"},
    ],
    "gitlab graphql": [{"mergeRequests": {"nodes": [
        {**CAMEL, "iid": "1", "author": {"username": "ann"}, "sourceBranch": "b",
         "notes": {"nodes": [{"author": {"username": "bob"}, "createdAt": at(5), "system": False, "body": "Why?"}]}}
    ]}}],
}  # fmt: skip


@pytest.mark.parametrize("forge", SAME)
def test_every_forge_says_the_same(tmp_path: Path, forge: str) -> None:
    export = read_pulls([written(tmp_path, *SAME[forge])])
    (pull,) = numbers.by_people(export, Bots())
    assert (pull.number, pull.author.name, [one.who.name for one in numbers.by_others(pull)]) == (1, "ann", ["bob"])
    waiting, merging = (of([pull], export.until, UTC) for of in (numbers.first_review, numbers.to_merge))
    assert [(one.hours, one.ended) for one in (*waiting.waits, *merging.waits)] == [(5, True), (8, True)]
    assert numbers.comments([pull]) == ["Why?"]


def test_pages_behind_each_other_several_files_and_utf16_are_one_export(tmp_path: Path) -> None:
    pages = written(tmp_path, [gh(1, "ann", 0)], [gh(2, "bob", 1), gh(1, "ann", 0, mergedAt=at(3))])
    other = tmp_path / "powershell.json"
    other.write_text(json.dumps([gh(3, "cy", 2)]), encoding="utf-16")
    export = read_pulls([pages, other])
    assert [one.number for one in export.pulls] == [1, 2, 3]
    assert export.pulls[0].merged
    assert any("more than once" in note for note in export.notes)


def test_whose_word_is_no_review() -> None:
    """The author's own, a bot's, a draft of a review, and what was said before it was opened."""
    bot, own, early = (
        Said(Person(name), T0 + timedelta(hours=h), "comment", "x")
        for name, h in (("ci[bot]", 1), ("ann", 2), ("bob", -1))
    )
    read = Said(Person("bob"), T0 + timedelta(hours=6), "review", "x")
    export = Export([Pull("", 1, "x", Person("ann"), T0, said=[read, bot, own, early])], T0 + timedelta(hours=9), True)
    (pull,) = numbers.by_people(export, Bots())
    assert [one.hours for one in numbers.first_review([pull], export.until, UTC).waits] == [6]
    assert numbers.bots_seen(export, Bots()) == ["ci[bot]"]
    assert numbers.bots_seen(export, Bots(more=["BOB"], people=["ci[bot]"])) == ["bob"]


def test_three_roads_end_a_wait(tmp_path: Path) -> None:
    path = written(tmp_path, [
        gh(1, "ann", 0, comments=[said("bob", 2)]), gh(2, "ann", 0, mergedAt=at(1)), gh(3, "ann", 0, closedAt=at(1)),
        gh(4, "ann", 4), gh(5, "ann", 4, isDraft=True), gh(6, "dependabot", 0),
    ])  # fmt: skip
    export = read_pulls([path], T0 + timedelta(hours=10))
    waiting = numbers.first_review(numbers.by_people(export, Bots()), export.until, UTC)
    assert sorted((one.hours, one.ended) for one in waiting.waits) == [(2, True), (6, False)]
    assert waiting.otherwise == 2
    said_ = run.reviews(path, until="2026-10-05T19:00:00Z").text()
    assert "1 read by somebody else" in said_
    assert "1 open draft waits for nobody" in said_
    assert "2 waits are few" in said_


def test_percentiles_by_hand() -> None:
    """Kaplan and Meier on 2, 3+, 4, 5+, 7: S = 4/5 at 2, 4/5 * 2/3 = 8/15 at 4, 0 at 7."""
    waits = [Wait(2, True), Wait(3, False), Wait(4, True), Wait(5, False), Wait(7, True)]
    assert [percentile(waits, p) for p in (20, 46, 47, 90)] == [2, 4, 7, 7]
    assert percentile([*waits, Wait(9, False)], 90) is None
    assert still_waiting(waits) == ([0, 2, 4, 7], pytest.approx([1, 0.8, 8 / 15, 0]))
    assert percentile([], 50) is None


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 50), min_size=1, max_size=40), st.sampled_from([50, 85, 90]))
def test_with_nothing_open_it_is_the_nearest_rank(hours: list[int], p: int) -> None:
    rank = math.ceil(p * len(hours) / 100)
    assert percentile([Wait(h, True) for h in hours], p) == sorted(hours)[rank - 1]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 50), st.booleans()), min_size=1, max_size=40))
def test_dropping_what_is_open_only_ever_looks_faster(rows: list[tuple[int, bool]]) -> None:
    waits = [Wait(h, ended) for h, ended in rows]
    whole, dropped = percentile(waits, 90), percentile([one for one in waits if one.ended], 90)
    assert dropped is None or whole is None or whole >= dropped


@pytest.mark.parametrize(
    ("start", "end", "zone", "hours"),
    [
        ("2026-10-09T15:00:00Z", "2026-10-12T09:00:00Z", "UTC", 18),  # Friday to Monday
        ("2026-10-10T09:00:00Z", "2026-10-11T20:00:00Z", "UTC", 0),  # inside a weekend
        ("2026-10-10T09:00:00Z", "2026-10-12T02:00:00Z", "UTC", 2),
        ("2026-10-08T10:00:00Z", "2026-10-08T13:30:00Z", "UTC", 3.5),
        ("2026-10-02T12:00:00Z", "2026-10-20T12:00:00Z", "UTC", 18 * 24 - 6 * 24),  # three weekends
        # Berlin: the weekend begins at 22:00 UTC on Friday; on 25 October it has 49 hours.
        ("2026-10-23T20:00:00Z", "2026-10-26T01:00:00Z", "Europe/Berlin", 2 + 2),
        ("2026-10-12T09:00:00Z", "2026-10-09T15:00:00Z", "UTC", 0),
    ],
)
def test_hours_without_weekends(start: str, end: str, zone: str, hours: float) -> None:
    begin, over = datetime.fromisoformat(start), datetime.fromisoformat(end)
    assert weekday_hours(begin, over, ZoneInfo(zone)) == pytest.approx(hours)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 60 * 24 * 60),
    st.integers(0, 60 * 24 * 60),
    st.sampled_from(["UTC", "Europe/Berlin", "Pacific/Auckland"]),
)
def test_weekdays_and_weekends_add_up(a: int, b: int, zone: str) -> None:
    """Against counting minutes one by one, a week's part at a time."""
    start = T0 + timedelta(minutes=min(a, b))
    end = min(T0 + timedelta(minutes=max(a, b)), start + timedelta(days=9))
    there = ZoneInfo(zone)
    quarter = timedelta(minutes=15)
    steps = int((end - start) / quarter)
    counted = sum((start + i * quarter).astimezone(there).weekday() < 5 for i in range(steps)) / 4
    assert weekday_hours(start, end, there) == pytest.approx(counted, abs=0.8)


def test_load_pairs_and_concentration_by_hand() -> None:
    def pull(number: int, author: str, *readers: str) -> Pull:
        return Pull(
            "", number, "", Person(author), T0, said=[Said(Person(name), T0, "review", "ok") for name in readers]
        )

    pulls = [pull(1, "ann", "bob"), pull(2, "ann", "bob", "bob"), pull(3, "ann", "bob"), pull(4, "cy", "bob", "ann")]
    loads = numbers.load(pulls)
    assert [(one.name, one.requests, one.share) for one in loads] == [("bob", 4, 0.8), ("ann", 1, 0.2)]
    assert numbers.even_reviewers(loads) == pytest.approx(1 / (0.64 + 0.04))
    assert numbers.who_reads_whom(pulls)["ann", "bob"] == 3
    assert numbers.one_reader(pulls) == {"ann": ("bob", 3)}


def test_the_mix_looks_at_prose_and_not_at_code() -> None:
    texts = [
        "What if it is empty?",
        "`a ? b : c` is longer than it has to be",
        "LGTM",
        "```suggestion\nx = 1\n```",
        "> why?\n\nbecause of it",
    ]
    said_ = [Said(Person("bob"), T0, "line", text) for text in texts]
    found = numbers.mix([Pull("", 1, "", Person("ann"), T0, said=said_)])
    assert found is not None
    assert (found.texts, found.asks, found.suggests) == (5, 0.2, 0.2)
    assert numbers.mix([Pull("", 1, "", Person("ann"), T0)]) is None


BROKEN = {
    "": "is empty",
    "{": "ends in the middle",
    '[{"number": 1, "title": "x", "createdAt": "2026-10-0': "ends in the middle",
    "number,title\n1,x\n": "is not JSON",
    "[]": "has no pull requests in it",
    '{"message": "Bad credentials"}': "has no pull requests in it",
    '[{"number": 1, "title": "x", "created_at": "2026-10-05T09:00Z", "user": {"login": "a"}}]': "issues, not pull",
    '[{"submitted_at": "2026-10-05T09:00:00Z", "user": {"login": "a"}, "pr_number": 1}]': "but no pull requests",
    '[{"number": 1, "title": "x", "createdAt": "yesterday", "mergedAt": null}]': "'yesterday' is no time",
    "[" * 100_000: "nested too deeply",
    '[{"number": ' + "9" * 5_000 + "}]": "a number of thousands of digits",
    '[{"number": 1, "title": "x", "createdAt": "0001-01-01T00:00:00+05:00", "mergedAt": null}]': "is no time",
    '[{"number": 1, "title": "x", "createdAt": "9999-12-31T23:59:59-05:00", "mergedAt": null}]': "is no time",
}


@pytest.mark.parametrize("text", BROKEN, ids=lambda text: text[:20] or "empty")
def test_trouble_is_a_sentence_with_file_line_and_mend(tmp_path: Path, text: str) -> None:
    path = tmp_path / "pulls.json"
    path.write_text(text, encoding="utf-8")
    done = CliRunner().invoke(main, ["reviews", str(path)])
    assert done.exit_code == 1
    assert f"{path}:1: " in done.output
    assert BROKEN[text] in done.output
    assert "Traceback" not in done.output


def test_the_line_of_the_fault_is_said(tmp_path: Path) -> None:
    path = tmp_path / "pulls.json"
    path.write_text(json.dumps([gh(1, "ann", 0)], indent=1)[:-3] + ",\n oops}]", encoding="utf-8")
    with pytest.raises(FileProblems, match=r"pulls\.json:1\d: is not JSON"):
        read_pulls([path])
    path.write_bytes(b"\xff\x00[]")
    with pytest.raises(FileProblems, match="not UTF-8"):
        read_pulls([path])
    with pytest.raises(FileProblems, match="cannot be read"):
        read_pulls([tmp_path / "none.json"])


@pytest.mark.parametrize(
    ("options", "said_"),
    [
        (["--until", "tomorrow"], "is no time with a zone"),
        (["--until", "2026-11-03T16:10:00"], "is no time with a zone"),
        (["--zone", "Mars/Base"], "is not known here"), (["--labels", "none.csv"], "cannot be read"),
    ],
)  # fmt: skip
def test_options_that_make_no_sense_are_told(options: list[str], said_: str) -> None:
    done = CliRunner().invoke(main, ["reviews", "--sample", *options])
    assert done.exit_code == 1
    assert said_ in done.output


def test_neither_file_nor_sample_is_a_usage_error() -> None:
    assert CliRunner().invoke(main, ["reviews"]).exit_code == 2
    assert CliRunner().invoke(main, ["reviews", "x.json", "--sample"]).exit_code == 2


def test_odd_exports_go_through(tmp_path: Path) -> None:
    """Deleted accounts, no reviews at all, merged ones alone, nobody but bots, closed without a moment, no zone."""
    ghost = gh(1, "ann", 0, comments=[said("bob", 1), {"author": None, "createdAt": at(2), "body": None}])
    found = run.reviews(written(tmp_path, [ghost | {"author": None}])).text()
    assert "(deleted account)" in found or "bob" in found
    bare = [{"number": 1, "title": "x", "createdAt": at(0), "mergedAt": at(30), "author": "ann"}]
    found = run.reviews(written(tmp_path, bare)).text()
    assert "no reviews and no comments" in " ".join(found.split())
    assert "Every request here is merged" in found
    assert (
        "By bots, and left out: 1 request."
        in run.reviews(
            written(tmp_path, [gh(1, "app/dependabot", 0) | {"author": {"login": "d", "is_bot": True}}])
        ).text()
    )
    loose = [
        {
            "number": 2,
            "title": "x",
            "created_at": "2026-10-05T09:00:00",
            "state": "closed",
            "user": {"login": "a"},
            "head": {},
        }
    ]
    export = read_pulls([written(tmp_path, loose)])
    assert export.pulls[0].closed
    assert "Without a zone, and read as UTC: 1 time." in export.notes


def test_names_from_somebodys_data_stay_text(tmp_path: Path) -> None:
    path = written(tmp_path, [gh(1, "ann", 0, comments=[said("<b>$x$</b>", 1)])])
    out = tmp_path / "page.html"
    run_ = CliRunner().invoke(main, ["reviews", str(path), "--out", str(out)])
    assert run_.exit_code == 0, run_.output
    assert "<b>$x$" not in out.read_text(encoding="utf-8")


def test_half_characters_and_endless_names_go_through(tmp_path: Path, recwarn: pytest.WarningsRecorder) -> None:
    """A name or a remark cut in the middle of an emoji, as JSON can say it, and one of 300 letters."""
    path = written(
        tmp_path, [gh(1, "ann\ud83d", 0, comments=[said("b\ud83d", 1, body="x\ud83d?"), said("c" * 300, 2)])]
    )
    out, to_sort = tmp_path / "page.html", tmp_path / "sheet.csv"
    done = CliRunner().invoke(main, ["reviews", str(path), "--out", str(out), "--sheet", str(to_sort)])
    assert done.exit_code == 0, done.output
    assert "b?" in done.output
    assert "x??" in to_sort.read_text(encoding="utf-8-sig")
    assert not [one for one in recwarn if "constrained_layout" in str(one.message)]


def test_remarks_at_a_line_come_in_a_second_file(tmp_path: Path) -> None:
    """gh pr list has none of them: the report says so, and how to get them; with both files they count."""
    pulls = written(tmp_path, [gh(1, "ann", 0, reviews=[REVIEW])])
    lines = written(tmp_path, [
        {"user": {"login": "bob"}, "created_at": at(4), "body": "Why?", "path": "a.py", "pull_request_url": ADDRESS}
    ], name="lines.json")  # fmt: skip
    alone, both = run.reviews(pulls).text(), run.reviews(pulls, lines).text()
    assert "gh api --paginate" in " ".join(alone.split())
    assert "gh api --paginate" not in " ".join(both.split())
    assert "2 under 1 request" in both


def test_bots_that_the_forge_names_like_people_are_no_readers(tmp_path: Path) -> None:
    """In gh's reviews a bot has neither a mark nor its [bot]: its two minutes would be the team's."""
    names = ("gemini-code-assist", "cursor", "chatgpt-codex-connector", "coderabbitai")
    path = written(tmp_path, [gh(1, "ann", 0, reviews=[{**REVIEW, "author": {"login": one}} for one in names])])
    export = read_pulls([path])
    assert numbers.load(numbers.by_people(export, Bots())) == []


def test_an_until_that_is_too_early_is_told(tmp_path: Path) -> None:
    path = written(tmp_path, [gh(1, "ann", 0, comments=[said("bob", 5)])])
    assert "--until lies before the latest moment" in " ".join(run.reviews(path, until=at(1)).text().split())


def test_a_huge_export_goes_through(tmp_path: Path) -> None:
    many = [
        gh(n, f"p{n % 300}", n % 700, mergedAt=at(n % 700 + 60), comments=[said(f"p{n % 7}", n % 700 + n % 53)])
        for n in range(2_000)
    ]
    assert "2,000 requests by people" in run.reviews(written(tmp_path, many)).text()


def test_the_sample_is_what_its_generator_writes_and_what_ships() -> None:
    assert (ROOT / "solutions" / "03_review_and_pairing" / "data" / "pulls.json").read_text(
        encoding="utf-8"
    ) == as_json()
    told = CliRunner().invoke(main, ["reviews", "--sample"])
    assert told.exit_code == 0
    assert told.output.split("\n\n")[1].startswith("Half of the changes are first read within")


def test_a_sheet_is_sorted_by_a_person_and_read_back(tmp_path: Path) -> None:
    path, out = tmp_path / "sheet.csv", tmp_path / "page.md"
    assert "20 comments to sort" in CliRunner().invoke(main, ["reviews", "--sample", "--sheet", str(path)]).output
    rows = path.read_text(encoding="utf-8-sig").splitlines()
    assert rows[0] == "class,comment"
    with pytest.raises(FileProblems, match="no comment has a class yet"):
        sheet.read_sheet(path)
    path.write_text(
        "\n".join([rows[0], *("nit" + row for row in rows[1:4]), "gate" + rows[4], *rows[5:]]), encoding="utf-8"
    )
    done = CliRunner().invoke(main, ["reviews", "--sample", "--labels", str(path), "--out", str(out)])
    assert "A sample of 4, as you sorted it" in done.output
    assert "| nit | 3 | 75 % |" in out.read_text(encoding="utf-8")
    path.write_text("class,comment\nmean,x\n", encoding="utf-8")
    with pytest.raises(FileProblems, match=r":2: class: 'mean' is none of gate, teach, nit, automate"):
        sheet.read_sheet(path)
