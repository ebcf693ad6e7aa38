"""Check these files without a cluster: python deploy/kubernetes/check.py

1. The values and manifests fit the chart's schema and templates and the schemas of Kubernetes (Helm's own library).
2. The environments of the images are installed by the recipes' own lines; the learner's has no keys and no solutions.
3. A hub, ngshare and three people's servers run on this machine, and a cohort's round goes through them.

Needs Linux, Python 3.11 or newer, the package index, and the chart, which it fetches; a folder or archive of it can be
given with --chart. Takes three to six minutes, more on a busy machine. Nothing outside the work folder is touched, and
no address but this machine's is served. Exits with 1 when a check fails. Without bubblewrap the marking in the round is
a failed check.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
IMAGE = HERE / "images" / "singleuser"
TOOLS = ("helm-python-sdk==0.2.2", "kubernetes-validate==1.35.0", "jsonschema>=4.23", "PyYAML")
# What chart 4.4.0 has in its hub's image.
HUB = (
    "jupyterhub==5.5.0", "jupyterhub-ltiauthenticator==1.6.3", "oauthenticator==17.4.0",
    "jupyterhub-kubespawner==7.0.0", "cryptography", "PyYAML",
)  # fmt: skip


class Places:
    """The environments in the work folder, made where they are missing."""

    def __init__(self, work: Path) -> None:
        self.work = work
        work.mkdir(parents=True, exist_ok=True)
        self._make("uv", "-m", "pip", "install", "--quiet", "uv==0.13.9", pip=True)

    def _make(self, name: str, *install: str, pip: bool = False) -> Path:
        folder = self.work / name
        done = folder / "installed"
        if not done.is_file():
            print(f"     installing {name} ...", flush=True)
            venv.create(folder, clear=True, with_pip=pip, symlinks=True)
            subprocess.run([str(folder / "bin" / "python") if pip else str(self.uv), *install], check=True)
            done.touch()
        return folder / "bin" / "python"

    @property
    def uv(self) -> Path:
        """The program that installs."""
        return self.work / "uv" / "bin" / "uv"

    def python(self, name: str, *packages: str) -> Path:
        """The Python of an environment with ``packages``."""
        target = str(self.work / name / "bin" / "python")
        return self._make(name, "pip", "install", "--quiet", "--python", target, *packages)

    def image(self, name: str) -> Path:
        """The Python of an environment as the single-user image's recipe makes it."""
        made = not (self.work / name / "installed").is_file()
        python = self.python(
            name, "--compile-bytecode", "--constraints", str(ROOT / "constraints.txt"), "--overrides",
            str(IMAGE / "overrides.txt"), "--requirements", str(IMAGE / "requirements.txt"), f"{ROOT}[lab,semantic]",
        )  # fmt: skip
        folder, tool = python.parents[1], python.with_name("jupyter")
        (folder / "etc" / "jupyter").mkdir(parents=True, exist_ok=True)
        for file in ("jupyter_server_config.py", "nbgrader_config.py"):
            (folder / "etc" / "jupyter" / file).write_text((IMAGE / file).read_text())
        if made and name == "learner":
            subprocess.run([python, IMAGE / "strip.py", folder], check=True)
            for part in ("formgrader", "course_list", "validate_assignment"):
                extension = f"nbgrader.server_extensions.{part}"
                words = [tool, "server", "extension", "disable", "--sys-prefix", extension]
                subprocess.run(words, check=True, capture_output=True)
        return python


def main() -> int:
    """All of it, or the parts asked for."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--chart", help="the chart's folder or archive, where it cannot be fetched")
    asked.add_argument("--only", choices=("chart", "round"), help="one part of it")
    asked.add_argument("--work", type=Path, help="a folder to work in, and to keep for the next time")
    given = asked.parse_args()
    if sys.platform != "linux":
        asked.error("this needs Linux.")
    with tempfile.TemporaryDirectory() as scratch:
        places = Places(given.work.absolute() if given.work else Path(scratch))
        codes = []
        if given.only != "round":
            tools = places.python("tools", *TOOLS)
            chart = [str(Path(given.chart).absolute())] if given.chart else []
            codes.append(subprocess.run([tools, HERE / "checks" / "chart.py", *chart], check=False).returncode)
        if given.only != "chart":
            codes.append(cohort(places))
    print("Everything checked is as it should be." if not any(codes) else "Something is not: see FAIL above.")
    return int(any(codes))


def cohort(places: Places) -> int:
    """The round through hub and ngshare, in a folder of its own."""
    with tempfile.TemporaryDirectory(dir=places.work) as folder:
        environment = {
            **os.environ,
            "CHECK_FOLDER": folder,
            "CHECK_NGSHARE_PYTHON": str(
                places.python("ngshare", "--requirements", str(HERE / "images" / "ngshare" / "requirements.txt"))
            ),
            "CHECK_LEARNER": str(places.image("learner")),
            "CHECK_INSTRUCTOR": str(places.image("instructor")),
        }
        hub = places.python("hub", *HUB)
        settings = subprocess.run([hub, HERE / "checks" / "settings.py"], env=environment, check=False).returncode
        passed = subprocess.run([hub, HERE / "checks" / "round.py"], env=environment, check=False).returncode
        if passed:
            for log in sorted(Path(folder).glob("*.log")):
                print(f"--- the end of {log.name}", *log.read_text(errors="replace").splitlines()[-40:], sep="\n")
    return settings or passed


if __name__ == "__main__":
    sys.exit(main())
