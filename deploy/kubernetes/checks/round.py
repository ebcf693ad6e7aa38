"""A cohort's round through a real hub and a real ngshare on this machine, believed by its files, not its messages.

Run by check.py in the hub's environment: an instructor and two learners come in by LTI, have servers started, release,
hand in, collect, mark, give back. Then one learner tries what a learner must not be able to do.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import requests
from kernel import printed
from lms import System, name_of, stranger

HERE = Path(__file__).resolve().parents[1]
ANA, LENA, OMAR = "ana@example.org", "lena@example.org", "omar@example.org"
COURSE, SLUG, NOTEBOOK = "leadgym", "02_delegation", "delegation.ipynb"
COHORT = f"""\
cohort: {COURSE}
title: A cohort to check with
modules:
  - {{module: {SLUG}, release: 2027-01-11 09:00, due: 2027-01-18 09:00}}
"""
problems: list[str] = []


def check(good: bool, what: str, why: object = "") -> bool:
    """Say how it went, and keep what failed."""
    print(f"{'ok  ' if good else 'FAIL'} {what}" + ("" if good else f": {str(why)[:600]}"), flush=True)
    if not good:
        problems.append(what)
    return good


def until(ready: Callable[[], Any], what: str, seconds: float = 120) -> Any:
    """What ``ready`` gives once it gives something. Ends the check when that takes too long."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if found := ready():
                return found
        except requests.ConnectionError:
            pass
        time.sleep(0.3)
    sys.exit(f"FAIL {what} took more than {seconds:.0f} seconds. See the logs in {os.environ['CHECK_FOLDER']}.")


def files(folder: Path, but: tuple[str, ...] = ("timestamp.txt",)) -> dict[str, str]:
    """The files under a folder, by path: digests of what is in them."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and path.name not in but and ".ipynb_checkpoints" not in path.parts
    }


class Person:
    """Somebody with a server: its environment, its home, its tokens."""

    def __init__(self, name: str, folder: Path, python: str) -> None:
        self.name, self.python, self.home = name, python, folder / "home" / name
        self.env = json.loads((folder / f"{name}.env.json").read_text())
        self.token = self.env["JUPYTERHUB_API_TOKEN"]
        self.exercise = self.home / "leadgym" / "exercises" / SLUG

    def run(self, *words: str, at: Path | None = None, **env: str) -> subprocess.CompletedProcess[str]:
        """A command in a terminal of this person's server."""
        program = (
            [self.python, "-m"]
            if words[0] == "leadgym.cohort.ngshare"
            else [str(Path(self.python).with_name(words[0]))]
        )
        rest = list(words) if len(program) == 2 else list(words[1:])
        return subprocess.run(
            [*program, *rest], cwd=at or self.home, env={**self.env, **env}, capture_output=True, text=True, check=False
        )

    def asks(
        self, method: str, path: str, data: Any = None, *, token: str | None = None, **more: Any
    ) -> requests.Response:
        """A request to ngshare with the token of the server, or another."""
        headers = {"Authorization": f"token {token or self.token}"}
        return requests.request(method, self.env["NGSHARE_URL"] + path, data=data, headers=headers, timeout=30, **more)

    def answer(self, text: str) -> None:
        """Write something of one's own into the exercise's notebook."""
        path = self.exercise / NOTEBOOK
        found = json.loads(path.read_text())
        found["cells"].append(
            {"cell_type": "markdown", "id": f"own-{len(found['cells'])}", "metadata": {}, "source": text}
        )
        path.write_text(json.dumps(found))


class Checks:
    """The hub, ngshare and the people on them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        ports = [socket.create_server(("127.0.0.1", 0)) for _ in range(4)]
        numbers = [port.getsockname()[1] for port in ports]
        for port in ports:
            port.close()
        hub, ngshare, lms = numbers[0], numbers[2], numbers[3]
        self.hub, self.ngshare = f"http://127.0.0.1:{hub}", f"http://127.0.0.1:{ngshare}"
        self.tokens = {name: hashlib.sha256(os.urandom(32)).hexdigest() for name in ("checks", "ngshare")}
        self.env = {
            **os.environ,
            "CHECK_HUB": str(hub), "CHECK_NGSHARE": str(ngshare), "CHECK_LMS": str(lms),
            "CHECK_TOKEN": self.tokens["checks"], "CHECK_NGSHARE_TOKEN": self.tokens["ngshare"],
        }  # fmt: skip
        self.system = System(lms, "10000000000001")
        self.running: list[subprocess.Popen[bytes]] = []

    def start(self, name: str, *words: str, **env: str) -> None:
        """A program beside the checks, with its log in the folder."""
        with (self.folder / f"{name}.log").open("wb") as log:
            self.running.append(
                subprocess.Popen(words, env={**self.env, **env}, cwd=self.folder, stdout=log, stderr=subprocess.STDOUT)
            )

    def serve(self) -> None:
        """Start ngshare as its image does, and the hub."""
        self.start(
            "ngshare", os.environ["CHECK_NGSHARE_PYTHON"], str(HERE / "images/ngshare/serve.py"),
            JUPYTERHUB_SERVICE_NAME="ngshare", JUPYTERHUB_CLIENT_ID="service-ngshare",
            JUPYTERHUB_SERVICE_PREFIX="/services/ngshare/", JUPYTERHUB_SERVICE_URL=self.ngshare,
            JUPYTERHUB_API_URL=f"{self.hub}/hub/api", JUPYTERHUB_API_TOKEN=self.tokens["ngshare"],
            NGSHARE_DATABASE=f"sqlite:///{self.folder}/ngshare.db", NGSHARE_FILES=f"{self.folder}/ngshare-files/",
        )  # fmt: skip
        self.start("hub", sys.executable, "-m", "jupyterhub", "--config", str(HERE / "checks/hub_config.py"))
        until(lambda: requests.get(f"{self.ngshare}/healthz", timeout=5).ok, "ngshare's start")
        until(lambda: requests.get(f"{self.hub}/hub/api/", timeout=5).ok, "the hub's start")

    def api(self, method: str, path: str, **more: Any) -> requests.Response:
        """A request to the hub, as the checks' own service."""
        headers = {"Authorization": f"token {self.tokens['checks']}"}
        return requests.request(method, f"{self.hub}/hub/api{path}", headers=headers, timeout=240, **more)

    def sign_in(self) -> None:
        """By LTI: the right people get in, under the right names, and a forged launch does not."""
        for person in (ANA, LENA, OMAR):
            name = name_of(self.system.launch(self.hub, person), self.hub)
            check(name == person, f"LTI: a launch of {person} is signed in under that name", name)
        forged = self.system.launch(self.hub, ANA, key=stranger())
        check(
            forged.answer.status_code >= 400 and name_of(forged, self.hub) is None,
            "LTI: a launch that somebody else signed is refused", forged.answer.status_code,
        )  # fmt: skip
        other = self.system.launch(self.hub, ANA, audience="another-tool")
        check(
            name_of(other, self.hub) is None,
            "LTI: a launch meant for another tool is refused",
            other.answer.status_code,
        )
        odd = self.system.launch(self.hub, "../../etc@example.org")
        check(name_of(odd, self.hub) is None, "LTI: a name that is no roster's id is refused", odd.answer.status_code)

    def person(self, name: str) -> Person:
        """Start somebody's server, by what the pod would run."""
        self.api("POST", f"/users/{name}/server")
        until(
            lambda: self.api("GET", f"/users/{name}").json()["servers"].get("", {}).get("ready"),
            f"{name}'s server",
            240,
        )
        python = os.environ["CHECK_INSTRUCTOR" if name == ANA else "CHECK_LEARNER"]
        return Person(name, self.folder, python)

    def page(self, person: Person, method: str, path: str, **data: str) -> requests.Response:
        """A request to somebody's JupyterLab, as the page that they have open makes it."""
        url = person.env["JUPYTERHUB_SERVICE_URL"].rstrip("/") + path
        return requests.request(
            method,
            url,
            headers={"Authorization": f"token {person.token}"},
            data=data,
            timeout=60,
            allow_redirects=False,
        )

    def end(self) -> None:
        """Stop what was started, servers first."""
        for name in (ANA, LENA, OMAR):
            if self.running:
                self.api("DELETE", f"/users/{name}/server")
        for process in self.running:
            process.terminate()
        for process in self.running:
            process.wait(30)


def servers(checks: Checks, ana: Person, lena: Person) -> None:
    """What each finds on their server."""
    laid, shipped = files(lena.exercise), files(HERE.parents[1] / "exercises" / SLUG)
    check(laid == shipped, "a learner finds the course laid in their home", set(laid) ^ set(shipped))
    course = next(Path(lena.python).parents[1].rglob("leadgym/_content"))
    check(not (course / "grader").exists(), "a learner's image has no keys", course)
    told = [path.name for path in (course / "solutions").rglob("*.ipynb") if "BEGIN SOLUTION" in path.read_text()]
    check(not told, "a learner's image has no solutions", told)
    check(
        (next(Path(ana.python).parents[1].rglob("leadgym/_content")) / "grader" / "keys").is_dir(),
        "an instructor's has both",
    )
    none = checks.page(lena, "GET", "/formgrader")
    check(none.status_code == 404, "a learner's server has no formgrader", none.status_code)
    formgrader = checks.page(ana, "GET", "/formgrader/manage_assignments")
    check(formgrader.status_code == 200, "an instructor's server has it", formgrader.status_code)
    code = "from leadgym.notebook import submit; print(6 * 7)"
    said = printed(lena.env["JUPYTERHUB_SERVICE_URL"].rstrip("/"), lena.token, code)
    check(said == "42\n", "a cell runs in a learner's notebook, and has the course's tools", said)
    marked = lena.run("leadgym", "mark", "02")
    check(
        marked.returncode == 1 and "Traceback" not in marked.stderr,
        "a learner who marks alone is told why not",
        marked.stderr,
    )
    print(f"     {marked.stderr.strip()[:300]}")


def out_and_in(checks: Checks, ana: Person, lena: Person, omar: Person) -> None:
    """The roster, release, fetch, hand in, collect."""
    root = ana.home / "grader"
    (root / "cohort.yaml").write_text(COHORT)
    (root / "roster.csv").write_text(f"id,first_name,last_name,email\n{LENA},Lena,L,\n{OMAR},Omar,O,\n")
    said = ana.run("leadgym.cohort.ngshare", at=root)
    check("has 2 of the roster's 2 learners" in said.stdout and said.returncode == 0, "the roster is in ngshare", said)
    early = omar.run("nbgrader", "fetch_assignment", SLUG, "--Exchange.assignment_dir=early")
    check(early.returncode != 0, "fetching what is not released fails", early.stderr[-300:])
    released = ana.run("nbgrader", "release_assignment", SLUG, at=root)
    check(released.returncode == 0, "an instructor releases", released.stderr[-400:])
    omar.run("nbgrader", "fetch_assignment", SLUG, f"--Exchange.assignment_dir={omar.home}/fetched")
    fetched, shipped = files(omar.home / "fetched" / SLUG), files(HERE.parents[1] / "exercises" / SLUG)
    check(fetched == shipped, "a learner fetches it, file by file the same", set(fetched) ^ set(shipped))
    lena.answer("I am Lena, and this is mine.")
    omar.answer("I am Omar, and this is mine.")
    listed = checks.page(lena, "GET", f"/assignments?course_id={COURSE}").json()
    shown = [(one["assignment_id"], one["status"]) for one in listed.get("value", [])]
    check(shown == [(SLUG, "fetched")], "a learner's assignment list shows it ready to be handed in", listed)
    pressed = checks.page(lena, "POST", "/assignments/submit", course_id=COURSE, assignment_id=SLUG)
    check(pressed.ok and pressed.json().get("success") is True, "a learner hands in by the button", pressed.text)
    handed = omar.run("nbgrader", "submit", SLUG)
    check(handed.returncode == 0, "another hands in by the command", handed.stderr[-400:])
    # As from a marking machine outside: with a token that can do nothing but speak to ngshare.
    collected = ana.run("nbgrader", "collect", SLUG, at=root, JUPYTERHUB_API_TOKEN=marking_token(checks))
    for person in (lena, omar):
        there, theirs = files(root / "submitted" / person.name / SLUG), files(person.exercise)
        check(there == theirs, f"{person.name}'s files are collected as they were handed in", collected.stderr[-400:])


def marking_token(checks: Checks) -> str:
    """What an instructor asks for on the hub's token page."""
    made = checks.api("POST", f"/users/{ANA}/tokens", json={"scopes": ["access:services!service=ngshare"]})
    return made.json()["token"]


def marked_and_back(ana: Person, lena: Person, omar: Person) -> None:
    """Mark in the jail, give back, and look at what each learner gets."""
    root = ana.home / "grader"
    graded = ana.run("leadgym", "grade", SLUG, "--root", str(root), "--json")
    lines = [json.loads(line) for line in graded.stdout.splitlines() if line.startswith("{")]
    who = {one["learner"]: one["status"] for one in lines}
    if not check(
        who == {LENA: "marked", OMAR: "marked"}, "both are marked, in the jail", graded.stdout + graded.stderr
    ):
        return
    back = ana.run("nbgrader", "release_feedback", SLUG, at=root)
    check(back.returncode == 0, "feedback is given back", back.stderr[-400:])
    for person, other in ((lena, "Omar"), (omar, "Lena")):
        person.run("nbgrader", "fetch_feedback", SLUG)
        pages = [path.read_bytes() for path in (person.exercise / "feedback").rglob("*.html")]
        made = (root / "feedback" / person.name / SLUG / NOTEBOOK.replace(".ipynb", ".html")).read_bytes()
        check(pages == [made], f"{person.name} has their page, byte for byte, and no other", len(pages))
        check(b"I am " + other.encode() not in b"".join(pages), f"nothing of {other} is in it")


def again(ana: Person, lena: Person) -> None:
    """A second version is handed in and collected; feedback that came back is not handed in with it."""
    root = ana.home / "grader"
    lena.answer("A second thought.")
    lena.run("nbgrader", "submit", SLUG)
    ana.run("nbgrader", "collect", SLUG, "--update", at=root)
    there = files(root / "submitted" / LENA / SLUG)
    theirs = {name: digest for name, digest in files(lena.exercise).items() if not name.startswith("feedback/")}
    check(there == theirs, "a second version is collected, without the feedback on the first", set(there) ^ set(theirs))


def refused(checks: Checks, ana: Person, lena: Person, omar: Person) -> None:
    """What Omar must not be able to do, each tried with his own token and judged by what comes back."""
    stamp = ana.asks("GET", f"/submissions/{COURSE}/{SLUG}/{LENA}").json()["submissions"][0]["timestamp"]
    page = {"timestamp": stamp, "files": json.dumps([{"path": "x.html", "content": ""}])}
    nobody = {"first_name": "", "last_name": "", "email": ""}
    tried: list[tuple[str, str, str, Any, dict[str, str]]] = [
        ("read a neighbour's submission", "GET", f"/submission/{COURSE}/{SLUG}/{LENA}", None, {}),
        ("read an old version of it", "GET", f"/submission/{COURSE}/{SLUG}/{LENA}", None, {"timestamp": stamp}),
        ("see when a neighbour handed in", "GET", f"/submissions/{COURSE}/{SLUG}/{LENA}", None, {}),
        ("list everybody's submissions", "GET", f"/submissions/{COURSE}/{SLUG}", None, {}),
        ("read a neighbour's feedback", "GET", f"/feedback/{COURSE}/{SLUG}/{LENA}", None, {"timestamp": stamp}),
        ("write a neighbour's feedback", "POST", f"/feedback/{COURSE}/{SLUG}/{LENA}", page, {}),
        ("see the roster", "GET", f"/students/{COURSE}", None, {}),
        ("put somebody on it", "POST", f"/student/{COURSE}/eve", nobody, {}),
        ("become an instructor", "POST", f"/instructor/{COURSE}/{OMAR}", nobody, {}),
        ("make a course", "POST", "/course/own", {"instructors": json.dumps([OMAR])}, {}),
        ("release an assignment", "POST", f"/assignment/{COURSE}/own", {"files": "[]"}, {}),
        ("take an assignment away", "DELETE", f"/assignment/{COURSE}/{SLUG}", None, {}),
        ("read the database", "GET", "/initialize-Data6ase", None, {"action": "dump"}),
    ]  # fmt: skip
    for what, method, path, data, params in tried:
        answer = omar.asks(method, path, data, params=params)
        good = answer.status_code in (400, 403) and not answer.json().get("success") and "content" not in answer.text
        check(good, f"a learner cannot {what}", f"{answer.status_code} {answer.text}")
    kept = ana.asks("GET", f"/assignments/{COURSE}").json().get("assignments")
    check(kept == [SLUG], "and nothing of it was done", kept)
    bare = requests.get(f"{ana.env['NGSHARE_URL']}/courses", timeout=30)
    check(bare.status_code == 403, "without a token there is nothing", bare.status_code)
    # What an instructor's browser leaves on a learner's server when it opens it: a token that says who they are.
    known = checks.api("POST", f"/users/{ANA}/tokens", json={"scopes": ["read:users:name!user"]}).json()["token"]
    answer = omar.asks("GET", f"/submissions/{COURSE}/{SLUG}", token=known)
    check(answer.status_code == 403, "an instructor's token that is not for ngshare does not open it", answer.text)
    hub = requests.get(
        f"{checks.hub}/hub/api/users/{LENA}", headers={"Authorization": f"token {omar.token}"}, timeout=30
    )
    check(hub.status_code in (403, 404), "a learner's token does not show the hub's other users", hub.status_code)
    door = checks.page(lena, "GET", "/api/contents")
    check(door.status_code == 200, "a learner's own token opens their server", door.status_code)
    url = lena.env["JUPYTERHUB_SERVICE_URL"].rstrip("/") + "/api/contents"
    other = requests.get(url, headers={"Authorization": f"token {omar.token}"}, timeout=30, allow_redirects=False)
    check(other.status_code in (302, 403), "a neighbour's does not", other.status_code)
    before = len(omar.asks("GET", f"/submissions/{COURSE}/{SLUG}/{OMAR}").json()["submissions"])
    with contextlib.suppress(requests.ConnectionError):  # it hangs up, which is an answer too
        omar.asks("POST", f"/submission/{COURSE}/{SLUG}", {"files": "[]" + " " * (33 << 20)})
    after = len(omar.asks("GET", f"/submissions/{COURSE}/{SLUG}/{OMAR}").json()["submissions"])
    check(before == after, "an upload over the limit is not kept", after)


def traps(ana: Person, lena: Person, omar: Person) -> None:
    """What went wrong with these engines before, and must not go wrong silently."""
    root = ana.home / "grader"
    forced = ana.run("nbgrader", "release_assignment", SLUG, "--force", at=root)
    left = ana.asks("GET", f"/submissions/{COURSE}/{SLUG}").json()["submissions"]
    check(
        forced.returncode != 0 and len(left) >= 3,
        "release --force, which would delete every submission, is refused",
        left,
    )
    taken = ana.run("nbgrader", "list", "--remove", SLUG, at=root)
    left = ana.asks("GET", f"/submissions/{COURSE}/{SLUG}").json()["submissions"]
    check(
        taken.returncode != 0 and len(left) >= 3,
        "taking an assignment back, which would too, is refused",
        taken.stderr[-300:],
    )
    odd = [{"path": path, "content": base64.b64encode(b"x").decode()} for path in ("a", "a/b", "submitted/c", NOTEBOOK)]
    check(
        omar.asks("POST", f"/submission/{COURSE}/{SLUG}", {"files": json.dumps(odd)}).ok, "an odd submission is taken"
    )
    climbing = [{"path": "../../gradebook.db", "content": ""}]
    answer = omar.asks("POST", f"/submission/{COURSE}/{SLUG}", {"files": json.dumps(climbing)})
    check(not answer.ok, "a path that climbs out is refused", answer.text)
    shutil.rmtree(root / "submitted")
    ana.run("nbgrader", "collect", SLUG, at=root)
    theirs = files(root / "submitted" / OMAR / SLUG)
    check({"a", "submitted/c", NOTEBOOK} == set(theirs), "what can be written of it is collected", theirs)
    check((root / "submitted" / LENA / SLUG / NOTEBOOK).is_file(), "and everybody after it")
    outside = omar.run("nbgrader", "submit", SLUG, NGSHARE_URL="http://127.0.0.1:9/services/ngshare")
    check(outside.returncode != 0, "handing in where nobody answers is an error, not a message", outside.stderr[-300:])


def main() -> int:
    """All of it."""
    checks = Checks(Path(os.environ["CHECK_FOLDER"]))
    try:
        checks.serve()
        checks.sign_in()
        ana, lena, omar = (checks.person(name) for name in (ANA, LENA, OMAR))
        servers(checks, ana, lena)
        out_and_in(checks, ana, lena, omar)
        marked_and_back(ana, lena, omar)
        again(ana, lena)
        refused(checks, ana, lena, omar)
        traps(ana, lena, omar)
    finally:
        checks.end()
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
