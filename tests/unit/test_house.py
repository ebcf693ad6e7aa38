"""The house: what is pinned, what a package carries, and that each way of installing ends in the same versions."""

from __future__ import annotations

import ast
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from ruamel.yaml import YAML
from thorough import ALL

ROOT = Path(__file__).parents[2]
INSTALL = ROOT / "src" / "leadgym" / "lab" / "install.py"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PINS = [Requirement(line) for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()]


def _here(pins: list[Requirement]) -> dict[str, str]:
    """Name to version of the pins that count for this Python on this system."""
    return {
        canonicalize_name(pin.name): next(iter(pin.specifier)).version
        for pin in pins
        if pin.marker is None or pin.marker.evaluate()
    }


def _conda() -> list[str]:
    """The pip list of environment.yml."""
    data = YAML(typ="safe").load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    return next(item["pip"] for item in data["dependencies"] if isinstance(item, dict))


def test_every_dependency_is_pinned_to_a_version_that_pyproject_allows() -> None:
    extras = PROJECT["project"]["optional-dependencies"]
    assert set(extras) >= {"lab", "dev"}
    pins = _here(PINS)
    for text in [*PROJECT["project"]["dependencies"], *(text for extra in extras.values() for text in extra)]:
        wanted = Requirement(text)
        if wanted.name == PROJECT["project"]["name"]:
            assert wanted.extras <= set(extras)  # an extra that takes in others of ours
            continue
        assert wanted.specifier.contains(pins[canonicalize_name(wanted.name)]), text


def test_constraints_are_exact_versions_and_nothing_else() -> None:
    for pin in PINS:
        assert [part.operator for part in pin.specifier] == ["=="], pin
        assert pin.url is None
    assert "rfc3987-syntax" not in _here(PINS), "left out by an override in pyproject.toml"


@pytest.mark.parametrize("name", ["constraints.txt", "environment.yml", "pyproject.toml", "Makefile", ".ci/run"])
def test_no_address_of_a_package_index_is_committed(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert not re.search(r"index-url|find-links|trusted-host|pypi\.org|file://|/simple\b", text)


def test_the_licences_are_whole() -> None:
    assert PROJECT["project"]["license-files"] == ["LICENSE", "LICENSE-CONTENT"]
    code = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert code.startswith("MIT License")
    assert "WITHOUT WARRANTY OF ANY KIND" in code
    content = (ROOT / "LICENSE-CONTENT").read_text(encoding="utf-8")
    assert re.findall(r"^Section (\d) --", content, re.M) == list("12345678")
    assert "Creative Commons Attribution 4.0 International Public License" in content
    assert "https://creativecommons.org/licenses/by/4.0/" in content


def test_make_alone_says_what_there_is_and_each_target_is_a_line_or_two() -> None:
    said = subprocess.run(["make", "-C", str(ROOT)], capture_output=True, text=True, check=True).stdout
    rules = re.findall(r"^(\w+):(?! *=).*\n((?:\t.*\n)*)", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)
    recipes = {name: recipe.count("\n") for name, recipe in rules if name != "help"}
    assert set(recipes) == {"lab", "test", "venv", "constraints"}
    for name, lines in recipes.items():
        assert f"make {name} " in said
        assert lines <= 2, name


def test_ci_can_start() -> None:
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
    subprocess.run(["bash", "-n", str(ROOT / ".ci" / "run")], check=True)


class TestInstall:
    """``install.py`` on machines that lack something; the whole of it is test_fresh_clone's."""

    @pytest.fixture
    def clone(self, tmp_path: Path) -> Path:
        for path in (INSTALL, ROOT / "constraints.txt", ROOT / "pyproject.toml"):
            copy = tmp_path / "clone" / path.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, copy)
        return tmp_path / "clone"

    def _run(self, clone: Path, lacking: str) -> subprocess.CompletedProcess[str]:
        script = clone / INSTALL.relative_to(ROOT)
        run = f"sys.argv = ['install.py']; runpy.run_path({str(script)!r}, run_name='__main__')"
        code = f"import runpy, sys; {lacking}; {run}"
        return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)

    def test_an_old_python_can_read_it_to_the_sentence_that_it_is_too_old(self, clone: Path) -> None:
        source = INSTALL.read_text(encoding="utf-8")
        ast.parse(source, feature_version=(3, 6))
        assert source.index("sys.exit(") < source.index("def "), "an old Python has to stop before anything else"
        done = self._run(clone, "sys.version_info = (3, 9, 18, 'final', 0); sys.version = '3.9.18 (main)'")
        assert done.returncode == 1
        assert re.fullmatch(
            r"leadgym needs Python 3\.11 or newer; \S+ is 3\.9\.18\. Install a newer one and name it, .*\n", done.stderr
        )
        assert not (clone / ".venv").exists()

    def test_a_python_without_venv_says_what_to_install(self, clone: Path) -> None:
        done = self._run(clone, "sys.modules['ensurepip'] = None")
        assert done.returncode == 1
        assert "apt-get install python3-venv" in done.stderr
        assert "Traceback" not in done.stderr

    def test_only_a_finished_installation_counts_as_done_and_only_until_something_changes(
        self, clone: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        spec = importlib.util.spec_from_file_location("install", clone / INSTALL.relative_to(ROOT))
        assert spec is not None
        assert spec.loader is not None
        install = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(install)
        ran: list[str] = []
        fails = {"sync", "-r"}  # uv's way and pip's

        def run(*command: str) -> int:
            ran.append(" ".join(command[1:]))
            install.PYTHON.parent.mkdir(parents=True, exist_ok=True)
            install.PYTHON.touch()
            return int(any(word in command for word in fails))

        monkeypatch.setattr(install, "_run", run)
        assert install.main() == 1
        assert "could not be installed" in capsys.readouterr().err
        fails.clear()
        assert install.main() == 0, "what failed is tried again"
        ran.clear()
        assert install.main() == 0
        assert ran == []
        assert capsys.readouterr().out.endswith(".venv is up to date.\n")
        for name in ("constraints.txt", "pyproject.toml"):
            (clone / name).write_text((clone / name).read_text(encoding="utf-8") + "\n", encoding="utf-8")
            assert install.main() == 0
            assert any("sync" in command for command in ran), name
            assert not any("-m venv" in command for command in ran), "what is there is kept"
            ran.clear()
        # The programs in an environment carry its path.
        install.STAMP.write_text("/somewhere/else\n", encoding="utf-8")
        assert install.main() == 0
        assert ran[0].startswith("-m venv --clear")


def test_environment_yml_is_the_pinned_install_with_the_overridden_two_pinned_too() -> None:
    lines = _conda()
    assert lines[:2] == ["-c constraints.txt", "-e .[lab,dev]"]
    extra = [Requirement(line) for line in lines[2:]]
    assert {pin.name for pin in extra} == {"rfc3987-syntax", "lark"}
    assert all([part.operator for part in pin.specifier] == ["=="] for pin in extra)
    data = YAML(typ="safe").load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    python = next(item for item in data["dependencies"] if str(item).startswith("python="))
    assert Requirement(f"python{PROJECT['project']['requires-python']}").specifier.contains(python.split("=")[1])


@pytest.mark.skipif(not ALL, reason="asks an index about every package, minutes: make test-all")
def test_what_conda_would_have_pip_install_is_exactly_the_pinned_versions(bare: dict[str, str], tmp_path: Path) -> None:
    venv.create(tmp_path / "env", with_pip=True)
    python = tmp_path / "env" / "bin" / "python"
    # As conda does: its pip list as a requirements file beside environment.yml, read from there.
    listed = tmp_path / "pip.txt"
    listed.write_text("\n".join(_conda()).replace("-c ", f"-c {ROOT}/"), encoding="utf-8")
    report = tmp_path / "report.json"
    dry = [python, "-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed", "--report", report]
    subprocess.run([*dry, "-U", "-r", listed], cwd=ROOT, env=bare, check=True)
    chosen = [one["metadata"] for one in json.loads(report.read_text(encoding="utf-8"))["install"]]
    found = _here([Requirement(f"{one['name']}=={one['version']}") for one in chosen])
    found.pop("leadgym")
    wanted = _here(PINS) | _here([Requirement(line) for line in _conda()[2:]])
    assert found | {"setuptools": wanted["setuptools"]} == wanted


@pytest.mark.usefixtures("in_ci")
def test_an_installed_wheel_carries_the_course_finds_it_and_says_what_lab_lacks(
    bare: dict[str, str], tmp_path: Path
) -> None:
    uv = [sys.executable, "-m", "uv", "--system-certs", "--quiet"]
    subprocess.run([*uv, "build", "--wheel", "--out-dir", tmp_path, ROOT], env=bare, check=True)
    (wheel,) = tmp_path.glob("leadgym-*.whl")
    carried = set(zipfile.ZipFile(wheel).namelist())
    for folder in ("course", "exercises", "solutions", "grader/keys"):
        for path in (ROOT / folder).rglob("*"):
            kept = not any(part.startswith((".", "__")) for part in path.relative_to(ROOT).parts)
            if path.is_file() and kept and ".choices.json" not in path.name:
                assert f"leadgym/_content/{path.relative_to(ROOT).as_posix()}" in carried

    venv.create(tmp_path / "env", with_pip=False)
    python = tmp_path / "env" / "bin" / "python"
    command = [*uv, "pip", "install", "--python", python, "-c", ROOT / "constraints.txt", wheel]
    subprocess.run(command, env=bare, check=True)
    finds = "from leadgym.course.modules import content_root, slugs; print(content_root(), *slugs())"
    found = subprocess.run(
        [python, "-c", finds], cwd=tmp_path, env=bare, check=True, capture_output=True, text=True
    ).stdout
    assert found.startswith(str(tmp_path / "env"))
    assert "02_delegation" in found

    lab = subprocess.run([python.with_name("leadgym"), "lab"], cwd=tmp_path, env=bare, capture_output=True, text=True)
    assert lab.returncode == 1
    assert 'JupyterLab is not installed in this Python. Run: "' in lab.stderr
    assert 'pip install "leadgym[lab]"' in lab.stderr
    assert (Path(bare["HOME"]) / "leadgym" / "course" / "02_delegation" / "lesson.ipynb").is_file()


@pytest.mark.parametrize("marked", ["import pytest\npytestmark = pytest.mark.xdist_group('one')\n", ""])
def test_what_is_grouped_and_what_is_in_one_file_runs_in_one_process(tmp_path: Path, marked: str) -> None:
    """pytest-xdist's groups hung on a private name of pytest's, and it reads them before a late hook sets them; without
    them two labs fight for a port, and marking that is shared is done twice.
    """
    hook = f"run_path({str(ROOT / 'tests' / 'conftest.py')!r})['pytest_collection_modifyitems']"
    (tmp_path / "conftest.py").write_text(
        f"import sys\nsys.path.insert(0, {str(ROOT / 'tests')!r})\nfrom runpy import run_path\n"
        f"pytest_collection_modifyitems = {hook}\n",
        encoding="utf-8",
    )
    (tmp_path / "test_it.py").write_text(
        f"import os, pytest\n{marked}@pytest.mark.parametrize('n', range(8))\n"
        f"def test_n(n):\n    open({str(tmp_path / 'who')!r}, 'a').write(os.environ['PYTEST_XDIST_WORKER'] + '\\n')\n",
        encoding="utf-8",
    )
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "--dist", "loadgroup", "-p", "no:cacheprovider"]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    subprocess.run([*command, tmp_path], cwd=tmp_path, env=kept, check=True, capture_output=True)
    assert len(set((tmp_path / "who").read_text(encoding="utf-8").splitlines())) == 1
