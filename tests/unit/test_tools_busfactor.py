"""``leadgym bus-factor``: numbers worked out by hand, histories made here, and what is no good repository."""

from __future__ import annotations

import datetime as dt
import math
import os
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from leadgym.cli import main
from leadgym.tools.busfactor import sample
from leadgym.tools.busfactor.authorship import Touches, authors, degrees, nearest, orphaned, truck_factor
from leadgym.tools.busfactor.folders import parts
from leadgym.tools.busfactor.history import Commit, Reader, read_history
from leadgym.tools.busfactor.page import bus_factor, report
from leadgym.tools.busfactor.rules import Attributes, is_bot, left_out
from leadgym.yamlfile import FileProblems

MAPS = st.dictionaries(
    st.text("abcdefgh/", min_size=1, max_size=4), st.sets(st.sampled_from("PQRSTU"), max_size=4), max_size=14
)


def git(where: Path, *words: str, who: str = "Ann Lee", mail: str = "ann@x.test", day: str = "2026-03-02") -> str:
    env = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")} | {
        "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull,
        "GIT_AUTHOR_NAME": who, "GIT_AUTHOR_EMAIL": mail, "GIT_COMMITTER_NAME": who, "GIT_COMMITTER_EMAIL": mail,
        "GIT_AUTHOR_DATE": f"{day}T12:00:00Z", "GIT_COMMITTER_DATE": f"{day}T12:00:00Z",
    }  # fmt: skip
    return subprocess.run(["git", "-C", where, *words], env=env, check=True, capture_output=True, text=True).stdout


def commit(where: Path, changes: dict[str, str | None], **about: str) -> None:
    for name, text in changes.items():
        path = where / name
        if text is None:
            path.unlink()
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    git(where, "add", "-A")
    git(where, "commit", "-q", "--allow-empty", "-m", "work", **about)


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    where = tmp_path / "shop"
    where.mkdir()
    git(where, "init", "-q", "-b", "main")
    return where


LINES = "".join(f"line {number}\n" for number in range(30))
BOB = {"who": "Bob Ray", "mail": "bob@x.test"}


class TestNumbers:
    def test_degree_by_hand(self) -> None:
        found = degrees(Touches(frozenset({"ann"}), {"ann": 2, "bob": 3}))
        assert found["ann"] == pytest.approx(3.293 + 1.098 + 2 * 0.164 - 0.321 * math.log(4))
        assert found["bob"] == pytest.approx(3.293 + 3 * 0.164 - 0.321 * math.log(3))
        assert round(found["ann"], 3) == 4.274
        assert round(found["bob"], 3) == 3.432

    def test_both_are_authors_where_the_second_has_more_than_three_quarters_and_enough(self) -> None:
        assert authors({"ann": 4.274, "bob": 3.432}) == {"ann", "bob"}
        assert authors({"ann": 4.6, "bob": 3.432}) == {"ann"}, "0.746 of the highest"
        assert authors({"ann": 4.274, "bob": 3.292}) == {"ann"}, "below 3.293"
        assert authors({"ann": 4.0, "bob": 3.0}) == {"ann"}, "three quarters is not more than three quarters"
        assert authors({}) == frozenset()
        assert authors({"many": 3.0}) == frozenset()

    def test_who_never_changed_it_is_no_author_of_it(self) -> None:
        assert set(degrees(Touches(frozenset({"ann"}), {}))) == {"ann"}

    def test_greedy_by_hand(self) -> None:
        files = {"a": "S", "b": "S", "c": "ST", "d": "T", "e": "U", "f": "U"}
        found = truck_factor({path: set(people) for path, people in files.items()})
        # S owns 3 of 6: c keeps T, so 4 of 6 are left. T and U own 2 each; T comes first by name: c and d go, 2 of 6.
        assert [(one.person, one.files, round(one.left, 2)) for one in found.removed] == [
            ("S", 3, 0.67),
            ("T", 2, 0.33),
        ]

    def test_exactly_half_is_not_more_than_half(self) -> None:
        assert truck_factor({"a": {"S"}, "b": {"T"}}).value == 2
        assert truck_factor({"a": {"S"}, "b": {"S"}, "c": {"T"}}).value == 1

    def test_files_without_an_author_are_orphans_already(self) -> None:
        assert truck_factor({"a": set(), "b": set(), "c": {"S"}}).value == 0
        assert truck_factor({"a": set(), "b": {"S"}}).value == 1
        assert truck_factor({}).value == 0

    @given(MAPS)
    @settings(max_examples=150, deadline=None)
    def test_what_is_always_true(self, files: dict[str, set[str]]) -> None:
        found = truck_factor(files)
        left = [found.left, *(one.left for one in found.removed)]
        assert left == sorted(left, reverse=True)
        assert all(share >= 0.5 for share in left[:-1])
        if files:
            assert left[-1] < 0.5
            gone = {one.person for one in found.removed}
            still = sum(bool(people - gone) for people in files.values())
            assert left[-1] == still / len(files)
            assert truck_factor({**files, "more": {"P", "Z"}, "and": {"P", "Z"}}).value >= 0

    @given(MAPS)
    @settings(max_examples=60, deadline=None)
    def test_names_do_not_matter_to_the_number_where_nobody_ties(self, files: dict[str, set[str]]) -> None:
        counts = [sum(who in people for people in files.values()) for who in "PQRSTU"]
        if len({count for count in counts if count}) == sum(count > 0 for count in counts):
            other = dict(zip("PQRSTU", "uvwxyz", strict=True))
            renamed = {path: {other[who] for who in people} for path, people in files.items()}
            assert truck_factor(renamed).value == truck_factor(files).value

    def test_orphans_and_who_is_nearest(self) -> None:
        files = {"a": {"S"}, "b": {"S", "T"}, "c": set()}
        assert orphaned(files, {"S"}) == ["a"]
        assert nearest({"S": 4.0, "T": 2.0, "U": 3.0}, {"S"}) == ("U", 0.75)
        assert nearest({"S": 4.0}, {"S"}) is None


class TestRules:
    @pytest.mark.parametrize(
        ("path", "counts"),
        [
            ("a.py", True), ("Makefile", True), ("README.md", False), ("data/x.json", False), ("a/vendor/x.py", False),
            ("node_modules/x/y.js", False), ("lib/jquery-1.9.js", False), ("lib/jquery_plugin_of_ours.js", True),
            ("web/app.min.js", False), ("dist/app.js", False), ("docs/conf.py", False), ("src/docs/conf.py", True),
            ("api_pb2.py", False), ("test/fixtures/a.rb", False), ("test/a.rb", True), ("LICENSE", False),
        ],
    )  # fmt: skip
    def test_what_counts(self, path: str, counts: bool) -> None:
        assert (left_out(path, Attributes()) is None) is counts

    def test_gitattributes_go_first_and_the_deeper_line_wins(self) -> None:
        said = Attributes()
        said.add(
            "", "gen/** linguist-generated\n*.js linguist-vendored=true\nvendor/ours/* -linguist-vendored\n\n# x\n"
        )
        said.add("web", "*.js linguist-vendored=false")
        assert left_out("gen/deep/a.py", said)
        assert left_out("a.js", said)
        assert left_out("web/b.js", said) is None
        assert left_out("vendor/ours/a.py", said) is None
        assert left_out("vendor/theirs/a.py", said)

    @pytest.mark.parametrize(
        ("name", "mail", "bot"),
        [
            ("dependabot[bot]", "x@y.test", True), ("renovate", "x@y.test", True), ("release-bot", "x@y.test", True),
            ("Ann", "49699333+dependabot[bot]@users.noreply.github.com", True), ("Abbot Lee", "abbot@y.test", False),
            ("Jenkins Wu", "wu@y.test", False), ("Robot Rita", "r@y.test", False),
            ("Travis Northcutt", "t@y.test", False), ("Travis CI", "ci@y.test", True), ("jenkins", "j@y.test", True),
        ],
    )  # fmt: skip
    def test_machines(self, name: str, mail: str, bot: bool) -> None:
        assert is_bot(name, mail) is bot

    def test_folders_hold_every_file_once(self) -> None:
        files = {f"src/{a}/{b}/f{n}.py": {"S"} for a in "abcdef" for b in "xyz" for n in range(3)} | {"top.py": {"T"}}
        found = parts(files)
        assert sorted(path for part in found for path in part.files) == sorted(files)
        assert len(found) <= 14


class TestHistory:
    def test_a_file_is_followed_through_a_rename_with_a_change(self, repo: Path) -> None:
        commit(repo, {"old.py": LINES})
        commit(repo, {"old.py": None, "new/name.py": LINES + "and one more\n"}, **BOB)
        known = read_history(repo).files["new/name.py"]
        assert known.touches == Touches(frozenset({"Ann Lee"}), {"Bob Ray": 1})

    def test_a_mere_move_is_nobody_s_change(self, repo: Path) -> None:
        commit(repo, {"a/x.py": LINES})
        commit(repo, {"a/x.py": None, "b/x.py": LINES}, **BOB)
        known = read_history(repo).files["b/x.py"]
        assert known.touches == Touches(frozenset({"Ann Lee"}), {})
        assert known.lately == 0
        page = report(read_history(repo), "ann")
        assert page.tables[3].rows == (("b/x.py", "0", "nobody"),)

    def test_a_rename_on_one_branch_and_a_change_on_the_other_meet_in_the_merge(self, repo: Path) -> None:
        commit(repo, {"a.py": LINES})
        git(repo, "checkout", "-q", "-b", "side")
        commit(repo, {"a.py": LINES + "side\n"}, who="Cy Po", mail="cy@x.test", day="2026-03-05")
        git(repo, "checkout", "-q", "main")
        commit(repo, {"a.py": None, "b.py": LINES}, **BOB, day="2026-03-03")
        git(repo, "merge", "-q", "--no-ff", "-m", "merge", "side", who="Dee Fo", mail="dee@x.test")
        found = read_history(repo)
        assert found.files["b.py"].touches == Touches(frozenset({"Ann Lee"}), {"Cy Po": 1})
        assert "Dee Fo" not in found.people, "a merge is nobody's change"
        assert found.commits == 3

    def test_the_old_name_used_anew_is_a_new_file(self, repo: Path) -> None:
        commit(repo, {"a.py": LINES})
        commit(repo, {"a.py": None, "b.py": LINES}, **BOB)
        commit(repo, {"a.py": "something else\n"}, who="Cy Po", mail="cy@x.test")
        found = read_history(repo).files
        assert found["a.py"].touches == Touches(frozenset({"Cy Po"}), {})
        assert found["b.py"].touches.creators == {"Ann Lee"}

    def test_made_again_after_a_deletion_it_has_a_second_creator(self, repo: Path) -> None:
        commit(repo, {"a.py": LINES, "keep.py": ""})
        commit(repo, {"a.py": None})
        commit(repo, {"a.py": LINES}, **BOB)
        assert read_history(repo).files["a.py"].touches.creators == {"Ann Lee", "Bob Ray"}

    def test_people_are_one_by_mailmap_address_name_and_noreply(self, repo: Path) -> None:
        commit(repo, {".mailmap": "Ann Lee <ann@x.test> <ann@home.test>\n", "a.py": "1"})
        commit(repo, {"a.py": "2"}, who="annie", mail="ann@home.test")
        commit(repo, {"a.py": "3"}, who="ann.lee", mail="ANN@x.test")
        commit(repo, {"a.py": "4"}, who="Ánn  Lee", mail="other@x.test")
        commit(repo, {"a.py": "5"}, who="Ann", mail="7+annlee@users.noreply.github.com")
        commit(repo, {"a.py": "6"}, who="A. L.", mail="annlee@users.noreply.github.com")
        commit(repo, {"a.py": "7"}, who="Ann", mail="another.ann@x.test")
        found = read_history(repo)
        assert found.files["a.py"].touches.changes == {"Ann Lee": 3, "Ann": 1, "A. L.": 0, "Ann (2)": 1} or (
            sorted(found.files["a.py"].touches.changes.values()) == [1, 2, 3]
        )
        assert found.people["Ann Lee"].commits == 4

    def test_bots_and_links_do_not_count(self, repo: Path) -> None:
        commit(repo, {"a.py": "1"})
        commit(repo, {"a.py": "2"}, who="dependabot[bot]", mail="bot@x.test")
        (repo / "link.py").symlink_to("a.py")
        commit(repo, {})
        found = read_history(repo)
        assert found.bots == 1
        assert list(found.files) == ["a.py"]
        assert found.files["a.py"].touches.changes == {}

    def test_as_of_and_subdir(self, repo: Path) -> None:
        commit(repo, {"pay/a.py": "1", "shop/b.py": "1"}, day="2026-01-05")
        commit(repo, {"pay/c.py": "1"}, **BOB, day="2026-02-05")
        assert set(read_history(repo, dt.date(2026, 1, 31)).files) == {"pay/a.py", "shop/b.py"}
        assert set(read_history(repo, subdir="pay/").files) == {"pay/a.py", "pay/c.py"}
        assert set(read_history(repo / "shop").files) == {"shop/b.py"}
        assert "shop" in read_history(repo / "shop").name

    def test_odd_names_come_through(self, repo: Path) -> None:
        commit(repo, {"a b/ü\tx.py": "1", "\x01.py": "1"}, who='Q "quote" <no', mail="q@x.test")
        assert set(read_history(repo).files) == {"a b/ü\tx.py", "\x01.py"}

    def test_names_that_are_not_utf_8_come_through(self, tmp_path: Path) -> None:
        """As old repositories have them: an author and a file in Latin-1."""
        git(tmp_path, "init", "-q", "-b", "main")
        who = b"J\xf6rg M\xfcller <jm@x.test> 1500000000 +0000\n"
        text = b"M 100644 inline gr\xf6\xdfe.py\ndata 1\n1\n"
        made = b"commit refs/heads/main\nauthor " + who + b"committer " + who + b"data 1\nx\n" + text
        subprocess.run(["git", "-C", tmp_path, "fast-import", "--quiet"], input=made, check=True)
        assert set(read_history(tmp_path).files) == {"gr\u00f6\u00dfe.py"}
        for name in ("page.html", "page.md"):
            done = CliRunner().invoke(main, ["bus-factor", str(tmp_path), "--out", str(tmp_path / name)])
            assert done.exit_code == 0, done.output
            assert "J\u00f6rg M\u00fcller" in (tmp_path / name).read_text(encoding="utf-8")

    def test_settings_of_one_s_own_change_nothing(self, repo: Path) -> None:
        commit(repo, {"pay/a.py": "1", "b.py": "1"})
        for setting, value in (("log.showRoot", "false"), ("diff.relative", "true"), ("diff.renames", "false")):
            git(repo, "config", setting, value)
        assert read_history(repo / "pay").files["pay/a.py"].touches.creators == {"Ann Lee"}

    def test_an_address_from_the_manual_is_nobody_s(self, repo: Path) -> None:
        commit(repo, {"a.py": "1"}, who="Ann Lee", mail="you@example.com")
        commit(repo, {"b.py": "1"}, who="Bob Ray", mail="you@example.com")
        assert set(read_history(repo).people) == {"Ann Lee", "Bob Ray"}

    def test_the_sample_reads_the_same_as_a_real_repository(self, tmp_path: Path) -> None:
        git(tmp_path, "init", "-q", "-b", "main")
        subprocess.run(["git", "-C", tmp_path, "fast-import", "--quiet"], input=sample.fast_import(), check=True)
        git(tmp_path, "checkout", "-q", "main")
        real, drawn = read_history(tmp_path), sample.history()
        assert {p: k.touches for p, k in real.files.items()} == {p: k.touches for p, k in drawn.files.items()}
        assert (real.commits, real.bots, real.people) == (drawn.commits, drawn.bots, drawn.people)
        assert real.left_out == drawn.left_out
        assert report(real).says == report(drawn).says

    def test_memory_follows_files_and_not_commits(self) -> None:
        reader = Reader(10**9)
        for number in range(20_000):
            reader.add(Commit(number, f"P{number % 7}", f"p{number % 7}@x.test", (("M", f"f{number % 5}.py", ""),)))
        assert len(reader._at) == 5
        assert sum(len(file.changes) for file in reader._at.values()) <= 35


class TestTrouble:
    """What is no repository, or a poor one, gets a sentence."""

    def said(self, *words: str) -> str:
        done = CliRunner().invoke(main, ["bus-factor", *words])
        assert done.exit_code in (1, 2), done.output
        assert "Traceback" not in done.output
        assert "does not know" not in done.output
        return " ".join(done.output.split())

    def test_nothing_there_a_file_and_no_repository(self, tmp_path: Path) -> None:
        assert "is not there. Give the folder" in self.said(str(tmp_path / "no"))
        (tmp_path / "x.py").write_text("")
        assert "is a file. Give the folder" in self.said(str(tmp_path / "x.py"))
        assert "is not in a git repository. Give the folder of a clone." in self.said(str(tmp_path))

    def test_empty_shallow_broken(self, repo: Path, tmp_path: Path) -> None:
        assert "has no commits yet" in self.said(str(repo))
        commit(repo, {"a.py": "1"})
        commit(repo, {"a.py": "2"})
        git(tmp_path, "clone", "-q", "--depth", "1", f"file://{repo}", "shallow")
        assert "shallow clone, so most of its history is missing. Run: git fetch --unshallow" in self.said(
            str(tmp_path / "shallow")
        )
        first = git(repo, "rev-parse", "HEAD~1").strip()
        (repo / ".git" / "objects" / first[:2] / first[2:]).unlink()
        assert "git stopped: " in self.said(str(repo))

    def test_contents_that_are_missing_cost_only_changed_renames(self, repo: Path) -> None:
        commit(repo, {"a.py": LINES})
        blob = git(repo, "rev-parse", "HEAD:a.py").strip()
        commit(repo, {"a.py": None, "b.py": LINES + "more\n"}, **BOB)
        (repo / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
        found = read_history(repo)
        assert any("not in this clone" in note for note in found.notes)
        assert found.files["b.py"].touches.creators == {"Bob Ray"}

    def test_nothing_to_count(self, repo: Path) -> None:
        commit(repo, {"README.md": "x"})
        assert "no file counts as code (1 are left out). Say --every-file" in self.said(str(repo))
        assert "has nothing in pay" in self.said(str(repo), "--subdir", "pay")
        assert CliRunner().invoke(main, ["bus-factor", str(repo), "--every-file"]).exit_code == 0

    def test_days_and_names(self, repo: Path) -> None:
        commit(repo, {"a.py": "1"}, day="2026-03-02")
        assert "no commit by 2025-01-01; the first is of 2026-03-02. Give a later day." in self.said(
            str(repo), "--as-of", "2025-01-01"
        )
        assert "'yesterday' is no day" in self.said(str(repo), "--as-of", "yesterday")
        assert "Nobody called 'zoe' has committed. The largest authors are Ann Lee." in self.said(
            str(repo), "--leaver", "zoe"
        )
        assert "Give the folder of a git repository" in self.said()
        assert "Give the folder of a git repository" in self.said(str(repo), "--sample")

    def test_bare_is_fine(self, repo: Path, tmp_path: Path) -> None:
        commit(repo, {"a.py": "1", ".mailmap": "Ann Q <ann@x.test>\n"})
        git(tmp_path, "clone", "-q", "--bare", str(repo), "bare.git")
        found = read_history(tmp_path / "bare.git")
        assert found.name == "bare"
        assert set(found.people) == {"Ann Q"}

    def test_without_git(self, repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PATH", os.devnull)
        assert "git is not installed here" in self.said(str(repo))

    def test_a_file_that_stops_in_the_middle_of_a_log(self, repo: Path) -> None:
        commit(repo, {"a.py": "1"})
        with pytest.raises(FileProblems, match="has nothing in"):
            read_history(repo, subdir="../..")

    def test_in_a_notebook_a_problem_is_a_page(self, tmp_path: Path) -> None:
        assert "is not in a git repository" in bus_factor(tmp_path).says[0]
        assert "no day" in repr(bus_factor(tmp_path, as_of="soon"))


class TestPage:
    def test_the_sample_s_answer(self) -> None:
        page = bus_factor()
        assert page.says[0] == "Truck factor 1 on 2027-04-28: without Sara Lindqvist, 51 % of 74 files have no author."
        assert page.says[1].startswith("If Sara Lindqvist leaves, 38 files have no author left")
        assert [row[4] for row in page.tables[0].rows] == ["100 %", "49 %"]
        assert page.pictures[0].title == "38 of 74 files have no author left without Sara Lindqvist"
        assert "settlement/, 9 files: most by Sara Lindqvist (9), 9 of them by nobody else" in page.pictures[0].alt
        assert bus_factor(leaver="priya").says[1].startswith("If Priya Raman leaves, 8 files")

    def test_one_person(self, repo: Path) -> None:
        commit(repo, {"a.py": "1"})
        page = bus_factor(repo)
        assert page.says[0] == "Truck factor 1 on 2026-03-02: without Ann Lee, 100 % of 1 file have no author."
        assert any("1 file is few" in note for note in page.notes)

    def test_authors_who_have_long_been_silent_are_said(self, repo: Path) -> None:
        commit(repo, {"a.py": "1", "b.py": "1"}, day="2024-01-05")
        commit(repo, {"c.py": "1"}, **BOB, day="2026-03-05")
        page = bus_factor(repo)
        assert page.says[1].startswith("Ann Lee has not committed for a year or more.")
        assert "If Bob Ray leaves" in page.says[2]

    def test_names_with_dollars_and_controls_are_drawn_as_they_are(
        self, repo: Path, recwarn: pytest.WarningsRecorder
    ) -> None:
        commit(repo, {"$a.$b/x.py": "1", "c.py": "1"}, who="$\\frac$ \x1b[31mLee", mail="f@x.test")
        commit(repo, {"d.py": "1"}, who="王伟", mail="w@x.test")
        page = bus_factor(repo)
        assert "$a.$b/" in page.pictures[0].svg
        assert "\x1b" not in repr(page)
        assert not [one for one in recwarn if "Glyph" in str(one.message)]

    def test_the_map_has_the_leaver_and_two_first_names_apart(self, repo: Path) -> None:
        for number, name in enumerate([f"Ann {letter}x" for letter in "ABCDEFGHIJKL"]):
            commit(repo, {f"{number}-{one}.py": "1" for one in range(12 - number)}, who=name, mail=f"{number}@x.test")
        svg = bus_factor(repo, leaver="Ann Lx").pictures[0].svg
        assert "Ann L." in svg
        assert "Ann A." in svg
        assert "Ann I." not in svg

    def test_the_command_writes_a_page(self, tmp_path: Path) -> None:
        out = tmp_path / "page.html"
        done = CliRunner().invoke(main, ["bus-factor", "--sample", "--out", str(out)])
        assert done.exit_code == 0
        assert done.output.startswith("Bus factor of Halyard Ledger\n\nTruck factor 1")
        text = out.read_text(encoding="utf-8")
        assert "<svg" in text
        assert "http" not in text.replace("http://www.w3.org", "")

    def test_numbers_need_no_matplotlib(self) -> None:
        code = (
            "import sys; sys.modules['matplotlib'] = None\n"
            "from leadgym.tools.busfactor.sample import history\n"
            "from leadgym.tools.busfactor.page import bus_factor\n"
            "from leadgym.cli import main\n"
        )
        subprocess.run([os.sys.executable, "-c", code], check=True)
