"""nbgrader's exchange through ngshare: what is not there is never said to be.

ngshare_exchange is not installed here. The classes below stand for its own and do what 0.5.3 does with a failed
request, which is to log it and go on. deploy/kubernetes/check.py runs the real ones.
"""

from __future__ import annotations

import base64
import importlib
import json
import logging
import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from nbgrader.exchange import ExchangeError

PARTS = {
    "collect": "ExchangeCollect", "exchange": "Exchange", "fetch_assignment": "ExchangeFetchAssignment",
    "fetch_feedback": "ExchangeFetchFeedback", "list": "ExchangeList", "submit": "ExchangeSubmit",
    "release_assignment": "ExchangeReleaseAssignment", "release_feedback": "ExchangeReleaseFeedback",
}  # fmt: skip
STAMP = "2027-01-18 08:00:00.000000"


class Engine:
    """What ngshare_exchange's classes have in common; ``server`` is what ngshare answers, by method and path."""

    username = "lena"
    log = logging.getLogger("ngshare")
    force = cached = inbound = update = False

    def __init__(self, server: dict[tuple[str, str], Any], folder: Any = None) -> None:
        self.server, self.asked = server, []
        self.src_path, self.dest_path, self.timestamp = str(folder), "/assignment/c/ps1", STAMP
        self.coursedir = SimpleNamespace(course_id="c", assignment_id="ps1", ignore=[".ipynb_checkpoints", "feedback"])

    def fail(self, message: str) -> None:
        raise ExchangeError(message)

    def ngshare_api_request(self, method: str, url: str, data: Any = None, params: Any = None) -> Any:
        self.asked.append((method, url))
        return self.server.get((method, url))

    def ngshare_api_get(self, url: str, params: Any = None) -> Any:
        return self.ngshare_api_request("GET", url, params=params)

    def copy_files(self) -> None:
        self.ngshare_api_request("POST", "/it")

    def assignment_exists(self) -> bool:
        return False

    def remove_files(self) -> str:
        return "removed"


@pytest.fixture
def ngshare(monkeypatch):
    monkeypatch.setitem(sys.modules, "ngshare_exchange", ModuleType("ngshare_exchange"))
    for part, name in PARTS.items():
        module = ModuleType(f"ngshare_exchange.{part}")
        setattr(module, name, type(name, (Engine,), {}))
        monkeypatch.setitem(sys.modules, f"ngshare_exchange.{part}", module)
    sys.modules.pop("leadgym.cohort.ngshare", None)
    yield importlib.import_module("leadgym.cohort.ngshare")
    sys.modules.pop("leadgym.cohort.ngshare", None)


def sent(*names: str) -> list[dict[str, str]]:
    return [{"path": name, "content": base64.b64encode(name.encode()).decode()} for name in names]


def test_a_request_that_failed_ends_the_command(ngshare):
    with pytest.raises(ExchangeError, match="Nothing was done"):
        ngshare.Submit({}).copy_files()


def test_handing_in_is_believed_when_the_server_lists_it(ngshare):
    took = {("POST", "/it"): {"success": True}}
    listed = ("GET", "/submissions/c/ps1/lena")
    with pytest.raises(ExchangeError, match="does not list it"):
        ngshare.Submit({**took, listed: {"submissions": []}}).copy_files()
    ngshare.Submit({**took, listed: {"submissions": [{"timestamp": STAMP}]}}).copy_files()


def test_a_release_is_believed_when_the_server_has_every_file(ngshare, tmp_path):
    """ngshare on SQLAlchemy 2 says that it took it, and has nothing."""
    (tmp_path / "ps1.ipynb").write_bytes(b"x")
    took, there = {("POST", "/it"): {"success": True}}, ("GET", "/assignment/c/ps1")
    with pytest.raises(ExchangeError, match="does not have it"):
        ngshare.ReleaseAssignment({**took, there: {"files": []}}, tmp_path).copy_files()
    whole = {"files": [{"path": "ps1.ipynb", "checksum": "9dd4e461268c8034f5c8564e155c67a6"}]}
    ngshare.ReleaseAssignment({**took, there: whole}, tmp_path).copy_files()


def test_force_is_refused_since_it_deletes_submissions(ngshare):
    release = ngshare.ReleaseAssignment({})
    assert release.assignment_exists() is False
    release.force = True
    with pytest.raises(ExchangeError, match="everybody's submissions"):
        release.assignment_exists()


def test_what_was_handed_in_is_not_taken_back(ngshare):
    taken = ngshare.List({("GET", "/submissions/c/ps1"): {"submissions": [{"student_id": "lena"}]}})
    taken.assignments = [{"course_id": "c", "assignment_id": "ps1"}]
    with pytest.raises(ExchangeError, match="handed in"):
        taken.remove_files()
    taken.server = {("GET", "/submissions/c/ps1"): {"submissions": []}}
    assert taken.remove_files() == "removed"


def test_checkpoints_and_feedback_are_not_handed_in(ngshare, tmp_path):
    for name in ("a.ipynb", "data/b.csv", ".ipynb_checkpoints/a.ipynb", "feedback/2027/a.html"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    submit = ngshare.Submit({})
    given = json.loads(submit.encode_dir(str(tmp_path), ignore=lambda *_: False)["files"])
    assert [file["path"] for file in given] == ["a.ipynb", "data/b.csv"]
    assert len(json.loads(submit.encode_dir(str(tmp_path))["files"])) == 4


def test_files_are_written_whatever_folder_the_command_runs_in(ngshare, tmp_path, monkeypatch):
    """ngshare_exchange makes no folder when one of that name is in the working folder."""
    (tmp_path / "here" / "data").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "here")
    ngshare.FetchAssignment({}).decode_dir(sent("data/b.csv"), str(tmp_path / "ps1"))
    assert (tmp_path / "ps1" / "data" / "b.csv").read_text() == "data/b.csv"


@pytest.mark.parametrize("name", ["../out", "/tmp/out", "a/../../out", "", "x" * 300, "nul\0"])  # noqa: S108 - a name
def test_a_file_that_cannot_be_written_costs_that_file_alone(ngshare, tmp_path, name, caplog):
    ngshare.Collect({}).decode_dir(sent(name, "good"), str(tmp_path / "in"))
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["good"]
    assert "is left out" in caplog.text


def test_a_file_in_the_place_of_the_time_does_not_stop_collecting(ngshare, tmp_path):
    ngshare.Collect({}).decode_dir(sent("timestamp.txt/x", "timestamp.txt"), str(tmp_path))
    assert (tmp_path / "timestamp.txt").read_text() == "timestamp.txt"


def test_collecting_names_who_is_missing_after_the_others_are_there(ngshare, tmp_path):
    collect = ngshare.Collect({})
    collect.src_records = [{"student_id": name, "timestamp": 2} for name in ("lena", "omar")]
    collect.coursedir.submitted_directory = "submitted"
    collect.coursedir.format_path = lambda _, student, __: student
    collect.coursedir.get_existing_timestamp = {"lena": 2, "omar": None}.get
    with pytest.raises(ExchangeError, match=r"^Not collected: omar\."):
        collect.copy_files()


def test_all_steps_go_through_ngshare_at_the_address_that_is_set(ngshare, monkeypatch):
    from traitlets.config import Config

    config = Config()
    with pytest.raises(KeyError):
        ngshare.use_ngshare(config)
    monkeypatch.setenv("NGSHARE_URL", "http://ngshare:8080/services/ngshare/")
    ngshare.use_ngshare(config)
    assert config.Exchange["_ngshare_url"] == "http://ngshare:8080/services/ngshare"
    assert config.ExchangeFactory.submit is ngshare.Submit
    assert set(config.ExchangeFactory) == {*PARTS}


def test_the_roster_goes_in_lower_case_and_is_asked_back(ngshare, tmp_path, monkeypatch):
    (tmp_path / "cohort.yaml").write_text(
        "cohort: spring27\ntitle: A cohort\nmodules:\n"
        "  - {module: 00_baseline, release: 2027-01-11 09:00, due: 2027-01-18 09:00}\n"
    )
    (tmp_path / "roster.csv").write_text("id,first_name\nLena,Lena\nomar,Omar\n")
    monkeypatch.setenv("JUPYTERHUB_USER", "ana")
    asked: dict[str, Any] = {}

    def ask(method: str, path: str, data: Any = None) -> Any:
        asked[f"{method} {path}"] = data
        answers = {
            "GET /courses": {"courses": []},
            "GET /students/spring27": {"students": [{"username": "lena"}, {"username": "eve"}]},
        }
        return answers.get(f"{method} {path}", {"status": [{"username": "omar", "success": False, "message": "No"}]})

    monkeypatch.setattr(ngshare, "_ask", ask)
    said = ngshare.enrol(tmp_path)
    assert said == [
        "spring27 in ngshare has 1 of the roster's 2 learners.",
        "omar: No.",
        "Not on the roster any more, and still in: eve.",
    ]
    assert asked["POST /course/spring27"] == {"instructors": '["ana"]'}
    assert [one["username"] for one in json.loads(asked["POST /students/spring27"]["students"])] == ["lena", "omar"]
