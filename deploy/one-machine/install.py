"""The two environments of a hub: one with everything, one for learners without keys and solutions. Standard library.

A stamp says what each was made from. What was there comes back when a new one cannot be made.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import layout

PRIVATE = ("leadgym/_content/solutions/", "leadgym/_content/grader/")
"""What of the package learners do not get."""
PROXY = "configurable-http-proxy@5.3.0"
UV = "uv==0.13.9"


class InstallProblem(Exception):
    """What could not be installed, and what to do."""


def install(state: Path, staff_group: int) -> None:
    """Bring both environments and the proxy to what the clone says. Raises InstallProblem."""
    python = interpreter()
    wanted = stamp(python)
    node = state / "node"
    if not (node / "node_modules" / ".bin" / "configurable-http-proxy").exists():
        print(f"Installing the proxy, {PROXY} ...", flush=True)
        layout.folder(node, 0o755)
        _run("npm", "install", "--prefix", str(node), "--no-audit", "--no-fund", "--silent", PROXY)
    sides = [side for side in ("staff", "learners") if _stamped(state / side) != wanted]
    if not sides:
        return
    print("Installing JupyterHub, JupyterLab and the course: once, and again when they change ...", flush=True)
    with tempfile.TemporaryDirectory(prefix="leadgym-hub-") as scratch:
        uv = _uv(Path(scratch))
        # Without these every kernel starts several times as slowly; a wheel does not carry them.
        told = tomllib.loads((layout.CLONE / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["uv"]
        overrides = Path(scratch) / "overrides.txt"
        overrides.write_text("\n".join(told["override-dependencies"]), encoding="utf-8")
        _run(*uv, "build", "--wheel", "--out-dir", scratch, str(layout.CLONE))
        (wheel,) = Path(scratch).glob("leadgym-*.whl")
        for side in sides:
            carried = wheel if side == "staff" else without_private(wheel, Path(scratch) / "learners")
            packages = ["--overrides", str(overrides), f"leadgym[lab,hub] @ {carried.as_uri()}"]
            group = staff_group if side == "staff" else None
            _environment([*uv, "pip", "install"], packages, python, state / side, wanted, group)


def interpreter() -> str:
    """A Python that learners can run too: one in root's own home is shut to them. Raises InstallProblem."""
    fits = "import sys, venv; sys.exit(sys.version_info[:2] < (3, 11))"
    for found in dict.fromkeys((os.path.realpath(sys.executable), "/usr/bin/python3", "/usr/local/bin/python3")):
        with suppress(OSError):
            nobody: dict[str, Any] = {"user": 65534, "group": 65534, "extra_groups": []}
            if subprocess.run([found, "-c", fits], capture_output=True, cwd="/", **nobody).returncode == 0:
                return found
    raise InstallProblem(
        f"{sys.executable} cannot be run by learners, and there is no other Python from 3.11 on with venv. "
        "apt-get install python3-venv, or begin the command with the path of a Python that everybody may run."
    )


def stamp(python: str) -> str:
    """A digest of all that an environment is made from: the Python, the pins, the package, the course."""
    total = hashlib.sha256(subprocess.run([python, "-VV"], capture_output=True, check=True).stdout + python.encode())
    for name in ("constraints.txt", "pyproject.toml", "src", "course", "exercises", "solutions", "grader/keys"):
        top = layout.CLONE / name
        for path in sorted(top.rglob("*") if top.is_dir() else [top]):
            if path.is_file() and "__pycache__" not in path.parts:
                total.update(path.relative_to(layout.CLONE).as_posix().encode() + b"\0" + path.read_bytes())
    return total.hexdigest()


def without_private(wheel: Path, folder: Path) -> Path:
    """A copy of ``wheel`` in ``folder`` without PRIVATE, its record put right."""
    folder.mkdir(exist_ok=True)
    target = folder / wheel.name
    with zipfile.ZipFile(wheel) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made:
        kept = [item for item in source.infolist() if not item.filename.startswith(PRIVATE)]
        if len(kept) == len(source.infolist()):
            raise InstallProblem(
                f"{wheel} has none of {', '.join(PRIVATE)}: what learners may not have lies elsewhere."
            )
        for item in kept:
            content = source.read(item)
            if item.filename.endswith(".dist-info/RECORD"):
                lines = content.decode("utf-8").splitlines(keepends=True)
                content = "".join(line for line in lines if not line.startswith(PRIVATE)).encode("utf-8")
            made.writestr(item, content)
    return target


def secrets_in(folder: Path) -> list[Path]:
    """Files in ``folder`` that are a key or a solution, by name or by content, wherever they lie."""
    private = {}
    for top in (layout.CLONE / "solutions", layout.CLONE / "grader"):
        for path in top.rglob("*"):
            if path.is_file() and path.suffix in (".ipynb", ".yaml", ".py") and path.name != "rubric.yaml":
                private[hashlib.sha256(path.read_bytes()).hexdigest()] = path
    public = {
        hashlib.sha256(path.read_bytes()).hexdigest()
        for top in (layout.CLONE / "exercises", layout.CLONE / "course")
        for path in top.rglob("*")
        if path.is_file()
    }
    found = []
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            inside = path.relative_to(folder).as_posix()
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            if any(part in inside for part in PRIVATE) or (digest in private and digest not in public):
                found.append(path)
    return found


def _environment(
    install: list[str], packages: list[str], base: str, target: Path, wanted: str, group: int | None
) -> None:
    """A virtual environment that only root writes to; with ``group``, only that group enters it."""
    old = target.with_name(f"{target.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    # Its programs carry its path, so it is made where it stays; the old one steps aside and comes back if this fails.
    if target.exists():
        target.rename(old)
    try:
        layout.folder(target, 0o700)
        _run(base, "-m", "venv", "--clear", "--without-pip", str(target))
        target.chmod(0o700)
        python = str(target / "bin" / "python")
        pins = str(layout.CLONE / "constraints.txt")
        _run(*install, "--python", python, "--compile-bytecode", "-c", pins, *packages)
        if group is None and (found := secrets_in(target)):
            raise InstallProblem(f"{found[0]} is not for learners. Nothing was opened to them.")
        (target / "leadgym-installed").write_text(wanted, encoding="ascii")
        _readable(target)
        if group is not None:
            os.chown(target, 0, group)
        target.chmod(0o755 if group is None else 0o750)
    except BaseException:
        shutil.rmtree(target, ignore_errors=True)
        if old.exists():
            old.rename(target)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _readable(folder: Path) -> None:
    """All of it to be read by whoever may enter ``folder``, whatever root's umask is."""
    for here, folders, files in os.walk(folder):
        for name in folders:
            path = Path(here) / name
            if not path.is_symlink():
                path.chmod(0o755)
        for name in files:
            path = Path(here) / name
            if not path.is_symlink():
                path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)


def _stamped(target: Path) -> str:
    path = target / "leadgym-installed"
    return path.read_text(encoding="ascii") if path.is_file() else ""


def _uv(scratch: Path) -> list[str]:
    """uv, which needs a tenth of pip's time: the clone's own, or one fetched for the moment."""
    own = layout.CLONE / ".venv" / "bin" / "uv"
    if not own.exists():
        _run(sys.executable, "-m", "venv", str(scratch / "uv"))
        _run(str(scratch / "uv" / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check", UV)
        own = scratch / "uv" / "bin" / "uv"
    return [str(own), "--system-certs", "--quiet"]


def _run(*command: str) -> None:
    done = subprocess.run(command, stdin=subprocess.DEVNULL)
    if done.returncode:
        raise InstallProblem(
            f"'{' '.join(command[:4])} ...' did not end well; the lines above say why. Mostly it is the network: a "
            "proxy that is not set, or a certificate that is not trusted. Run the same command again."
        )
