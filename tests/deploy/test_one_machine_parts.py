"""The hub's parts without a hub: names of accounts, what learners' installation holds, collecting, limits, settings."""

from __future__ import annotations

import json
import os
import pwd
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from traitlets.config import Config

from leadgym.cohort.solo import mark_own
from leadgym.course import modules
from leadgym.lab.workspace import lay
from leadgym.widgets.course_map import CourseMap

ROOT = Path(__file__).parents[2]
HERE = ROOT / "deploy" / "one-machine"
SLUG = "02_delegation"
sys.path.insert(0, str(HERE))

import cgroups  # noqa: E402
import install  # noqa: E402
import layout  # noqa: E402
from accounts import INSTRUCTOR, AccountProblem, Accounts, account, end_all  # noqa: E402

IDS = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.@-]{0,63}", fullmatch=True)


@given(IDS)
def test_every_id_a_roster_allows_becomes_a_name_every_system_takes(learner: str) -> None:
    assert re.fullmatch(r"lg-[a-z0-9][a-z0-9_-]{0,27}", account(learner))
    assert account(learner) != INSTRUCTOR


def test_two_ids_are_never_one_account() -> None:
    ids = [
        "ann",
        "Ann",
        "ann.b",
        "ann-b",
        "ann@b",
        "instructor",
        "root",
        "a" * 28,
        "a" * 29,
        "a" * 30,
        "1",
        "-".join("ab"),
    ]
    assert len({account(one) for one in ids}) == len(ids)
    assert account("ann") == "lg-ann"
    assert account("root") == "lg-root"


def test_an_account_stays_with_whom_it_was_made_for(tmp_path: Path) -> None:
    """Also when the rules for names change, or an id is made to look like another's account."""
    file = tmp_path / "accounts.json"
    file.write_text(json.dumps({"lg-old": "ann", "lg-bob": "Robert"}), encoding="utf-8")
    found = Accounts(file, tmp_path)
    assert found.of("ann") == "lg-old"
    with pytest.raises(AccountProblem, match="'bob' and 'Robert' would both be lg-bob"):
        found.of("bob")


def test_nobody_ends_the_machine() -> None:
    with pytest.raises(AccountProblem):
        end_all(0)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files that pyproject.toml puts into a wheel, real ones, without the wait for a build."""
    path = tmp_path_factory.mktemp("wheel") / "leadgym-0-py3-none-any.whl"
    told = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]["build"]
    trees = {"src/leadgym": "leadgym", **told["targets"]["wheel"]["force-include"]}
    with zipfile.ZipFile(path, "w") as made:
        names = []
        for source, target in trees.items():
            for file in sorted((ROOT / source).rglob("*")):
                if file.is_file() and file.suffix != ".pyc":
                    names.append(f"{target}/{file.relative_to(ROOT / source).as_posix()}")
                    made.write(file, names[-1])
        made.writestr("leadgym-0.dist-info/RECORD", "".join(f"{name},,\n" for name in names))
    return path


def test_what_learners_get_holds_no_key_and_no_solution(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(install.without_private(wheel, tmp_path)) as made:
        made.extractall(tmp_path / "all")
        record = made.read("leadgym-0.dist-info/RECORD").decode()
    content = tmp_path / "all" / "leadgym" / "_content"
    assert sorted(path.name for path in content.iterdir()) == ["course", "exercises"]
    assert "solutions" not in record
    assert "grader" not in record
    assert "leadgym/_content/exercises" in record
    assert install.secrets_in(tmp_path / "all") == []
    # The last look before it is opened finds a copy under any name.
    key = (ROOT / "grader" / "keys" / f"{SLUG}.yaml").read_bytes()
    (tmp_path / "all" / "notes.txt").write_bytes(key)
    assert install.secrets_in(tmp_path / "all") == [tmp_path / "all" / "notes.txt"]


def test_a_wheel_in_which_the_keys_lie_elsewhere_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "leadgym-0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("leadgym/secret/keys.yaml", "a: 1")
    with pytest.raises(install.InstallProblem, match="lies elsewhere"):
        install.without_private(path, tmp_path / "out")


def test_a_change_to_a_key_makes_the_environments_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("constraints.txt", "pyproject.toml", "grader/keys/a.yaml"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("1", encoding="ascii")
    monkeypatch.setattr(layout, "CLONE", tmp_path)
    before = install.stamp(sys.executable)
    assert install.stamp(sys.executable) == before
    (tmp_path / "grader/keys/a.yaml").write_text("2", encoding="ascii")
    assert install.stamp(sys.executable) != before


@pytest.fixture
def for_learners(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation as learners have it, its workspace laid."""
    root = tmp_path / "content"
    root.mkdir()
    for name in ("course", "exercises"):
        (root / name).symlink_to(ROOT / name)
    monkeypatch.setattr(modules, "content_root", lambda: root)
    monkeypatch.setattr("leadgym.widgets.course_map.slugs", lambda: [SLUG])
    lay(tmp_path / "mine", root=root, exercises=False)
    return tmp_path / "mine"


def test_exercises_are_not_there_until_they_are_fetched(for_learners: Path) -> None:
    assert list((for_learners / "exercises").iterdir()) == []
    assert (for_learners / "course" / SLUG / "lesson.ipynb").is_file()
    row = next(row for row in CourseMap(for_learners, {}).rows if row.slug == SLUG)
    assert row.handed_out == "to come"
    assert ">exercise</a>" not in CourseMap(for_learners, {})._repr_html_()


def test_the_course_map_leads_from_fetching_to_the_instructors_feedback(for_learners: Path) -> None:
    folder = for_learners / "exercises" / SLUG
    folder.mkdir()
    (folder / "delegation.ipynb").write_text("{}", encoding="ascii")
    assert next(row for row in CourseMap(for_learners, {}).rows if row.slug == SLUG).handed_out == "here"
    for stamp in ("2027-01-11 09:00:00 UTC", "2027-01-12 09:00:00 UTC"):
        (folder / "feedback" / stamp).mkdir(parents=True)
        (folder / "feedback" / stamp / "delegation.html").touch()
    made = CourseMap(for_learners, {})
    assert next(row for row in made.rows if row.slug == SLUG).handed_out == "told"
    assert f"href='exercises/{SLUG}/feedback/2027-01-12%2009%3A00%3A00%20UTC/delegation.html'" in made._repr_html_()


def test_marking_and_the_quiz_say_whose_they_are(for_learners: Path) -> None:
    from leadgym.cohort.quiz import Quiz, QuizProblem
    from leadgym.cohort.road import MarkingProblem

    with pytest.raises(MarkingProblem, match=r"your instructor marks.*Assignment List, Submit"):
        mark_own(SLUG, for_learners, progress=lambda steps, *_: steps)
    with pytest.raises(QuizProblem, match="not on this machine"):
        Quiz(for_learners, datetime.now(UTC).date())


def _server(workspace: Path, monkeypatch: pytest.MonkeyPatch, instructor: bool) -> tuple[list[str], dict[str, Any]]:
    from leadgym.lab import served

    started: list[list[str]] = []
    monkeypatch.setenv("LEADGYM_WORKSPACE", str(workspace))
    monkeypatch.setenv("PATH", os.environ["PATH"])
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", "")
    monkeypatch.setattr(served, "ipc_works", lambda: True)
    monkeypatch.setattr(os, "execv", lambda _program, arguments: started.append(arguments))
    monkeypatch.setenv("SHELL", "/bin/bash")
    if instructor:
        monkeypatch.setenv("LEADGYM_ROOT", str(workspace))
        monkeypatch.setenv("LEADGYM_ROOMS", "/run/leadgym/rooms")
        monkeypatch.setenv("LEADGYM_ROOM_ADDRESS", "https://hub.example/services/room/")
    served.main(["--more"])
    page = workspace / ".leadgym" / "jupyter" / "labconfig" / "page_config.json"
    return started[0], json.loads(page.read_text(encoding="utf-8"))["disabledExtensions"]


def test_a_learners_server_has_the_assignment_list_and_nothing_else_of_nbgraders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments, disabled = _server(tmp_path / "mine", monkeypatch, instructor=False)
    off = {one.split(".")[-1] for one in arguments if "jpserver_extensions=nbgrader" in one}
    assert off == {"course_list=False", "formgrader=False", "validate_assignment=False"}
    assert disabled["@jupyter/nbgrader:formgrader"]
    assert "@jupyter/nbgrader:assignment-list" not in disabled
    assert "@jupyter/nbgrader" not in disabled
    assert "--KernelManager.transport=ipc" in arguments
    assert arguments[-1] == "--more"
    assert not any("room" in one.lower() for one in arguments)
    assert "--ServerApp.terminado_settings={'shell_command': ['/bin/bash']}" in arguments, (
        "a login shell loses the PATH"
    )


def test_an_instructors_server_has_formgrader_shown_in_lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    arguments, disabled = _server(tmp_path / "mine", monkeypatch, instructor=True)
    assert not any("jpserver_extensions=nbgrader" in one for one in arguments)
    assert not any("nbgrader" in name for name in disabled)
    assert any("frame-ancestors 'self'" in one for one in arguments)
    assert (tmp_path / "mine" / "exercises" / SLUG / "delegation.ipynb").is_file()
    assert "--ServerApp.jpserver_extensions=leadgym.room.extension=True" in arguments
    assert "--RoomExtension.rooms=/run/leadgym/rooms" in arguments
    assert "--RoomExtension.address=https://hub.example/services/room/" in arguments


def test_a_server_whose_kernels_neighbours_could_hear_does_not_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from leadgym.lab import served

    monkeypatch.setenv("LEADGYM_WORKSPACE", str(tmp_path / "mine"))
    monkeypatch.setenv("PATH", os.environ["PATH"])
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", "")
    monkeypatch.setattr(served, "ipc_works", lambda: False)
    with pytest.raises(SystemExit, match="no folder for sockets"):
        served.main([])


# Collecting


@pytest.fixture(scope="module")
def gradebook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty gradebook: nbgrader starts a process to make one."""
    from nbgrader.api import Gradebook

    from leadgym.cohort.config import put_tools_on_path

    put_tools_on_path()
    path = tmp_path_factory.mktemp("empty") / "gradebook.db"
    with Gradebook(f"sqlite:///{path}"):
        return path


def _collector(tmp_path: Path, gradebook: Path, learners: dict[str, str]) -> Any:
    from nbgrader.coursedir import CourseDirectory

    from leadgym.cohort.collect import CollectOwned

    accounts = tmp_path / "accounts.json"
    accounts.write_text(json.dumps(learners), encoding="utf-8")
    (tmp_path / "exchange" / "spring27" / "inbound").mkdir(parents=True, exist_ok=True)
    (tmp_path / "root").mkdir(exist_ok=True)
    shutil.copy(gradebook, tmp_path / "root" / "gradebook.db")
    config = Config()
    config.CourseDirectory.root = str(tmp_path / "root")
    config.CourseDirectory.course_id = "spring27"
    config.CourseDirectory.assignment_id = SLUG
    config.Exchange.root = str(tmp_path / "exchange")
    config.CollectOwned.accounts = str(accounts)
    made = CollectOwned(coursedir=CourseDirectory(config=config), config=config)
    made.update = True
    return made


def _hand_in(tmp_path: Path, name: str, text: str) -> Path:
    folder = tmp_path / "exchange" / "spring27" / "inbound" / name
    folder.mkdir(parents=True)
    (folder / "delegation.ipynb").write_text(text, encoding="utf-8")
    (folder / "timestamp.txt").write_text("1999-01-01 00:00:00.000000 UTC", encoding="ascii")
    return folder


ME = pwd.getpwuid(os.geteuid()).pw_name


def test_a_submission_is_its_owners_and_came_when_it_came(tmp_path: Path, gradebook: Path) -> None:
    _hand_in(tmp_path, f"bob+{SLUG}+1999-01-01 00:00:00.000000 UTC+x", "ann's, in bob's name, years ago")
    (tmp_path / "exchange/spring27/inbound" / f"x+{SLUG}+no time at all").mkdir()
    _collector(tmp_path, gradebook, {ME: "ann"}).start()
    assert [path.name for path in (tmp_path / "root" / "submitted").iterdir()] == ["ann"]
    stamp = (tmp_path / "root" / "submitted" / "ann" / SLUG / "timestamp.txt").read_text(encoding="ascii")
    came = datetime.strptime(stamp, "%Y-%m-%d %H:%M:%S.%f UTC").replace(tzinfo=UTC)
    assert datetime.now(UTC) - came < timedelta(minutes=10)


def test_the_newest_counts_also_when_another_says_it_is_newer(tmp_path: Path, gradebook: Path) -> None:
    first = _hand_in(tmp_path, f"ann+{SLUG}+2099-01-01 00:00:00.000000 UTC+x", "first")
    now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f UTC")
    _hand_in(tmp_path, f"ann+{SLUG}+{now}+y", "second")
    _collector(tmp_path, gradebook, {ME: "ann"}).start()
    submitted = tmp_path / "root" / "submitted" / "ann" / SLUG
    assert (submitted / "delegation.ipynb").read_text(encoding="utf-8") == "second"
    (first / "delegation.ipynb").write_text("third", encoding="utf-8")
    first.rename(first.with_name(f"ann+{SLUG}+{datetime.now(UTC):%Y-%m-%d %H:%M:%S.%f} UTC+z"))
    _collector(tmp_path, gradebook, {ME: "ann"}).start()
    assert (submitted / "delegation.ipynb").read_text(encoding="utf-8") == "third"


@pytest.mark.parametrize("secret", [None, b"", b"../../x", b"\xff\xfe", b"a" * 5000, "b" * 128])
def test_one_without_a_secret_does_not_keep_others_from_their_feedback(
    tmp_path: Path, gradebook: Path, secret: bytes | str | None
) -> None:
    """By the secret nbgrader names the page that goes back; it stops at the first submission that has none."""
    handed = _hand_in(tmp_path, f"ann+{SLUG}+{datetime.now(UTC):%Y-%m-%d %H:%M:%S.%f} UTC+x", "ann's")
    if secret is not None:
        (handed / "submission_secret.txt").write_bytes(secret if isinstance(secret, bytes) else secret.encode())
    _collector(tmp_path, gradebook, {ME: "ann"}).start()
    kept = (tmp_path / "root" / "submitted" / "ann" / SLUG / "submission_secret.txt").read_text(encoding="ascii")
    assert re.fullmatch("[0-9a-f]{128}", kept)
    assert (kept == secret) is isinstance(secret, str)


def test_after_a_restore_names_can_be_believed(tmp_path: Path, gradebook: Path) -> None:
    _hand_in(tmp_path, f"ann+{SLUG}+1999-01-01 00:00:00.000000 UTC+x", "old")
    made = _collector(tmp_path, gradebook, {ME: "ann"})
    made.believe_times = True
    made.start()
    stamp = (tmp_path / "root" / "submitted" / "ann" / SLUG / "timestamp.txt").read_text(encoding="ascii")
    assert stamp.startswith("1999-01-01 00:00:00")


def test_one_that_cannot_be_read_stops_no_other_and_takes_nothing_away(
    tmp_path: Path, gradebook: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nbgrader.exchange import ExchangeError

    from leadgym.cohort import collect

    first = _hand_in(tmp_path, f"ann+{SLUG}+{datetime.now(UTC):%Y-%m-%d %H:%M:%S.%f} UTC+x", "first")
    _collector(tmp_path, gradebook, {ME: "ann"}).start()
    submitted = tmp_path / "root" / "submitted" / "ann" / SLUG / "delegation.ipynb"
    second = _hand_in(tmp_path, f"ann+{SLUG}+{datetime.now(UTC):%Y-%m-%d %H:%M:%S.%f} UTC+y", "second")
    allowed = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != second and allowed(path, mode))
    _collector(tmp_path, gradebook, {ME: "ann"}).start()
    assert submitted.read_text(encoding="utf-8") == "first"
    monkeypatch.undo()

    def shut(*_: object) -> None:
        raise PermissionError(13, "Permission denied", "delegation.ipynb")

    monkeypatch.setattr(collect, "_own", shut)
    with pytest.raises(ExchangeError, match="Not collected: ann"):
        _collector(tmp_path, gradebook, {ME: "ann"}).start()
    assert submitted.read_text(encoding="utf-8") == "first"
    monkeypatch.undo()
    _collector(tmp_path, gradebook, {ME: "ann"}).start()
    assert submitted.read_text(encoding="utf-8") == "second"
    assert first.is_dir()


def test_what_no_learners_account_owns_is_left(tmp_path: Path, gradebook: Path) -> None:
    _hand_in(tmp_path, f"ann+{SLUG}+1999-01-01 00:00:00.000000 UTC+x", "whose?")
    _collector(tmp_path, gradebook, {"lg-nobody-here": "ann"}).start()
    assert not (tmp_path / "root" / "submitted").exists()


def test_nothing_is_collected_through_links_pipes_and_second_names(tmp_path: Path) -> None:
    from leadgym.cohort.collect import MOST_FILES, copy_owned

    secret = tmp_path / "gradebook.db"
    secret.write_text("secret", encoding="ascii")
    (tmp_path / "private").mkdir()
    (tmp_path / "private" / "key.yaml").write_text("secret", encoding="ascii")
    handed = tmp_path / "handed"
    (handed / "data").mkdir(parents=True)
    (handed / "data" / "mine.csv").write_text("mine", encoding="ascii")
    (handed / "delegation.ipynb").symlink_to(secret)
    (handed / "folder").symlink_to(tmp_path / "private")
    (handed / "second").hardlink_to(secret)
    os.mkfifo(handed / "pipe")
    (handed / "large").write_bytes(b"x" * 2000)
    left = copy_owned(handed, tmp_path / "got", most=1000)
    assert sorted(left) == ["delegation.ipynb", "large", "pipe", "second"]
    assert [path.relative_to(tmp_path / "got").as_posix() for path in (tmp_path / "got").rglob("*")] == [
        "data", "data/mine.csv",
    ]  # fmt: skip
    if os.geteuid() == 0:
        os.chown(handed / "data" / "mine.csv", 65534, 65534)
        assert "data/mine.csv" in copy_owned(handed, tmp_path / "again", most=10_000)
    for number in range(MOST_FILES + 1):
        (handed / "data" / str(number)).touch()
    assert "data, which holds more than 500 files," in copy_owned(handed, tmp_path / "many", most=10_000)


# Folders, limits, settings


@pytest.mark.skipif(os.geteuid() != 0, reason="gives folders away")
def test_folders_have_their_modes_whatever_the_umask_and_nobody_elses_is_taken(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        layout.folder(tmp_path / "inbound", 0o3733, 65534, 65534)
    finally:
        os.umask(before)
    about = (tmp_path / "inbound").stat()
    assert (about.st_mode & 0o7777, about.st_uid, about.st_gid) == (0o3733, 65534, 65534)
    (tmp_path / "link").symlink_to(tmp_path / "inbound")
    for name, owner in (("inbound", 0), ("link", 65534)):
        with pytest.raises(OSError, match="somebody else's"):
            layout.folder(tmp_path / name, 0o755, owner)


def test_limits_are_written_where_each_kind_of_control_group_has_them(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    for kind in ("memory", "pids"):
        (old / kind).mkdir(parents=True)
    new.mkdir()
    (new / "cgroup.controllers").touch()
    for root, files in ((old, ("memory.limit_in_bytes",)), (new, ("memory.max", "pids.max"))):
        assert cgroups.missing(root) == ""
        (first, *_) = cgroups.make("lg-ann", 2**20, 40, root)
        for name in files:
            (first / name).touch()
        cgroups.make("lg-ann", 2**20, 40, root)
        assert (first / files[0]).read_text() == str(2**20)
    assert (new / "leadgym-hub" / "lg-ann" / "pids.max").read_text() == "40"
    assert (new / "cgroup.subtree_control").read_text() == "+memory +pids"
    assert "One learner can take all there is" in cgroups.missing(tmp_path / "nothing")
    assert cgroups.make("lg-ann", 1, 1, tmp_path / "nothing") == []


def _hub(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, HERE / "hub", *arguments], capture_output=True, text=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="a hub is root's")
def test_what_cannot_be_started_says_why_and_leaves_nothing(tmp_path: Path) -> None:
    state, course = tmp_path / "state", tmp_path / "spring27"
    said = _hub("start", "--state", state)
    assert said.returncode == 1
    assert "Which cohort?" in said.stderr, "what was typed comes before what is missing"
    course.mkdir()
    assert "no such file" in _hub("start", "--state", state, "--course", course).stderr
    for name in ("cohort.yaml", "roster.csv"):
        (course / name).write_text("cohort: spring27\n", encoding="ascii")
    open_clone = _hub("start", "--state", state, "--course", course).stderr
    assert "Who teaches?" in open_clone or "chmod go-rwx" in open_clone
    assert not state.exists()
    assert "Traceback" not in said.stderr
    gone = _hub("status", "--state", state)
    assert gone.returncode == 1
    assert "Traceback" not in gone.stderr


def test_settings_that_are_none_are_named(tmp_path: Path) -> None:
    (tmp_path / "hub.json").write_text('{"course": "/srv/x", "prot": 1}', encoding="ascii")
    with pytest.raises(ValueError, match=r"hub\.json cannot be used.*It has: course, instructors"):
        layout.Settings.read(tmp_path)


SIGN_IN = sorted(path.name for path in (HERE / "sign_in").glob("*.py"))


def _config(state: Path, monkeypatch: pytest.MonkeyPatch, sign_in: str = "", **changed: Any) -> Config:
    from traitlets.config.loader import PyFileConfigLoader

    course = state / "course"
    (state / "hub").mkdir(exist_ok=True)
    course.mkdir(exist_ok=True)
    (state / "hub" / "command_token").write_text("t", encoding="ascii")
    step = f"  - {{module: {SLUG}, release: 2027-01-11, due: 2027-01-18}}"
    (course / "cohort.yaml").write_text(f"cohort: spring27\ntitle: A cohort\nmodules:\n{step}\n", encoding="ascii")
    (course / "roster.csv").write_text("id,email\nAnn,ann@example.org\n", encoding="ascii")
    layout.Settings(str(course), ["maya"], trial=not sign_in, **changed).write(state)
    if sign_in:
        (state / "sign_in.py").write_text(sign_in, encoding="utf-8")
    monkeypatch.setenv("LEADGYM_HUB", str(state))
    before = os.umask(0o022)
    try:
        return PyFileConfigLoader("jupyterhub_config.py", path=str(HERE)).load_config()
    finally:
        os.umask(before)


def test_the_roster_decides_who_comes_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import logging

    pytest.importorskip("jupyterhub")
    config = _config(tmp_path, monkeypatch)
    hook = config.Authenticator.post_auth_hook

    class Asked:
        log = logging.getLogger("test")

    assert hook(Asked, None, {"name": "ann", "admin": True}) == {"name": "ann", "admin": False}
    assert hook(Asked, None, {"name": "maya"}) == {"name": "maya"}
    assert hook(Asked, None, {"name": "mallory"}) is None
    assert hook(Asked, None, {"name": "ann@example.org"}) is None
    (tmp_path / "course" / "roster.csv").write_text("id\nbob\n", encoding="ascii")
    assert hook(Asked, None, {"name": "ann"}) is None
    instructor = next(role for role in config.JupyterHub.load_roles if role["name"] == "instructor")
    assert not any("access" in scope for scope in instructor["scopes"])


@pytest.mark.parametrize("name", SIGN_IN)
def test_each_way_to_sign_in_is_one_that_exists(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its class can be imported, and has every setting that the file gives it."""
    pytest.importorskip("jupyterhub")
    from importlib.metadata import entry_points

    from traitlets import import_item

    config = _config(tmp_path, monkeypatch, (HERE / "sign_in" / name).read_text(encoding="utf-8"))
    told = config.JupyterHub.authenticator_class
    named = {point.name: point for point in entry_points(group="jupyterhub.authenticators")}
    found = named[told].load() if told in named else import_item(told)
    for section, values in config.items():
        if section.endswith("Authenticator"):
            assert section in {base.__name__ for base in found.__mro__}, section
            assert set(values) <= set(found.class_trait_names()), section


def test_nothing_unsafe_listens_to_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("jupyterhub")
    with pytest.raises(ValueError, match=r"listens on 127\.0\.0\.1 only"):
        _config(tmp_path, monkeypatch, address="10.0.0.1")
    pam = (HERE / "sign_in" / "pam.py").read_text(encoding="utf-8")
    with pytest.raises(ValueError, match="without TLS"):
        _config(tmp_path, monkeypatch, pam, address="10.0.0.1")
    config = _config(
        tmp_path, monkeypatch, pam + '\nc.JupyterHub.ssl_cert = c.JupyterHub.ssl_key = "x"\n', address="10.0.0.1"
    )
    assert config.JupyterHub.bind_url == "https://10.0.0.1:8000"


@pytest.mark.parametrize(
    ("told", "address"),
    [
        ({}, ""),
        ({"public": "https://hub.example.org"}, "https://hub.example.org/services/room/"),
        (
            {"public": "https://a.example", "host": "https://b.example:8443"},
            "https://room--service.b.example:8443/services/room/",
        ),
        ({"host": "b.example"}, "https://room--service.b.example/services/room/"),
    ],
)
def test_phones_get_the_address_by_which_the_hub_is_reached_and_a_service_of_no_rights(
    told: dict[str, Any], address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("jupyterhub")
    config = _config(tmp_path, monkeypatch, port=8100, **told)
    (service,) = [one for one in config.JupyterHub.services if one["name"] == "room"]
    assert service["user"] == "leadgym-room"
    assert service["url"] == "http://127.0.0.1:8103"
    assert {"--port=8103", f"--address={address}", f"--proxy={os.geteuid()}"} <= set(service["command"])
    assert service["command"][0] == str(tmp_path / "learners" / "bin" / "python"), "where there are no keys"
    assert not any("room" in role.get("services", []) for role in config.JupyterHub.load_roles)
    assert not {"admin", "api_token"} & set(service)


@pytest.mark.parametrize("public", ["hub.example.org", "https://hub.example.org/room", "ftp://a", "https://a b"])
def test_an_address_that_phones_could_not_open_is_refused(public: str, tmp_path: Path) -> None:
    course = tmp_path / "course"
    course.mkdir()
    for name in ("cohort.yaml", "roster.csv"):
        (course / name).write_text("cohort: a\n", encoding="ascii")
    if os.geteuid() != 0:
        pytest.skip("hub asks to be root first")
    done = _hub("start", "--state", tmp_path / "state", "--course", course, "--public", public)
    assert done.returncode == 1
    assert "phones need an address such as https://hub.example.org" in done.stderr


def test_a_cohorts_name_is_nbgraders_name_for_the_course(tmp_path: Path) -> None:
    from leadgym.cohort.config import configure

    step = f"  - {{module: {SLUG}, release: 2027-01-11, due: 2027-01-18}}"
    (tmp_path / "cohort.yaml").write_text(f"cohort: spring27\ntitle: A cohort\nmodules:\n{step}\n", encoding="ascii")
    config = Config()
    configure(config, root=tmp_path)
    assert config.CourseDirectory.course_id == "spring27"
