"""A panel's files are read with care, say what they say and no more, and become keys that marking honours.

Every expert here is generated (``panel_made``): this tests the machinery and says nothing about any item.
"""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import CliRunner
from marking_small import FOLDER, RUBRIC, best
from panel_made import lay, near, sent
from thorough import ALL

from leadgym.cli import main
from leadgym.cohort.panel.asked import load_asked, order
from leadgym.cohort.panel.newkeys import new_keys, present_keys
from leadgym.cohort.panel.numbers import analyse
from leadgym.cohort.panel.opinions import gather
from leadgym.cohort.panel.page import page, sheet
from leadgym.cohort.panel.report import report
from leadgym.course.modules import content_root
from leadgym.marking import coach, load_keys, load_rubric, mark
from leadgym.marking.guessers import score_guessers
from leadgym.marking.model import Context
from leadgym.marking.quiz import contested, first_words, tally, verdict
from leadgym.yamlfile import FileProblems

ASKED = load_asked(str(FOLDER))
KEYS = present_keys(ASKED)
AUTHORS = {(item, option): float(key.key) for item, own in KEYS.items.items() for option, key in own.items()}
MOVED = AUTHORS | {("one", "c"): 1.0}
SLUGS = sorted(path.parents[1].name for path in (content_root() / "solutions").glob("*/data/judgement.yaml"))


def run(*arguments):
    ran = CliRunner().invoke(main, ["panel", *(str(argument) for argument in arguments)])
    assert "Traceback" not in ran.output
    return ran


def write(folder: Path, name: str, data: object) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(data if isinstance(data, str) else json.dumps(data, indent=1), encoding="utf-8")
    return path


def one(name: str = "ada", seed: int = 1, **more) -> dict:
    return sent(ASKED, name, near(ASKED, AUTHORS, 0.5, seed), **more)


def split_on_two(folder: Path) -> None:
    """Half of the experts turn item 'two' upside down."""
    for number, path in enumerate(sorted(folder.iterdir())):
        data = json.loads(path.read_text(encoding="utf-8"))
        own = data["items"]["two"]["ratings"]
        for option in own:
            own[option] = own[option] if number % 2 else 6 - own[option]
        path.write_text(json.dumps(data), encoding="utf-8")


def keys_from(tmp_path: Path, folder: Path, day: date = date(2027, 2, 3)) -> Path:
    said = analyse(ASKED, KEYS, gather(ASKED, [folder]).opinions)
    return write(tmp_path, "new_keys.yaml", new_keys(ASKED, said, day))


def loaded(path: Path):
    return load_keys(path, RUBRIC, FOLDER)


def marked(keys, answer):
    return mark(RUBRIC, keys, FOLDER, "judgement", answer)


class TestForm:
    def test_the_page_asks_nobody_and_holds_no_key(self):
        class Links(HTMLParser):
            found: list[str] = []

            def handle_starttag(self, tag, attrs):
                self.found += [value for name, value in attrs if name in {"src", "href", "action", "srcset"}]

        text = page(ASKED, "Ann </script><b>")
        Links().feed(text)
        assert Links.found == []
        assert "default-src &#x27;none&#x27;" in text
        assert "</script><b>" not in text
        for own in KEYS.items.values():
            for key in own.values():
                assert key.rationale not in text
                assert key.dissent not in text

    def test_orders_differ_by_expert_and_every_order_is_about_as_likely(self):
        seen = [tuple(order(f"expert {n}", list("abcd"), "one")) for n in range(2400)]
        assert len(set(seen)) == 24
        assert max(map(seen.count, set(seen))) < 150  # 100 on average, five standard deviations
        assert order(" Ada  K. ", list("abcd"), "one") == order("ada k.", list("abcd"), "one")

    def test_a_filled_sheet_says_what_the_form_would(self, tmp_path):
        given = near(ASKED, AUTHORS, 0.5, 4)
        rows = list(csv.DictReader(io.StringIO(sheet(ASKED, "=ada"))))
        assert rows[0]["expert"] == "'=ada"
        for row in rows:
            row["rating"] = given[row["item"]][row["option"]]
        rows[0] |= {"words": "Only on a Friday, and then, never", "role": "manager"}
        out = io.StringIO()
        table = csv.DictWriter(out, list(rows[0]))
        table.writeheader()
        table.writerows(rows)
        found = gather(ASKED, [write(tmp_path, "ada.csv", out.getvalue())])
        assert found.problems == found.notes == []
        assert found.opinions[0].ratings == given
        assert (found.opinions[0].expert, found.opinions[0].role) == ("=ada", "manager")
        assert found.opinions[0].words == {rows[0]["item"]: "Only on a Friday, and then, never"}

    def test_the_command_writes_both_and_overwrites_nothing(self, tmp_path):
        out = tmp_path / "form.html"
        assert "12 options, version" in run("form", FOLDER, "--out", out).output
        again = run("form", FOLDER, "--out", out)
        assert (again.exit_code, "left as it is" in again.output) == (1, True)
        assert run("form", FOLDER, "--out", tmp_path / "ada.csv").exit_code == 2
        assert run("form", FOLDER, "--out", tmp_path / "ada.csv", "--expert", "Ada").exit_code == 0
        assert run("form", FOLDER, "--out", tmp_path / "form.pdf").exit_code == 2
        assert "There are: 00_baseline" in run("form", "nope", "--out", tmp_path / "x.html").output

    def test_a_module_without_judgement_items_says_so(self, tmp_path):
        ran = run("form", "01", "--out", tmp_path / "x.html")
        assert ran.exit_code == 1
        assert "nothing for a panel to rate" in ran.output


class TestReading:
    """Whatever a file holds, the others count, and a sentence names file, line and mend."""

    @pytest.mark.parametrize(
        ("text", "says"),
        [
            ("", ":1: is neither a file that the form saved nor a filled .csv"),
            ("{", ":1: is cut off or changed"),
            ('{"leadgym_panel": 1,\n "expert": "a"', ":2: is cut off"),
            ('{"a": 1, "a": 2}', "'a' stands twice"),
            ('{"a": NaN}', "NaN is no number"),
            ('{"a": ' * 50_000, "nested too deep"),
            ('{"leadgym": 1}', "is not a file that a panel's form saved"),
            ("[1]", ":1: is neither a file"),
            (json.dumps(one() | {"module": "00_baseline"}, indent=1), ":3: module: is a form of “00_baseline"),
            (json.dumps(one() | {"expert": " \u202e "}, indent=1), ":6: expert: says no name"),
            (json.dumps(one() | {"expert": ["a"]}), "expert: says no name"),
            (json.dumps(one() | {"items": []}), "items: has no ratings"),
            (json.dumps(one() | {"items": {}}), "nothing that is rated can be used"),
            ("expert,item,option,rating\nada,one,a,3\n", ":1: is neither a file"),
        ],
    )
    def test_a_file_that_cannot_count_is_told_and_loses_nobody_else(self, tmp_path, text, says):
        write(tmp_path, "good.json", one("good"))
        bad = write(tmp_path, "bad.json", text)
        found = gather(ASKED, [tmp_path])
        assert [opinion.expert for opinion in found.opinions] == ["good"]
        assert any(problem.startswith(str(bad)) and says in problem for problem in found.problems), found.problems

    def test_a_sheet_s_faults_are_told_with_their_lines(self, tmp_path):
        head = "expert,item,wording,option,rating\n"
        words = ASKED.wordings["one"]
        no_column = write(tmp_path, "1.csv", "expert,item,option,rating\nada,one,a,3\n")
        two_names = write(tmp_path, "2.csv", f"{head}ada,one,{words},a,3\nben,one,{words},b,2\n")
        odd = write(
            tmp_path, "3.csv", f"{head}cy,one,{words},a,3\n,one,{words},b,2.5\n,one,{words},a,4\n,one,{words},c,1\n"
        )
        found = gather(ASKED, [tmp_path])
        assert [opinion.flat for opinion in found.opinions] == [{("one", "a"): 3, ("one", "c"): 1}]
        for start in (
            f"{no_column}:1: wording: no such column",
            f"{two_names}:3: expert: 'ben' and 'ada' in one file",
            f"{odd}:3: rating: '2.5' is not one of 1 to 5",
            f"{odd}:4: option: 'a' stands twice; the first row counts",
        ):
            assert any(problem.startswith(start) for problem in found.problems), found.problems

    def test_what_is_no_text_or_too_large_or_not_there(self, tmp_path):
        (tmp_path / "bin.json").write_bytes(b"\x00\xff\xfe\x00{")
        (tmp_path / "large.json").write_bytes(b"{" * 1_000_001)
        (tmp_path / "empty").mkdir()
        found = gather(ASKED, [*sorted(tmp_path.iterdir()), tmp_path / "gone.json"])
        said = "\n".join(found.problems)
        assert found.opinions == []
        for words in ("is not UTF-8 text", "larger than a filled form", "has no .json", "cannot be read"):
            assert words in said

    @pytest.mark.parametrize("value", [0, 6, 3.5, -1, True, "4", [4], {"a": 1}, 1e308, 10**400])
    def test_a_rating_off_the_scale_is_left_out_and_the_others_count(self, tmp_path, value):
        data = one()
        data["items"]["one"]["ratings"]["a"] = value
        path = write(tmp_path, "ada.json", data)
        found = gather(ASKED, [path])
        assert "a" not in found.opinions[0].ratings["one"]
        assert len(found.opinions[0].flat) == 11
        line = next(n for n, text in enumerate(path.read_text().splitlines(), 1) if '"ratings"' in text)
        assert f"{path}:{line}: items.one.ratings: the rating of option a has to be a whole number" in found.problems[0]

    def test_ratings_of_older_words_are_set_apart_and_those_of_unchanged_items_count(self, tmp_path):
        data = one()
        data["items"]["two"]["wording"] = "qqqqqqqq"
        data["items"]["gone"] = data["items"]["one"]
        data["items"]["three"] = "x"
        found = gather(ASKED, [write(tmp_path, "ada.json", data)])
        assert set(found.opinions[0].ratings) == {"one"}
        said = "\n".join(found.problems)
        for words in ("rates other words than those of today: two", "has no item 'gone'", "has to be an object"):
            assert words in said

    def test_one_opinion_for_each_expert(self, tmp_path):
        write(tmp_path, "1.json", one("Ada", 1, saved="2027-02-01T10:00:00Z"))
        write(tmp_path, "2.json", one("ada", 2, saved="2027-02-02T10:00:00+01:00"))
        write(tmp_path, "3.json", one("Ben", 3))
        write(tmp_path, "4.json", one("Ben", 3))
        write(tmp_path, "5.json", one("Cy", 4, saved="yesterday"))
        write(tmp_path, "6.json", one("Cy", 5, saved="yesterday"))
        found = gather(ASKED, [tmp_path, tmp_path / "1.json"])
        assert [(one.expert, one.path.name) for one in found.opinions] == [("ada", "2.json"), ("Ben", "3.json")]
        assert "2.json is by the same expert and newer (2027-02-02 09:00 UTC)" in "\n".join(found.notes)
        assert "do not say which is newer" in found.problems[0]

    def test_straight_liners_copies_and_rating_by_place_are_told(self, tmp_path):
        level = {item: dict.fromkeys(own, 3) for item, own in near(ASKED, AUTHORS, 0, 1).items()}
        write(tmp_path, "level.json", sent(ASKED, "level", level))
        flat = {item: dict.fromkeys(own, 2 + n) for n, (item, own) in enumerate(level.items())}
        write(tmp_path, "flat.json", sent(ASKED, "flat", flat))
        write(tmp_path, "x.json", one("x", 7))
        write(tmp_path, "y.json", one("y", 7))
        gap = one("gap", 8)
        gap["items"]["one"]["ratings"] = {"a": 5, "b": None}
        write(tmp_path, "gap.json", gap)
        found = gather(ASKED, [tmp_path])
        assert [opinion.expert for opinion in found.opinions] == ["flat", "gap", "x", "y"]
        said = "\n".join(found.notes)
        for words in (
            "rates everything 3, which tells nothing apart; it is left out",
            "gives all options the same rating in 3 of 3 items",
            "agree on every rating",
            "3 of 12 options are not rated (one)",
        ):
            assert words in said
        assert found.problems == []

    def test_rating_by_place_on_the_screen_is_told(self, tmp_path):
        asked = load_asked("00")
        items = {item.id: [option.id for option in item.options] for item in asked.form.items}
        ratings = {
            item: dict(zip(order("lazy", options, item), (5, 1, 4, 2), strict=True)) for item, options in items.items()
        }
        found = gather(asked, [write(tmp_path, "lazy.json", sent(asked, "lazy", ratings))])
        assert "rates by place on the screen in 12 of 12 items" in found.notes[0]


class TestNumbers:
    def test_an_option_by_hand(self, tmp_path):
        """Ratings 5 5 4 4 4 5 5 4 5 4: mean 4.5, s² 5/18, r_wg 1 - 5/36; the half goes up."""
        for number, rating in enumerate((5, 5, 4, 4, 4, 5, 5, 4, 5, 4)):
            data = one(f"e{number}", number)
            data["items"]["one"]["ratings"]["a"] = rating
            write(tmp_path, f"{number}.json", data)
        said = analyse(ASKED, KEYS, gather(ASKED, [tmp_path]).opinions).items[0].options[0]
        assert (said.many, said.counts, said.mean, said.median) == (10, (0, 0, 0, 5, 5), 4.5, 4.5)
        assert (said.sd**2, said.r_wg, said.proposed) == (pytest.approx(5 / 18), pytest.approx(1 - 5 / 36), 5)
        assert said.interval[0] < said.r_wg < said.interval[1]

    def test_a_panel_that_agrees_moves_a_key_and_says_so(self, tmp_path):
        found = gather(ASKED, [lay(ASKED, tmp_path / "a", 12, MOVED, 0.3)])
        said = analyse(ASKED, KEYS, found.opinions)
        assert {one.state for one in said.items} == {"agreed"}
        text = report(ASKED, said, found, width=60).text()
        assert "agrees on 3 of 3 items, and there it would change 1 of 12 keys" in text
        assert "one c   3 to 1  1." in text

    def test_two_camps_are_contested_and_below_nothing(self, tmp_path):
        split_on_two(lay(ASKED, tmp_path / "a", 12, AUTHORS, 0))
        found = gather(ASKED, [tmp_path / "a"])
        said = analyse(ASKED, KEYS, found.opinions)
        two = said.items[1]
        assert (two.state, two.r_wg < 0) == ("contested", True)
        assert two.interval[0] <= two.r_wg <= two.interval[1]
        assert two.w_interval[0] <= two.w.w <= two.w_interval[1]
        text = report(ASKED, said, found, width=60).text()
        assert "Contested, so shown and not scored: 2 two: mean r_wg" in text
        assert "12 of 12: 1 (6), 5 (6)" in text

    def test_one_weak_option_among_strong_ones_is_enough_to_contest(self, tmp_path):
        folder = lay(ASKED, tmp_path / "a", 12, AUTHORS, 0)
        for number, path in enumerate(sorted(folder.iterdir())):
            data = json.loads(path.read_text())
            data["items"]["one"]["ratings"]["c"] = 2 if number < 6 else 4
            path.write_text(json.dumps(data))
        said = analyse(ASKED, KEYS, gather(ASKED, [folder]).opinions).items[0]
        assert said.r_wg > 0.8
        assert (said.state, said.why) == ("contested", "an option at or below .50: c .45")

    def test_a_panel_that_finds_all_options_alike_tells_nothing_apart(self, tmp_path):
        level = AUTHORS | {("one", option): 4.0 for option in "abcd"}
        said = analyse(ASKED, KEYS, gather(ASKED, [lay(ASKED, tmp_path / "a", 12, level, 0)]).opinions).items[0]
        assert (said.state, said.w) == ("contested", None)
        assert "nothing is told apart" in said.why

    @pytest.mark.parametrize("many", [0, 1, 2, 9])
    def test_too_few_are_told_and_propose_nothing(self, tmp_path, many):
        folder = lay(ASKED, tmp_path / "a", many, MOVED, 0.3)
        found = gather(ASKED, [folder])
        said = analyse(ASKED, KEYS, found.opinions)
        text = report(ASKED, said, found, width=60).text()
        assert ("Too few: " if many else "nothing to say") in text
        assert "would change" not in text
        assert "nan" not in text
        with pytest.raises(FileProblems, match="no panel: 10 have to rate"):
            new_keys(ASKED, said, date(2027, 2, 3))
        ran = run("read", FOLDER, folder, "--keys", tmp_path / "new.yaml")
        assert ran.exit_code == 1
        assert not (tmp_path / "new.yaml").exists()

    def test_random_raters_are_contested(self, tmp_path):
        """Raters by lot: nothing may look like agreement."""
        folder = lay(ASKED, tmp_path / "a", 14, dict.fromkeys(AUTHORS, 3.0), 3)
        said = analyse(ASKED, KEYS, gather(ASKED, [folder]).opinions)
        assert {one.state for one in said.items} == {"contested"}
        assert abs(said.r_wg) < 0.5


class TestReport:
    def test_what_an_expert_writes_is_text_and_has_no_name_unless_asked(self, tmp_path):
        nasty = "<script>alert(1)</script> \u202e\x1b[31m| `x` =cmd()"
        folder = lay(ASKED, tmp_path / "a", 10, AUTHORS, 0.3)
        path = folder / "00.json"
        data = json.loads(path.read_text())
        data["expert"], data["role"] = "Ada <b>", "product"
        data["items"]["one"]["words"] = nasty
        path.write_text(json.dumps(data))
        found = gather(ASKED, [folder])
        said = analyse(ASKED, KEYS, found.opinions)
        plain, named = report(ASKED, said, found, width=40), report(ASKED, said, found, names=True)
        assert "<script" not in plain.html()
        assert "&lt;script&gt;" in plain.html()
        for text in (plain.text(), plain.html(), plain.markdown()):
            assert "\x1b" not in text
            assert "\u202e" not in text
            assert "Ada" not in text
            assert text.count("product or delivery") == 1, "who rated; beside a remark it would name the only one"
        assert "Ada &lt;b&gt;, product or delivery" in named.html()

    def test_the_command_tells_counts_writes_and_exits(self, tmp_path):
        folder = lay(ASKED, tmp_path / "a", 12, MOVED, 0.3)
        good = run("read", FOLDER, folder, "--out", tmp_path / "panel.html")
        assert good.exit_code == 0, good.output
        written = (tmp_path / "panel.html").read_text(encoding="utf-8")
        assert written.count("<table") == 3
        assert "Farthest apart: one c (mean 1." in written
        assert "cross: the key in use" in written
        write(folder, "bad.json", "{")
        some = run("read", FOLDER, folder)
        assert some.exit_code == 1
        assert "Set apart: " in some.output
        assert "what 12 practitioners said" in some.output


class TestKeys:
    @pytest.fixture
    def split(self, tmp_path):
        """The keys of a panel that moves one option of 'one', agrees on 'three' and is split on 'two'."""
        folder = lay(ASKED, tmp_path / "a", 12, MOVED, 0.3)
        split_on_two(folder)
        return keys_from(tmp_path, folder)

    def test_only_what_changes_is_written(self, split):
        before = (FOLDER / "keys.yaml").read_text(encoding="utf-8").splitlines()
        after = split.read_text(encoding="utf-8").splitlines()
        assert [line for line in before if line not in after] == [
            "status: provisional",
            "        c: {key: 3, rationale: R-one-c it is heard., right_when: all are there, dissent: An hour each.}",
        ]
        new = [line for line in after if line not in before]
        assert new[:5] == ["status: panel", "    panel:", "      experts: 12", "      date: 2027-02-03", "      items:"]
        assert new[6].startswith("        two: {r_wg: -")
        assert "contested: true}  # mean r_wg -" in new[6]
        assert new[-1].strip().startswith("c: {key: 1, rationale: R-one-c")
        assert new[-1].endswith("}  # was 3")

    def test_the_new_file_loads_and_says_what_was_found(self, split):
        keys = loaded(split)
        own = keys.answers["judgement"]
        assert (keys.status, own.panel.experts, own.panel.date) == ("panel", 12, date(2027, 2, 3))
        assert own.contested == {"two"}
        assert own.items["one"]["c"].key == 1
        assert own.items["two"]["a"].key == KEYS.items["two"]["a"].key

    @pytest.mark.parametrize("slug", SLUGS if ALL else ["00_baseline"])
    def test_every_key_file_of_the_course_can_be_written_anew(self, slug, tmp_path):
        """A panel that agrees with the authors changes a status and adds its record, and not a character more."""
        asked = load_asked(slug)
        keys = present_keys(asked)
        means = {(item, option): float(key.key) for item, own in keys.items.items() for option, key in own.items()}
        said = analyse(asked, keys, gather(asked, [lay(asked, tmp_path / "a", 10, means, 0)]).opinions)
        before, after = (
            text.splitlines() for text in (asked.keys.read_text("utf-8"), new_keys(asked, said, date.today()))
        )
        extra = len(asked.form.items) + 4
        assert len(after) == len(before) + extra
        at = next(n for n, line in enumerate(after) if line.strip() == "panel:")
        left = after[:at] + after[at + extra :]
        assert [pair for pair in zip(before, left, strict=True) if pair[0] != pair[1]] == [
            ("status: provisional", "status: panel")
        ]

    def test_a_second_panel_takes_the_first_one_s_place(self, split, tmp_path, monkeypatch):
        asked = ASKED.__class__(**{**vars(ASKED), "keys": split})
        said = analyse(asked, present_keys(asked), gather(asked, [lay(asked, tmp_path / "b", 15, MOVED, 0.2)]).opinions)
        again = loaded(write(tmp_path, "again.yaml", new_keys(asked, said, date(2027, 9, 1)))).answers["judgement"]
        assert (again.panel.experts, again.contested) == (15, frozenset())

    @pytest.mark.parametrize("odd", ["key: &three 3", "<<: {key: 3}"])
    def test_a_key_that_has_no_place_of_its_own_is_told_and_nothing_is_guessed(self, tmp_path, odd):
        text = (FOLDER / "keys.yaml").read_text(encoding="utf-8")
        path = write(
            tmp_path, "keys.yaml", text.replace("c: {key: 3, rationale: R-one", f"c: {{{odd}, rationale: R-one")
        )
        asked = ASKED.__class__(**{**vars(ASKED), "keys": path})
        said = analyse(asked, present_keys(asked), gather(asked, [lay(asked, tmp_path / "a", 10, MOVED, 0)]).opinions)
        with pytest.raises(FileProblems, match=r"keys.yaml:9: key: write 3 there as it is"):
            new_keys(asked, said, date(2027, 2, 3))

    def test_items_that_too_few_rated_keep_their_keys_and_are_no_part_of_the_record(self, tmp_path):
        folder = lay(ASKED, tmp_path / "a", 12, MOVED, 0.3)
        for path in sorted(folder.iterdir())[:5]:
            data = json.loads(path.read_text())
            del data["items"]["three"]
            path.write_text(json.dumps(data))
        own = loaded(keys_from(tmp_path, folder)).answers["judgement"]
        assert set(own.panel.items) == {"one", "two"}
        note = marked(loaded(tmp_path / "new_keys.yaml"), best("judgement")).note
        assert "Item 3 is not rated by the panel in these words: there the key is the authors', provisional." in note

    def test_a_panel_that_agrees_on_nothing_writes_nothing(self, tmp_path):
        folder = lay(ASKED, tmp_path / "a", 12, dict.fromkeys(AUTHORS, 3.0), 3)
        with pytest.raises(FileProblems, match="agrees on no item"):
            keys_from(tmp_path, folder)

    def test_the_command_overwrites_nothing_and_lists_what_still_speaks_of_authors(self, tmp_path):
        folder = lay(ASKED, tmp_path / "a", 12, MOVED, 0.3)
        ran = run("read", FOLDER, folder, "--keys", tmp_path / "new.yaml", "--date", "2027-02-03")
        assert ran.exit_code == 0, ran.output
        assert "keyed_by: panel" in ran.output
        before = (tmp_path / "new.yaml").read_bytes()
        again = run("read", FOLDER, folder, "--keys", tmp_path / "new.yaml")
        assert (again.exit_code, (tmp_path / "new.yaml").read_bytes()) == (1, before)

    @pytest.mark.parametrize(
        ("change", "says"),
        [
            (("status: panel", "status: provisional"), "status: is 'provisional', but an answer has a panel's record"),
            (("experts: 12", "experts: 9"), "should be greater than or equal to 10"),
            (("wording: ", "wording: z"), "its words have changed since the panel rated them"),
            (("        three: {r_wg", "        four: {r_wg"), "the form has no such item"),
            (("wording: ", "contested: true, wording: "), "every item is contested"),
        ],
    )
    def test_a_record_that_does_not_hold_is_told_with_its_line(self, tmp_path, change, says):
        path = keys_from(tmp_path, lay(ASKED, tmp_path / "a", 12, MOVED, 0.3))
        path.write_text(path.read_text().replace(*change), encoding="utf-8")
        with pytest.raises(FileProblems) as caught:
            loaded(path)
        assert any(says in problem and f"{path}:" in problem for problem in caught.value.problems), (
            caught.value.problems
        )

    def test_a_panel_s_status_without_a_record_is_told(self, tmp_path):
        text = (FOLDER / "keys.yaml").read_text().replace("status: provisional", "status: panel")
        with pytest.raises(FileProblems, match="no answer says which"):
            loaded(write(tmp_path, "keys.yaml", text))


class TestMarking:
    """Contested items are shown and not scored, and whose key it is is said as it is."""

    @pytest.fixture
    def keys(self, tmp_path):
        folder = lay(ASKED, tmp_path / "a", 12, AUTHORS, 0.2)
        split_on_two(folder)
        found = loaded(keys_from(tmp_path, folder))
        assert found.answers["judgement"].contested == {"two"}
        return found

    @pytest.mark.parametrize("two", [{}, {"ratings": {"a": 5, "b": 1, "c": 5, "d": 1}, "best": "a", "confidence": 1.0}])
    def test_no_answer_to_a_contested_item_moves_a_mark(self, keys, two):
        answer = best("judgement")
        answer["one"]["best"] = "b"
        whole = marked(keys, answer)
        other = marked(keys, answer | {"two": two})
        assert [c.score for c in other.criteria] == [c.score for c in whole.criteria]
        assert [c.found for c in other.criteria] == [c.found for c in whole.criteria]
        assert whole.criteria[1].score == pytest.approx((1 - 2 / 4) / 1.5)
        assert "Item 2" not in "".join(c.found for c in other.criteria)
        assert "Item 2 is not complete" not in other.note

    def test_a_form_that_says_so_speaks_of_the_panel_before_the_mark(self, tmp_path):
        text = (FOLDER / "data" / "judgement.yaml").read_text(encoding="utf-8")
        write(tmp_path, "rubric.yaml", (FOLDER / "rubric.yaml").read_text(encoding="utf-8"))
        for name in ("tickets.yaml", "judgement.yaml"):
            write(tmp_path / "data", name, (FOLDER / "data" / name).read_text(encoding="utf-8"))
        rubric = load_rubric(tmp_path / "rubric.yaml")
        assert "not at what the authors think" in coach(rubric, tmp_path, "judgement", {}).note
        write(tmp_path / "data", "judgement.yaml", text.replace("instructions:", "keyed_by: panel\ninstructions:"))
        assert "not at what the panel thinks" in coach(rubric, tmp_path, "judgement", {}).note
        assert load_asked(str(tmp_path)).wordings == ASKED.wordings

    def test_without_a_panel_the_same_answer_is_marked_on_every_item(self):
        answer = best("judgement") | {"two": {}}
        assert marked(loaded(FOLDER / "keys.yaml"), answer).points < 20

    def test_sentences_say_whose_key_it_is(self, keys):
        answer = best("judgement")
        answer["one"] |= {"best": "b", "ratings": {"a": 1, "b": 5, "c": 3, "d": 3}}
        found = marked(keys, answer)
        said = found.note + "".join(c.found for c in found.criteria)
        for words in (
            "a panel of 12 practitioners, who rated the options in February 2027",
            "Item 2 is contested: the panel did not agree among itself",
            "it is the one the panel would pick",
            "lower than the panel, measured on your own scale. The authors say: R-one-a",
            "The panel would pick: ",
            "are the panel's.",
        ):
            assert words in said
        for words in ("provisional", "the authors would", "the authors'"):
            assert words not in said.replace("without having seen the authors' keys", "").replace(
                "The reasons are the authors'", ""
            )

    def test_the_quiz_does_not_ask_what_is_contested_and_says_whose_key_it_is(self, keys):
        wrong = {"one": {"best": "b"}, "two": {"best": "a"}}
        context = Context("judgement", FOLDER, None, keys.answers["judgement"])
        assert RUBRIC.answers["judgement"].missed(wrong, context) == ("one",)
        assert contested(keys, "99_small/judgement/two")
        assert not contested(keys, "99_small/judgement/one")
        said = verdict(RUBRIC, keys, FOLDER, "99_small/judgement/one", "b")
        assert (said.who, said.says[1]) == ("the panel", "The panel would: Ask who wants it.")
        assert first_words(False, said.who) == "The panel would choose another."
        assert tally({"the panel": 1}, {"the panel": 2}) == "1 of 2 as the panel."
        assert tally({}, {"the authors": 1, "the panel": 2}).endswith("no panel has rated these yet.")

    def test_guessers_are_scored_on_what_counts(self, keys):
        own = keys.answers["judgement"]
        found = {(s.guesser, s.measure): s.score for s in score_guessers(ASKED.form, own, draws=20)}
        alone = ASKED.form.model_copy(update={"items": [item for item in ASKED.form.items if item.id != "two"]})
        assert found == {(s.guesser, s.measure): s.score for s in score_guessers(alone, own, draws=20)}
