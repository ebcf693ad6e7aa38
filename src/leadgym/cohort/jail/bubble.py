"""The jail's command line, and whether there can be a jail here at all.

Started by root, the trees to show are bound first where everybody can reach them, in a mount namespace of its own; then
setpriv gives up root for good, and bubblewrap runs as nobody: what root alone may read stays unread, even where it is
shown by mistake. All of it in one process, replaced step by step, so that it still dies with the one that started it.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import IO

from leadgym.cohort.jail.limits import Limits
from leadgym.cohort.jail.mounts import FILES, HOME, USER, WRITABLE, NotShowable, View, view

NOBODY = 65534
TOOLS = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"
"""Where bubblewrap and setpriv are looked for."""
_TIMEOUT = 20
# bubblewrap dies with the *thread* that started it (prctl PR_SET_PDEATHSIG): this one lasts as long as the process.
_STARTER = ThreadPoolExecutor(max_workers=1, thread_name_prefix="jail")


def _own_starter() -> None:
    """A forked process has no threads but the one that forked."""
    global _STARTER
    _STARTER = ThreadPoolExecutor(max_workers=1, thread_name_prefix="jail")


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_own_starter)


@dataclass(frozen=True)
class JailStatus:
    """Whether code can be run in the jail on this machine, and if not, why and what to do: one sentence."""

    available: bool
    sentence: str


@dataclass
class Command:
    """A command in the jail: ``argv`` with its environment, and the open files it has to inherit."""

    argv: list[str]
    environment: dict[str, str]
    files: list[IO[bytes]] = field(default_factory=list)
    inherit: tuple[int, ...] = ()

    def start(self, errors: IO[bytes] | int = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
        """Start it. It ends when this process does, however this process ends.

        ``errors`` becomes its stderr; no file, since code inside could write to it.
        """
        keep = (*self.inherit, *(file.fileno() for file in self.files))
        process = _STARTER.submit(
            subprocess.Popen[bytes],
            self.argv,
            env=self.environment,
            cwd="/",
            pass_fds=keep,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
        ).result()
        for file in self.files:
            file.close()
        return process


def jailed(
    inside: Sequence[str],
    seen: View,
    limits: Limits,
    *,
    nest: bool,
    inherit: Sequence[int] = (),
    info: int | None = None,
    environment: Mapping[str, str] | None = None,
    files: Mapping[str, str] | None = None,
) -> Command:
    """``inside`` as a jailed command. ``nest``: whether it may make namespaces of its own (a warm parent has to).

    It inherits the file descriptors ``inherit``; on ``info`` bubblewrap tells the jail's first process. ``environment``
    and ``files`` (path and text) are added to those that are always there.
    """
    laid = {path: _file(text) for path, text in {**FILES, **(files or {})}.items()}
    arguments = ["bwrap", "--unshare-all", "--die-with-parent", "--new-session", "--clearenv", "--hostname", "jail"]
    arguments += ["--uid", str(USER), "--gid", str(USER)]
    if not nest and "--disable-userns" in _bubblewrap_options():
        arguments += ["--unshare-user", "--disable-userns"]
    if info is not None:
        arguments += ["--info-fd", str(info)]
    arguments += ["--dev", "/dev", "--proc", "/proc"]
    for path, share in WRITABLE.items():
        arguments += ["--perms", "0700", "--size", str(limits.disk // share), "--tmpfs", path]
    arguments += seen.arguments(staged=os.geteuid() == 0)
    for path, file in laid.items():
        arguments += ["--perms", "0444", "--file", str(file.fileno()), path]
    arguments += ["--remount-ro", "/dev", "--remount-ro", "/"]
    for name, value in {**seen.environment(), **(environment or {})}.items():
        arguments += ["--setenv", name, value]
    arguments += ["--chdir", HOME, "--", *inside]
    keep = (*inherit, *((info,) if info is not None else ()))
    return Command([*_without_root(seen), *arguments], {"PATH": TOOLS}, list(laid.values()), keep)


# In its own mount namespace: bind each argument up to -- in the folder $1, then become the rest of them as nobody.
_AS_NOBODY = f"""
stage=$1 number=0
shift
mount -t tmpfs -o mode=0755,size=1m stage "$stage"
while [ "$1" != -- ]; do
    mkdir "$stage/$number"
    mount --rbind "$1" "$stage/$number"
    number=$((number + 1))
    shift
done
shift
exec setpriv --reuid={NOBODY} --regid={NOBODY} --clear-groups --inh-caps=-all --bounding-set=-all --no-new-privs "$@"
"""


def _without_root(seen: View) -> list[str]:
    """What has to stand before the jail's command so that it does not run as root. Empty for an ordinary user."""
    if os.geteuid() != 0:
        return []
    own_mounts = ["unshare", "--mount", "--propagation", "private"]
    return [*own_mounts, "sh", "-ec", _AS_NOBODY, "sh", seen.stage(), *seen.trees, "--"]


def _file(text: str) -> IO[bytes]:
    file = tempfile.TemporaryFile()  # noqa: SIM115 - closed when the command has started
    file.write(text.encode())
    file.seek(0)
    return file


@lru_cache(maxsize=1)
def _bubblewrap_options() -> str:
    return subprocess.run(["bwrap", "--help"], env={"PATH": TOOLS}, capture_output=True, text=True, check=False).stdout


@lru_cache(maxsize=1)
def jail_status() -> JailStatus:
    """Whether there can be a jail here: tries it, once in a process, with ``true`` and with this Python."""
    missing = _missing_tool()
    if missing:
        return JailStatus(False, missing)
    try:
        seen = view()
        _without_root(seen)
    except NotShowable as problem:
        return JailStatus(False, str(problem))
    except PermissionError as error:  # already this process may not read all of its own Python
        return JailStatus(False, _no_python(f"{error.filename}: {error.strerror}"))
    for inside, why in (
        (["true"], _no_namespaces),
        ([sys.executable, "-c", "import leadgym, IPython"], _no_python),
    ):
        try:
            tried = jailed(inside, seen, Limits(), nest=False).start(errors=subprocess.PIPE)
            errors = tried.communicate(timeout=_TIMEOUT)[1].decode(errors="replace")
        except (OSError, subprocess.TimeoutExpired) as error:
            return JailStatus(False, why(str(error)))
        if tried.returncode:
            return JailStatus(False, why(last_line(errors) or f"exit code {tried.returncode}"))
    return JailStatus(True, "Submissions run in a bubblewrap jail.")


def said(process: subprocess.Popen[bytes]) -> str:
    """The last line of what a process that is over wrote to its stderr, a pipe: what lies inside is not waited for."""
    assert process.stderr is not None  # noqa: S101 - started with subprocess.PIPE
    os.set_blocking(process.stderr.fileno(), False)
    return last_line((process.stderr.read() or b"").decode(errors="replace"))


def last_line(text: str) -> str:
    """The last line that says what went wrong; hints and empty lines are passed over."""
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith(" " * 4)]
    return lines[-1] if lines else ""


def _missing_tool() -> str:
    if not sys.platform.startswith("linux"):
        return (
            f"There is no jail on {platform.system()}: shutting submissions in needs Linux with bubblewrap. "
            "Mark a cohort's work on a Linux machine (on Windows, WSL 2 is one)."
        )
    if shutil.which("bwrap", path=TOOLS) is None:
        return (
            "bubblewrap is not installed, and submissions are shut in with it. "
            "Install it: sudo apt-get install bubblewrap (Fedora: sudo dnf install bubblewrap)."
        )
    if "--size" not in _bubblewrap_options():
        return "This bubblewrap is too old to cap what a submission writes. Install version 0.6 or newer."
    if os.geteuid() == 0 and shutil.which("setpriv", path=TOOLS) is None:
        return "setpriv is not installed, and root must not run submissions as root. Install util-linux."
    return ""


def _no_namespaces(said: str) -> str:
    settings = {
        "/proc/sys/kernel/unprivileged_userns_clone": ("0", "sudo sysctl kernel.unprivileged_userns_clone=1"),
        "/proc/sys/user/max_user_namespaces": ("0", "sudo sysctl user.max_user_namespaces=10000"),
        "/proc/sys/kernel/apparmor_restrict_unprivileged_userns": (
            "1",
            "sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0, or give bwrap an AppArmor profile of its own",
        ),
    }
    for path, (closed, remedy) in settings.items():
        try:
            if Path(path).read_text("ascii").strip() == closed:
                return (
                    f"This system forbids the namespaces a jail is made of ({Path(path).name}). To allow them: {remedy}"
                )
        except OSError:
            continue
    return (
        f"bubblewrap cannot make a jail here: {said}. Containers usually forbid it; mark on the machine itself, "
        "or start the container with a seccomp profile that allows user namespaces."
    )


def _no_python(said: str) -> str:
    who = "the user 'nobody', as whom root runs submissions," if os.geteuid() == 0 else "the jail"
    return (
        f"The Python environment {sys.prefix} cannot be used by {who} ({said}). "
        f"Let everyone read it: chmod -R a+rX {sys.prefix} {sys.base_prefix}"
    )
