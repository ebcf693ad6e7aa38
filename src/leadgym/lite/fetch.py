"""What the site is made of and leadgym does not ship: Pyodide from npm, wheels from the Python package index.

Both come by the registries' own clients, with whatever mirror, proxy and certificates those are set to. What comes is
checked against the content it had when this was written.
"""

from __future__ import annotations

import base64
import hashlib
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

from leadgym.lite.problem import LiteProblem

# The one that jupyterlite-pyodide-kernel 0.8.6 is written for, in the [lite] extra.
PYODIDE = "314.0.6"
PYODIDE_SHA512 = "BKDTJyIqFxC4BExLqeRS3f5xvXZIjOt8C3zGLN/Cc7tFxSwvKVhVkchQQ2AGLOtR4YrVOIFxbV8poyDOOmWwxQ=="
RUNTIME = ("pyodide.asm.mjs", "pyodide.asm.wasm", "pyodide.mjs", "python_stdlib.zip", "pyodide-lock.json")
# Pyodide's Python and the name of its platform in wheels.
_PLATFORM = ("--platform", "pyemscripten_2026_0_wasm32", "--implementation", "cp", "--python-version", "3.14")
_ABIS = ("--abi", "cp314", "--abi", "none")
_WHEELS = Path(__file__).with_name("wheels.txt")
_SECONDS = 600


def fetch_pyodide(folder: Path) -> None:
    """The five files that Pyodide runs from, in ``folder``. Raises LiteProblem."""
    npm = shutil.which("npm")
    if npm is None:
        raise LiteProblem(
            "The site needs Pyodide, which npm fetches, and there is no npm on your PATH. Install Node.js, which "
            "brings it (Debian: apt-get install npm), and run this again."
        )
    _run([npm, "pack", f"pyodide@{PYODIDE}", "--silent"], folder, f"npm could not fetch pyodide {PYODIDE}")
    archive = folder / f"pyodide-{PYODIDE}.tgz"
    if not archive.is_file():
        raise LiteProblem(f"npm said that it fetched pyodide {PYODIDE}, but {archive.name} is not there. Try again.")
    if base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode() != PYODIDE_SHA512:
        raise LiteProblem(
            f"What npm fetched as pyodide {PYODIDE} is not what was published under that number, so it is not used. "
            "Look which registry npm asks: npm config get registry"
        )
    with tarfile.open(archive) as packed:
        for name in RUNTIME:
            member = packed.extractfile(f"package/{name}")
            if member is None:
                raise LiteProblem(f"pyodide {PYODIDE} has no {name}.")
            (folder / name).write_bytes(member.read())
    archive.unlink()


def fetch_wheels(folder: Path) -> None:
    """The wheels of ``wheels.txt``, for Pyodide's Python and not for this one, in ``folder``. Raises LiteProblem."""
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "download", "--no-deps"]
    pip += ["--only-binary", ":all:", "--require-hashes", *_PLATFORM, *_ABIS, "-r", str(_WHEELS), "-d", "."]
    _run(pip, folder, "pip could not fetch the packages that run in the browser")


def _run(command: list[str], folder: Path, what: str) -> None:
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, errors="replace", timeout=_SECONDS, check=False
        )
    except subprocess.TimeoutExpired as late:
        raise LiteProblem(f"{what} within {_SECONDS // 60} minutes. Check your network, and run this again.") from late
    if done.returncode:
        said = [line for line in (done.stderr + done.stdout).splitlines() if line.strip()]
        raise LiteProblem("\n".join([f"{what}. It said:", *said[-6:], "Check your network, and run this again."]))
