"""The files for Kubernetes agree with each other. deploy/kubernetes/check.py holds them against the chart, and runs."""

from __future__ import annotations

import re
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from thorough import ALL

ROOT = Path(__file__).resolve().parents[2]
HERE = ROOT / "deploy" / "kubernetes"
IMAGES = HERE / "images"


def read(name: str) -> list[dict[str, Any]]:
    return list(YAML(typ="safe").load_all((HERE / name).read_text(encoding="utf-8")))


def one(name: str, kind: str) -> dict[str, Any]:
    return next(found for found in read(name) if found["kind"] == kind)


VALUES = read("values.yaml")[0]
NGSHARE = one("ngshare/ngshare.yaml", "Deployment")["spec"]["template"]
MARKING = one("marking/job.yaml", "Job")["spec"]["template"]["spec"]


def test_nobody_gets_in_until_a_sign_in_is_chosen():
    assert VALUES["hub"]["config"]["JupyterHub"]["authenticator_class"] == "null"
    for path in (HERE / "sign-in").glob("*.yaml"):
        assert read(f"sign-in/{path.name}")[0]["hub"]["config"]["JupyterHub"]["authenticator_class"] != "dummy"


def test_no_file_holds_a_secret():
    """A secret is a reference to a Secret, or is made by the chart."""
    for path in HERE.rglob("*.yaml"):
        for line in path.read_text(encoding="utf-8").splitlines():
            told = re.match(
                r"[^#]*\b(api_?token|client_?secret|secret_?token|password|cookie_?secret)\b\s*:\s*(\S+)", line, re.I
            )
            assert told is None or told[2].startswith(("{", "&")), f"{path}: {line}"


def test_a_learners_pod_reaches_the_hub_and_ngshare_only():
    policy = VALUES["singleuser"]["networkPolicy"]
    assert policy["enabled"]
    assert not any(policy["egressAllowRules"][name] for name in ("cloudMetadataServer", "nonPrivateIPs", "privateIPs"))
    labels = policy["egress"][0]["to"][0]["podSelector"]["matchLabels"]
    assert labels.items() <= NGSHARE["metadata"]["labels"].items()


def test_each_person_has_a_volume_of_their_own():
    """One shared volume and one user id for all pods would let learners read each other."""
    assert VALUES["singleuser"]["storage"]["type"] == "dynamic"
    assert "extraVolumes" not in VALUES["singleuser"]["storage"]


def test_only_the_group_of_instructors_gets_the_image_with_keys():
    learner = VALUES["singleuser"]["image"]["name"]
    given = VALUES["hub"]["config"]["KubeSpawner"]["group_overrides"]["instructors"]
    assert given["groups"] == ["leadgym-instructors"]
    assert list(VALUES["hub"]["config"]["JupyterHub"]["load_groups"]) == given["groups"]
    assert learner not in given["spawner_override"]["image"]
    assert "profileList" not in VALUES["singleuser"]
    assert 'INSTRUCTORS = os.environ.get("NGSHARE_INSTRUCTORS", "leadgym-instructors")' in serve()


def test_ngshare_is_where_the_hub_and_the_servers_look_for_it():
    service = one("ngshare/ngshare.yaml", "Service")
    address = f"http://{service['metadata']['name']}:{service['spec']['ports'][0]['port']}"
    prefix = next(env["value"] for env in NGSHARE["spec"]["containers"][0]["env"] if env["name"].endswith("PREFIX"))
    assert VALUES["hub"]["services"]["ngshare"]["url"] == address
    assert VALUES["singleuser"]["extraEnv"]["NGSHARE_URL"] + "/" == address + prefix
    assert (
        next(e["value"] for e in MARKING["containers"][0]["env"] if e["name"] == "NGSHARE_URL") + "/"
        == address + prefix
    )


def test_a_servers_token_speaks_to_ngshare_and_a_bare_one_does_not():
    """The scope that servers get is the one that serve.py asks for."""
    roles = VALUES["hub"]["loadRoles"]
    assert all("access:services!service=ngshare" in roles[name]["scopes"] for name in ("user", "server"))
    assert "inherit" not in roles["server"]["scopes"]
    assert '"access:services!service="' in serve()


def serve() -> str:
    return (IMAGES / "ngshare" / "serve.py").read_text(encoding="utf-8")


def test_ngshare_keeps_the_database_layer_with_which_it_stores_things():
    pins = (IMAGES / "ngshare" / "requirements.txt").read_text(encoding="utf-8")
    assert "\nSQLAlchemy==1.4." in pins
    assert "\nngshare==0.6.0\n" in pins


def test_both_images_speak_the_release_of_the_charts_hub():
    pins = {
        re.search(r"^jupyterhub==(\S+)", (IMAGES / name / "requirements.txt").read_text(), re.M)[1]
        for name in ("ngshare", "singleuser")
    }
    release = re.search(r"JupyterHub (\d\S+\d)\)", (HERE / "values.yaml").read_text(encoding="utf-8"))[1]
    assert pins == {release}
    assert f"jupyterhub=={release}" in (HERE / "check.py").read_text(encoding="utf-8")


def test_the_learners_image_is_made_of_what_was_stripped():
    stages = (IMAGES / "singleuser" / "Dockerfile").read_text(encoding="utf-8").split("\nFROM ")
    learner = next(stage for stage in stages if stage.startswith("system AS learner"))
    stripped = next(stage for stage in stages if stage.startswith("installed AS stripped"))
    assert re.findall(r"--from=(\w+)", learner) == ["stripped"]
    assert "strip.py" in stripped


def installed(folder: Path) -> Path:
    """An environment with a course of one module in it."""
    content = folder / "lib" / "leadgym" / "_content"
    for name, text in {
        "grader/keys/00_first.yaml": "secret: 1", "solutions/00_first/first.ipynb": "### BEGIN SOLUTION",
        "solutions/00_first/rubric.yaml": "answers: {}", "exercises/00_first/first.ipynb": "# Your answer goes here.",
        "exercises/00_first/rubric.yaml": "answers: {}", "course/00_first/lesson.ipynb": "a lesson",
    }.items():  # fmt: skip
        (content / name).parent.mkdir(parents=True, exist_ok=True)
        (content / name).write_text(text, encoding="utf-8")
    return content


def test_stripping_leaves_the_rubric_and_no_key_and_no_solution(tmp_path):
    strip = runpy.run_path(str(IMAGES / "singleuser" / "strip.py"))["strip"]
    content = installed(tmp_path)
    assert strip(tmp_path) == []
    assert not (content / "grader").exists()
    assert (content / "solutions/00_first/first.ipynb").read_text() == "# Your answer goes here."
    assert (content / "solutions/00_first/rubric.yaml").is_file()


@pytest.mark.parametrize("place", ["exercises/00_first/first.ipynb", "course/00_first/lesson.ipynb"])
def test_stripping_says_when_a_solution_is_left(tmp_path, place):
    strip = runpy.run_path(str(IMAGES / "singleuser" / "strip.py"))["strip"]
    content = installed(tmp_path)
    (content / place).write_text("### BEGIN HIDDEN TESTS", encoding="utf-8")
    assert strip(tmp_path)
    assert strip(tmp_path / "empty") == [f"{tmp_path / 'empty'} has 0 copies of the course; it has to have one."]


def test_a_marking_job_marks_in_the_jail_or_not_at_all():
    """It loosens what the jail needs for itself, in a user namespace of its own, and never says --trust-submissions."""
    security = MARKING["containers"][0]["securityContext"]
    assert not any("trust" in part for part in MARKING["containers"][0]["args"])
    assert MARKING["hostUsers"] is False
    assert security["procMount"] == "Unmasked"
    assert security["capabilities"] == {"drop": ["ALL"]}
    assert not security["allowPrivilegeEscalation"]
    assert not MARKING["automountServiceAccountToken"]


@pytest.mark.skipif(not ALL, reason="minutes, and the package index: make test-all")
@pytest.mark.skipif(sys.platform != "linux", reason="the images are Linux's")
def test_a_cohorts_round_through_a_real_hub_and_a_real_ngshare():
    done = subprocess.run(
        [sys.executable, HERE / "check.py", "--only", "round"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-4000:]
