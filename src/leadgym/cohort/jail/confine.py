"""Closing the doors from inside, before any of the learner's code runs: namespaces, mounts, privileges, system calls.

Python has no names for these calls before 3.12, so they are made through the C library. Linux only.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import platform
import resource
import socket
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from leadgym.cohort.jail.limits import Limits
from leadgym.cohort.jail.mounts import WRITABLE

_libc = ctypes.CDLL(None, use_errno=True)

_CLONE_NEW = {
    "mount": 0x00020000,
    "cgroup": 0x02000000,
    "uts": 0x04000000,
    "ipc": 0x08000000,
    "user": 0x10000000,
    "pid": 0x20000000,
    "net": 0x40000000,
}
_ALL_NEW = sum(_CLONE_NEW.values())
_NOSUID_NODEV_NOEXEC = 0x2 | 0x4 | 0x8
_BIND_ALL = 0x1000 | 0x4000
_PR_CAPBSET_DROP, _PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS = 24, 22, 38
_CAPABILITIES_V3 = 0x20080522
_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 1
_KEYCTL_JOIN_SESSION_KEYRING = 1


@dataclass(frozen=True)
class _Numbers:
    """The numbers of system calls on one kind of machine. ``shut``: calls no notebook needs and that reach past the
    limits: memory nobody counts, new namespaces, keys, kernel interfaces with a history of holes.
    """

    arch: int
    clone: int
    clone3: int
    socket: int
    keyctl: int
    shut: tuple[int, ...]


_NEWER = (425, 426, 427, 428, 429, 430, 431, 432, 433, 442, 447)  # io_uring_* open_tree *mount* fs* memfd_secret
_NUMBERS = {
    # shmget semget msgget mq_open add_key request_key keyctl pivot_root mount umount2 unshare setns
    # name_to_handle_at open_by_handle_at perf_event_open memfd_create bpf userfaultfd
    "x86_64": _Numbers(
        0xC000003E, 56, 435, 41, 250,
        (29, 64, 68, 240, 248, 249, 250, 155, 165, 166, 272, 308, 303, 304, 298, 319, 321, 323, *_NEWER),
    ),
    "aarch64": _Numbers(
        0xC00000B7, 220, 435, 198, 219,
        (194, 190, 186, 180, 217, 218, 219, 41, 40, 39, 97, 268, 264, 265, 241, 279, 280, 282, *_NEWER),
    ),
}  # fmt: skip
_FAMILIES = (socket.AF_UNIX, socket.AF_INET, socket.AF_INET6, 16)  # 16: netlink, which lists interfaces


def _call(result: int, what: str) -> None:
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{what}: {os.strerror(error)}")


def mount(kind: str, target: str, options: str = "", flags: int = 0x2 | 0x4) -> None:
    """Mount a new file system. Raises OSError."""
    _call(
        _libc.mount(kind.encode(), target.encode(), kind.encode(), flags, options.encode() or None), f"mount {target}"
    )


def new_namespaces() -> None:
    """Leave every namespace for a new one; this process keeps its user and, for its children, gains a pid 1.

    Raises OSError where the system forbids it.
    """
    user, group = os.getuid(), os.getgid()
    _call(_libc.unshare(_ALL_NEW), "unshare")
    Path("/proc/self/setgroups").write_text("deny", "ascii")
    Path("/proc/self/uid_map").write_text(f"{user} {user} 1", "ascii")
    Path("/proc/self/gid_map").write_text(f"{group} {group} 1", "ascii")


def own_disk(limits: Limits, trees: Sequence[str]) -> None:
    """Empty, size-capped folders over everything that can be written to; ``trees`` that lie there are shown again."""
    kept = {tree: os.open(tree, os.O_PATH) for tree in trees if any(Path(tree).is_relative_to(top) for top in WRITABLE)}
    for target, share in WRITABLE.items():
        mount("tmpfs", target, f"size={limits.disk // share},nr_inodes=20000,mode=0700")
    for tree, number in kept.items():
        Path(tree).mkdir(parents=True, exist_ok=True)
        _call(_libc.mount(f"/proc/self/fd/{number}".encode(), tree.encode(), None, _BIND_ALL, None), f"bind {tree}")
        os.close(number)


def own_proc() -> None:
    """A /proc that shows this pid namespace alone, and a loopback interface that is up."""
    mount("proc", "/proc", flags=_NOSUID_NODEV_NOEXEC)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = struct.pack("16sH14s", b"lo", 0, b"")
        flags = struct.unpack("16sH14s", fcntl.ioctl(any_socket, _SIOCGIFFLAGS, request))[1]
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sH14s", b"lo", flags | _IFF_UP, b""))


def give_up_privileges() -> None:
    """No capability, now or through any program started later, and no further user namespace. Raises OSError."""
    with contextlib.suppress(OSError):  # only with a namespace of our own; the filter below shuts the same door
        Path("/proc/sys/user/max_user_namespaces").write_text("0", "ascii")
    _call(_libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs")
    capability = 0
    while _libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0) == 0:
        capability += 1
    header, none = struct.pack("=Ii", _CAPABILITIES_V3, 0), bytes(24)
    _call(_libc.capset(header, none), "capset")


def own_keyring() -> None:
    """Leave the session keyring of whoever started the grader: kernels keep passwords and tickets in it."""
    numbers = _NUMBERS.get(platform.machine())
    if numbers:
        _libc.syscall(numbers.keyctl, _KEYCTL_JOIN_SESSION_KEYRING, None)


def shut_system_calls() -> None:
    """Answer "no such call" to the calls of ``_NUMBERS``. Needs `give_up_privileges` first. Raises OSError.

    On a machine whose numbers are not known here the namespaces and limits stand without it.
    """
    numbers = _NUMBERS.get(platform.machine())
    if numbers is None:
        return
    program = _filter(numbers)
    code = ctypes.create_string_buffer(program, len(program))
    head = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(code))
    _call(_libc.prctl(_PR_SET_SECCOMP, 2, head, 0, 0), "seccomp")


def _filter(numbers: _Numbers) -> bytes:
    """The seccomp program: classic BPF over struct seccomp_data (number at 0, machine at 4, arguments from 16)."""
    load, equal, least, any_bit, answer = 0x20, 0x15, 0x35, 0x45, 0x06
    allow, no_call, no_family, no_right = 0x7FFF0000, 0x50000 | 38, 0x50000 | 97, 0x50000 | 1
    # Each line: operation, lines to skip when it holds, lines to skip when not, value.
    lines: list[tuple[int, int, int, int]] = [
        (load, 0, 0, 4), (equal, 1, 0, numbers.arch), (answer, 0, 0, no_call),
        (load, 0, 0, 0), (least, 0, 1, 0x40000000), (answer, 0, 0, no_call),
    ]  # fmt: skip
    for number in (*numbers.shut, numbers.clone3):
        lines += [(equal, 0, 1, number), (answer, 0, 0, no_call)]
    lines += [
        (equal, 0, 4, numbers.clone), (load, 0, 0, 16), (any_bit, 0, 1, _ALL_NEW),
        (answer, 0, 0, no_right), (answer, 0, 0, allow),
        (equal, 0, len(_FAMILIES) + 2, numbers.socket), (load, 0, 0, 16),
    ]  # fmt: skip
    lines += [(equal, len(_FAMILIES) - place, 0, int(family)) for place, family in enumerate(_FAMILIES)]
    lines += [(answer, 0, 0, no_family), (answer, 0, 0, allow)]
    return b"".join(struct.pack("HBBI", *line) for line in lines)


def set_limits(limits: Limits, *, slack: int = 0, pid: int | None = None) -> None:
    """The limits the system keeps for each process, counted from what it has mapped now, plus ``slack`` bytes.

    ``pid``: for another process than this one. Raises OSError where it is gone, or not ours to limit.
    """
    pid = os.getpid() if pid is None else pid
    mapped = int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[0]) * os.sysconf("SC_PAGE_SIZE")
    wanted = {
        resource.RLIMIT_AS: mapped + limits.memory + slack,
        resource.RLIMIT_FSIZE: limits.file,
        resource.RLIMIT_NOFILE: limits.open_files,
        resource.RLIMIT_CPU: max(1, round(limits.wall)),
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_MEMLOCK: 0,
    }
    if _kernel() >= (5, 14):  # before, it counts the user's processes on the whole machine
        wanted[resource.RLIMIT_NPROC] = limits.processes
    for which, value in wanted.items():
        hard = resource.prlimit(pid, which)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.prlimit(pid, which, (value, value))


def _kernel() -> tuple[int, int]:
    major, minor = platform.release().split(".")[:2]
    return int(major), int("".join(digit for digit in minor if digit.isdigit()) or 0)
