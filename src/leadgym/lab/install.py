"""Set up ``.venv`` in a clone: ``python3 src/leadgym/lab/install.py``, on Windows ``py src\\leadgym\\lab\\install.py``.

Needs nothing but the standard library, and runs far enough on Python 3.6 and newer to say that it is too old. What it
installed from is kept in a stamp in ``.venv``: run again, it does nothing until one of those files has changed.
"""

import hashlib
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

if sys.version_info[:2] < (3, 11):  # noqa: UP036 - this is what an older Python is meant to reach
    again = "py -3.12 " + sys.argv[0] if os.name == "nt" else "make lab PYTHON=python3.12"
    sys.exit(
        f"leadgym needs Python 3.11 or newer; {sys.executable} is {sys.version.split()[0]}. "
        f"Install a newer one and name it, as in: {again}"
    )

ROOT = Path(__file__).resolve().parents[3]
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STAMP = VENV / "leadgym-installed"
UV = "uv==0.13.9"


def main() -> int:
    """Bring ``.venv`` to what constraints.txt says; return the exit code."""
    wanted = _wanted()
    old = STAMP.read_text(encoding="utf-8") if STAMP.is_file() else ""
    if old == wanted and PYTHON.exists():
        print(".venv is up to date.", flush=True)
        return 0
    if find_spec("venv") is None or find_spec("ensurepip") is None:
        return _fail(
            "This Python cannot make virtual environments: its venv and ensurepip are missing. "
            "On Debian and Ubuntu install them with: sudo apt-get install python3-venv"
        )
    # The programs in .venv carry its path: a clone that was moved needs a new one.
    moved = bool(old) and old.splitlines()[0] != wanted.splitlines()[0]
    STAMP.unlink(missing_ok=True)
    if moved or not _healthy():
        print("Making .venv ...", flush=True)
        if _run(sys.executable, "-m", "venv", "--clear", str(VENV)):
            return _fail(f"{VENV} could not be made. Delete it if it is there, and see that {ROOT} can be written.")
    print("Installing the pinned packages into .venv: once, and again when they change ...", flush=True)
    if not _install():
        return _fail(
            "The packages could not be installed; the lines above say why. Mostly it is the network: a proxy that is "
            "not set, or a certificate that is not trusted. What was fetched is kept."
        )
    STAMP.write_text(wanted, encoding="utf-8")
    print(".venv is ready.", flush=True)
    return 0


def _wanted() -> str:
    """The stamp of an environment that is up to date: where it lies, and a digest per file it is made from."""
    files = (ROOT / "constraints.txt", ROOT / "pyproject.toml", Path(__file__).resolve())
    digests = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}" for path in files]
    return "\n".join([str(ROOT), *digests]) + "\n"


def _healthy() -> bool:
    """Whether ``.venv`` has a Python that runs, is new enough, and has pip (an interrupted one may lack it)."""
    return PYTHON.exists() and _run(str(PYTHON), "-c", "import sys, pip; sys.exit(sys.version_info < (3, 11))") == 0


def _install() -> bool:
    pip = (str(PYTHON), "-m", "pip", "--disable-pip-version-check", "--quiet", "install")
    # On a terminal uv draws its progress. The system's certificates are those a company's proxy is known by.
    uv = (str(PYTHON), "-m", "uv", "pip", "--system-certs", *(() if sys.stderr.isatty() else ("--quiet",)))
    if _run(*pip, UV):
        return False
    target = ("--python", str(PYTHON))
    if _run(*uv, "sync", *target, "--compile-bytecode", "constraints.txt") == 0:
        return _run(*uv, "install", *target, "--no-deps", "--editable", ".") == 0
    print("uv could not; pip, which reads its own settings for indexes and certificates, tries now ...", flush=True)
    return _run(*pip, "--no-deps", "-r", "constraints.txt") == 0 == _run(*pip, "--no-deps", "--editable", ".")


def _run(*command: str) -> int:
    return subprocess.run(command, cwd=str(ROOT)).returncode


def _fail(sentence: str) -> int:
    print(f"{sentence} Then run the same command again.", file=sys.stderr)
    return 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("Stopped. Run the same command again to go on.")
