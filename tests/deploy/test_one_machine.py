"""A real hub with three learners and an instructor in real browsers: a module's whole round, and what learners try.

It makes system accounts, so it runs as root, with node, bubblewrap and Chromium, and only in `make test-all`. Accounts,
processes and folders are gone afterwards, also when it fails.
"""

from __future__ import annotations

import json
import os
import pwd
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import hub_room
import pytest
from hub_driver import Person
from thorough import ALL

ROOT = Path(__file__).parents[2]
SLUG, NOTEBOOK = "02_delegation", "exercises/02_delegation/delegation.ipynb"
ANN, BOB, CARL, MAYA = "zz-ann", "zz-bob@example.org", "zz-carl", "zz-maya"
STYLES = {ANN: "strong", BOB: "decent", CARL: "shaky"}
TYPED = ("plan", "estimate", "brief")
"""The answers that they type; the others they leave as they are."""
MISSING = [name for name in ("npm", "bwrap", "useradd", "chromium") if shutil.which(name) is None]

pytestmark = [
    pytest.mark.skipif(not ALL, reason="ten minutes: make test-all"),
    pytest.mark.skipif(os.geteuid() != 0, reason="makes system accounts: needs root"),
    pytest.mark.skipif(bool(MISSING), reason=f"needs {', '.join(MISSING)}"),
    pytest.mark.xdist_group("hub"),
]


@dataclass
class Hub:
    clone: Path
    state: Path
    course: Path
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def run(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, self.clone / "deploy/one-machine/hub", arguments[0], "--state", self.state]
        done = subprocess.run([*command, *arguments[1:]], capture_output=True, text=True, timeout=900)
        assert not check or done.returncode == 0, (arguments, done.stdout, done.stderr)
        return done

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """The one command, in the background, until it answers."""
        command = [sys.executable, self.clone / "deploy/one-machine/hub", "start", "--state", self.state, *arguments]
        log = (self.clone.parent / "start.log").open("ab")
        running = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        end = time.monotonic() + 900
        while running.poll() is None and time.monotonic() < end:
            try:
                with urllib.request.urlopen(f"{self.url}/hub/health", timeout=2):  # noqa: S310 - our own
                    return running
            except OSError:
                time.sleep(1)
        pytest.fail((self.clone.parent / "start.log").read_text(encoding="utf-8")[-3000:])

    def account(self, learner: str) -> pwd.struct_passwd:
        known = json.loads((self.state / "accounts.json").read_text(encoding="utf-8"))
        return pwd.getpwnam(next(name for name, whose in known.items() if whose == learner))


def _four_ports() -> int:
    for port in range(18700, 19700, 10):
        probes = [socket.socket() for _ in range(4)]
        try:
            for number, probe in enumerate(probes):
                probe.bind(("127.0.0.1", port + number))
            return port
        except OSError:
            continue
        finally:
            for probe in probes:
                probe.close()
    pytest.fail("no four free ports in a row")


@pytest.fixture(scope="module")
def hub() -> Iterator[Hub]:
    """A trial hub from a copy of this clone that nobody else can read, as an instructor would keep it."""
    folder = Path(tempfile.mkdtemp(prefix="hub-"))
    folder.chmod(0o755)
    made = Hub(folder / "clone", folder / "state", folder / "spring27", _four_ports())
    files = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout.decode()
    for name in filter(None, files.split("\0")):
        if (ROOT / name).is_file():
            (made.clone / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, made.clone / name)
    made.clone.chmod(0o700)
    made.course.mkdir()
    # Due since yesterday: feedback goes back only then. Lateness costs nothing.
    due = datetime.now(UTC) - timedelta(days=1)
    (made.course / "cohort.yaml").write_text(
        f"cohort: spring27\ntitle: Leading at Halyard\nmodules:\n"
        f"  - {{module: {SLUG}, release: {due - timedelta(days=7):%F %R}, due: {due:%F %R}}}\n",
        encoding="utf-8",
    )
    lines = ["id,first_name,last_name,email", f"{ANN},Ann,Ames,", f"{BOB},Bob,Berg,{BOB}", f"{CARL},Carl,Cole,"]
    (made.course / "roster.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    try:
        told = ["--course", str(made.course), "--instructor", MAYA, "--public", made.url]
        made.start(*told, "--port", str(made.port), "--try")
        yield made
    finally:
        if (made.state / "hub.json").exists():
            made.run("remove", "--yes", str(made.course), check=False)
        left = [entry.pw_name for entry in pwd.getpwall() if entry.pw_dir.startswith(str(folder))]
        for name in left:
            subprocess.run(["userdel", name], check=False)
        shutil.rmtree(folder, ignore_errors=True)
        assert not left, left


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--force-color-profile=srgb"]
        )
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def people(hub: Hub, browser: Any) -> dict[str, Person]:
    """Everybody, signed in, each in a browser of their own."""
    started = hub.run("prespawn")
    assert "3 of 3" in started.stdout
    return {name: Person(browser, hub.url, name, 1920 if name == MAYA else 1280) for name in (ANN, BOB, CARL, MAYA)}


def shoot(person: Person, name: str) -> None:
    if "LEADGYM_SCREENSHOTS" in os.environ:
        person.page.screenshot(path=Path(os.environ["LEADGYM_SCREENSHOTS"]) / f"hub-{name}.png")


def given(learner: str) -> dict[str, Any]:
    path = ROOT / "tests" / "fixtures" / "answers" / SLUG / f"{STYLES[learner]}.json"
    found = json.loads(path.read_text(encoding="utf-8"))
    return {name: "\n".join(found[name]) if name == "brief" and isinstance(found[name], list) else found[name]
            for name in TYPED}  # fmt: skip


def refused(person: Person, command: str, *never: str) -> None:
    """The command fails, and none of what it is after is printed."""
    said = person.shell(command)
    assert re.search(r"\[exit (?!0\])", said), (command, said)
    for secret in never:
        assert secret not in said, (command, said)


def test_a_module_goes_round_in_browsers_from_release_to_report(hub: Hub, people: dict[str, Person]) -> None:
    maya = people[MAYA]
    out = maya.shell(f"nbgrader generate_assignment {SLUG} && nbgrader release_assignment {SLUG}", 200)
    assert "[exit 0]" in out, out

    for name in STYLES:
        learner = people[name]
        before = learner.shell("ls ~/leadgym/exercises")
        assert SLUG not in before  # nothing is there before it is handed out and fetched
        learner.assignments()
        learner.press("released", "Fetch")
        learner.page.wait_for_selector("#fetched_assignments_list button:text-is('Submit')")
        learner.open(NOTEBOOK)
        for answer, value in given(name).items():
            learner.answer(f"{answer} = ", f"{answer} = {value!r}")
        learner.run_all()
        learner.page.wait_for_selector(".jp-OutputArea-output :text('As to a colleague who said yes')")
        learner.save()
        learner.assignments()
        learner.press("fetched", "Submit")
        learner.page.wait_for_selector("#submitted_assignments_list .nested_list_item")
        shoot(learner, f"submitted-{name}")

    # One who says he is another, in the future, with a link to what only the instructor may read.
    inbound = "$LEADGYM_EXCHANGE/spring27/inbound"
    forged = f"{inbound}/'{BOB}+{SLUG}+2099-01-01 00:00:00.000000 UTC+x'"
    carls = people[CARL].shell(
        f"umask 022; mkdir {forged} && cp ~/leadgym/{NOTEBOOK} {forged}/ && echo mine > {forged}/timestamp.txt "
        f"&& ln -s {hub.course}/gradebook.db {forged}/stolen.db && ln -s {hub.course}/cohort.yaml {forged}/stolen.yaml "
        f"&& mkfifo {forged}/pipe && mkdir {inbound}/'nobody+{SLUG}+not a time' "
        f"&& mkdir -m 700 {inbound}/\"{CARL}+{SLUG}+$(date -u '+%F %T.%6N UTC')+shut\""
    )
    assert "[exit 0]" in carls, carls

    out = maya.shell(f"cd $LEADGYM_ROOT && nbgrader collect {SLUG}", 200)
    assert "[exit 0]" in out, out
    assert f"says it is {BOB}'s. It is {CARL}'s" in out
    assert "they have shut it" in out
    collected = {path.parent.name for path in (hub.course / "submitted").glob(f"*/{SLUG}")}
    assert collected == set(STYLES)
    for name in STYLES:
        text = (hub.course / "submitted" / name / SLUG / "delegation.ipynb").read_text(encoding="utf-8")
        assert given(name)["brief"][:40] in text.replace("\\\\n", "\\n").replace('\\"', '"') or repr(
            given(name)["brief"]
        )[1:40] in text.replace('\\"', '"')
    assert not list((hub.course / "submitted").glob("*/*/stolen*"))
    assert not list((hub.course / "submitted").glob("*/*/pipe"))
    assert "2099" not in (hub.course / "submitted" / CARL / SLUG / "timestamp.txt").read_text(encoding="ascii")

    out = maya.shell(f"leadgym grade {SLUG} --json", 400)
    assert "[exit 0]" in out, out
    marks = {m["learner"]: m for m in map(json.loads, filter(lambda line: line.startswith("{"), out.splitlines()))}
    assert set(marks) == set(STYLES)
    assert marks[ANN]["points"] > marks[BOB]["points"] > marks[CARL]["points"] > 0
    assert marks[ANN]["answers"]["plan"]["points"] > 15
    to_do = maya.shell("leadgym cohort status")
    assert "[exit 0]" in to_do, to_do
    assert f"nbgrader release_feedback {SLUG}" in to_do, to_do
    out = maya.shell(f"cd $LEADGYM_ROOT && nbgrader release_feedback {SLUG}", 200)
    assert "[exit 0]" in out, out
    done = maya.shell("leadgym cohort status")
    assert "[exit 0]" in done, done
    assert "release_feedback" not in done
    assert re.search(rf"{SLUG}.* 3 ", done), done
    maya.page.goto(f"{maya.own}/lab?reset")
    maya.page.wait_for_selector(".jp-Launcher")
    maya.menu("Nbgrader", "Formgrader")
    row = maya.page.frame_locator("iframe[src*='formgrader']").locator("tr", has_text=SLUG)
    row.wait_for()
    assert re.search(r"released.*3", row.inner_text(), re.DOTALL)
    shoot(maya, "formgrader-1920")

    for name in (ANN, BOB):
        learner = people[name]
        learner.assignments()
        learner.press("submitted", "Fetch Feedback")
        learner.page.click("text=(view feedback)")
        learner.page.dblclick(".jp-DirListing-item >> text=delegation.html")
        frame = learner.page.frame_locator("iframe.jp-HTMLViewer, .jp-HTMLViewer iframe")
        frame.locator(f"text={marks[name]['points']:g} of 100 points").first.wait_for()
        shoot(learner, f"feedback-{name}")
        learner.open("course_map.ipynb")
        learner.page.locator(".jp-CodeCell").first.click()
        learner.page.keyboard.press("Shift+Enter")
        learner.page.wait_for_selector("text=Read the feedback")
        shoot(learner, f"map-{name}")
    the_report_is_the_instructors(hub, people, marks)
    said = people[ANN].shell("cd ~/leadgym && leadgym mark 02; leadgym quiz")
    assert "your instructor marks" in said
    assert "in a course with an instructor they stay there" in said


def the_report_is_the_instructors(hub: Hub, people: dict[str, Person], marks: dict[str, Any]) -> None:
    """Made on the instructor's server, read there in the browser; a learner's page holds that learner alone."""
    maya, ann = people[MAYA], people[ANN]
    out = maya.shell("cd $LEADGYM_ROOT && leadgym report --out report", 200)
    assert "[exit 0]" in out, out
    assert "Learners: 3. Modules: 1. Marked submissions: 3." in out
    names = {ANN: "Ann Ames", BOB: "Bob Berg", CARL: "Carl Cole"}
    maya.page.goto(f"{maya.own}/lab/tree/report?reset")
    maya.page.click(".jp-DirListing-item >> text=index.html", button="right")
    with maya.context.expect_page() as opened:
        maya.page.click(".lm-Menu-item[data-command='filebrowser:open-browser-tab']")
    page = opened.value
    page.wait_for_selector("h1")
    shots = os.environ.get("LEADGYM_SCREENSHOTS")
    if shots:
        page.screenshot(path=Path(shots) / "hub-report-1920.png", full_page=True)
    page.goto(f"{maya.own}/files/report/everybody.html")
    for learner, name in names.items():
        row = page.locator("tr", has_text=name).inner_text()
        share = float(re.findall(r"\d+(?:\.\d+)?", row.replace(name, ""))[0])
        assert abs(share - marks[learner]["points"]) <= 0.51, (row, marks[learner]["points"])
    if shots:
        page.screenshot(path=Path(shots) / "hub-report-everybody-1920.png", full_page=True)
    for learner, name in names.items():
        page.goto(f"{maya.own}/files/report/learners/{learner}.html")
        text = page.inner_text("body")
        assert name in text, text
        whole = page.content()
        for other in names.keys() - {learner}:
            assert names[other] not in whole
            assert other not in whole
    page.close()

    report = f"{hub.course}/report"
    refused(ann, f"ls {report}")
    for path in ("index.html", f"learners/{BOB}.html", f"learners/{ANN}.html", f"module-{SLUG}.html"):
        refused(ann, f"cat {report}/{path}", "Bob Berg")
        answer = ann.context.request.get(f"{hub.url}/user/{MAYA}/files/report/{path}")
        assert answer.status in (403, 404), (path, answer.status)
        assert "Bob Berg" not in answer.text()
    refused(ann, f"echo x >> {report}/index.html")


def test_a_learner_reaches_neither_keys_nor_gradebook_nor_the_hub(hub: Hub, people: dict[str, Person]) -> None:
    ann = people[ANN]
    key = "grader/keys/02_delegation.yaml"
    secret = "right_when"
    for path in (
        f"{hub.clone}/{key}",
        f"{hub.state}/staff/lib/python3*/site-packages/leadgym/_content/{key}",
        f"{hub.course}/gradebook.db",
        f"{hub.course}/roster.csv",
        f"{hub.course}/submitted/{BOB}/{SLUG}/delegation.ipynb",
        f"{hub.state}/accounts.json",
        f"{hub.state}/hub.json",
        f"{hub.state}/hub/jupyterhub.sqlite",
        f"{hub.state}/hub/cookie_secret",
        f"{hub.state}/hub/command_token",
        "/etc/shadow",
    ):
        refused(ann, f"cat {path}", secret)
        refused(ann, f"echo x >> {path}")
    for folder in ("staff", "hub", "homes", "exchange/spring27/inbound", "exchange/spring27/feedback"):
        refused(ann, f"ls {hub.state}/{folder}")
    refused(ann, f"ls {hub.course}")
    # Wherever a file of that name can be reached at all, it is not the private one.
    found = ann.shell(f"find / -xdev -path '*leadgym*' '(' -name '*.ipynb' -path '*solutions*' -o -path '*/{key}' ')' "
                      f"-path '{hub.state.parent}*' 2>/dev/null; true")  # fmt: skip
    assert str(hub.state.parent) not in found
    refused(ann, f"touch {hub.state}/learners/x; touch {hub.state}/learners/lib/x; "
                 f"echo >> {hub.state}/jupyter/learners/nbgrader_config.py")  # fmt: skip
    refused(ann, "python -c 'import os; os.setuid(0)'")


def test_a_learner_reaches_nothing_of_a_neighbours(hub: Hub, people: dict[str, Person]) -> None:
    ann, bob = people[ANN], people[BOB]
    account = hub.account(BOB)
    home, runtime = account.pw_dir, f"/run/leadgym/{account.pw_uid}"
    bob.open("course_map.ipynb")  # so that he has a kernel
    assert list(Path(runtime).glob("kernel-*"))
    for folder in (home, f"{home}/leadgym", f"{home}/.local", runtime):
        refused(ann, f"ls {folder}")
    refused(ann, f"cat {home}/leadgym/{NOTEBOOK}")
    socket_ = next(iter(Path(runtime).glob("kernel-*-ipc-*")))
    connect = "import socket, sys; socket.socket(socket.AF_UNIX).connect(sys.argv[1])"
    refused(ann, f"python -c '{connect}' {socket_}")
    (pid,) = [p.name for p in Path("/proc").iterdir() if p.name.isdigit() and _is_server(p, account.pw_uid)]
    for what in ("environ", "mem", "maps"):
        refused(ann, f"cat /proc/{pid}/{what}")
    for what in ("cwd/", "root/", "fd/"):
        refused(ann, f"ls /proc/{pid}/{what}")
    refused(ann, f"kill -9 {pid}")
    handed = next((hub.state / "exchange/spring27/inbound").glob(f"{BOB}+*+20[0-8]*"))
    refused(ann, f"rm -r '{handed}' && ls '{handed}'")
    assert handed.is_dir()

    # By the network: through the hub, past it, and by the hub's own doors.
    port = _port_of(int(pid))
    token = '-H "Authorization: token $JUPYTERHUB_API_TOKEN"'
    for url in (
        f"http://127.0.0.1:{port}/user/{BOB}/api/contents",
        f"{hub.url}/user/{BOB}/api/contents",
        f"{hub.url}/user/{MAYA}/formgrader",
        f"{hub.url}/user/{MAYA}/formgrader/api/assignments",
        f"{hub.url}/hub/api/users",
        f"{hub.url}/hub/api/users/{BOB}",
        f"http://127.0.0.1:{hub.port + 1}/api/routes",
        f"{hub.url}/user/{ANN}/formgrader",
    ):
        said = ann.shell(f"curl -s -o /dev/null -w '%{{http_code}}' {token} '{url}'")
        assert re.search(r"\b(401|403|404|302)\b", said), (url, said)
    for path in (f"/user/{BOB}/lab", f"/user/{MAYA}/formgrader", f"/user/{ANN}/formgrader", "/hub/admin"):
        answer = ann.context.request.get(f"{hub.url}{path}")
        assert answer.status in (403, 404), (path, answer.status)


def test_phones_without_an_account_vote_in_an_instructors_room_and_reach_nothing_else(
    hub: Hub, people: dict[str, Person], browser: Any
) -> None:
    code, phones, projector, prompts = hub_room.is_opened_joined_and_voted_in(hub, people[MAYA], browser)
    hub_room.page_reaches_nothing_but_the_room(hub, people, phones, [ANN, MAYA])
    hub_room.is_shut_to_learners(hub, people[ANN], code, MAYA)
    prompts.on("dialog", lambda dialog: dialog.accept())
    hub_room.press(prompts, "Close the room")
    for page in phones:
        page.get_by_text("This room is closed.").wait_for()
        page.context.close()
    projector.get_by_text("This room is closed.").wait_for()
    projector.close()
    prompts.close()


def test_one_learner_cannot_take_the_whole_machine(hub: Hub, people: dict[str, Person]) -> None:
    carl = people[CARL]
    sys.path.insert(0, str(ROOT / "deploy" / "one-machine"))
    import cgroups

    bomb = "python -c 'x = bytearray(3 * 2**30); print(len(x))'"
    if cgroups.missing():
        pytest.skip(cgroups.missing())
    refused(carl, bomb, str(3 * 2**30))
    most = 'import subprocess; [subprocess.Popen(["sleep", "20"]) for _ in range(1000)]'
    refused(carl, f"python -c '{most}'")
    uid = hub.account(CARL).pw_uid
    assert len([p for p in Path("/proc").iterdir() if p.name.isdigit() and _owner(p) == uid]) <= 400


def test_stopped_backed_up_removed_and_restored_it_is_as_it_was(
    hub: Hub, people: dict[str, Person], browser: Any
) -> None:
    """The last of this file: afterwards everybody works on a hub made from the backup."""
    people[CARL].shell("nohup sleep 3000 >/dev/null 2>&1 & echo")
    uids = [hub.account(name).pw_uid for name in STYLES]
    busy = hub.run("status")
    assert all(name in busy.stdout for name in STYLES)
    for person in people.values():
        person.context.close()
    saved = hub.clone.parent / "spring27.tar.gz"
    assert "Stop the hub first" in hub.run("backup", str(saved), check=False).stderr
    hub.run("stop")
    assert not [p for p in Path("/proc").iterdir() if p.name.isdigit() and _owner(p) in uids]
    hub.run("backup", str(saved))
    assert saved.stat().st_mode & 0o077 == 0

    assert hub.run("remove", check=False).returncode == 1
    hub.run("remove", "--yes", str(hub.course))
    assert not [entry for entry in pwd.getpwall() if entry.pw_dir.startswith(str(hub.state))]
    assert not hub.state.exists()
    assert not Path("/run/leadgym").exists()
    assert (hub.course / "gradebook.db").is_file()
    shutil.rmtree(hub.course)
    hub.run("restore", str(saved))
    hub.start()
    ann = Person(browser, hub.url, ANN)
    assert "delegation.html" in ann.shell(f"ls -l ~/leadgym/exercises/{SLUG}/feedback/*")
    refused(ann, f"ls {hub.course}")
    maya = Person(browser, hub.url, MAYA)
    assert '"status": "marked before"' in maya.shell(f"leadgym grade {SLUG} --json", 300)


def _owner(process: Path) -> int:
    try:
        return -1 if (process / "stat").read_text().rpartition(")")[2].split()[0] in "ZX" else process.stat().st_uid
    except OSError:
        return -1


def _is_server(process: Path, uid: int) -> bool:
    try:
        return process.stat().st_uid == uid and b"jupyterhub.singleuser" in (process / "cmdline").read_bytes()
    except OSError:
        return False


def _port_of(pid: int) -> int:
    inodes = {str(link.readlink()) for link in Path(f"/proc/{pid}/fd").iterdir() if link.is_symlink()}
    for line in Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]:
        parts = line.split()
        if parts[3] == "0A" and f"socket:[{parts[9]}]" in inodes:
            return int(parts[1].split(":")[1], 16)
    raise AssertionError("the server listens nowhere")
