"""Folders by people: which part of the code has how many who know it, and who is the only one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

ROWS = 14
TOO_LARGE = 0.3
TOP = "(top)"


@dataclass(frozen=True)
class Part:
    """A folder: its files, for each person of how many they are an author, and of how many the only one."""

    name: str
    files: tuple[str, ...]
    knows: Mapping[str, int]
    alone: Mapping[str, int]
    nobody: int


def parts(files: Mapping[str, Collection[str]], rows: int = ROWS) -> list[Part]:
    """The tree cut into at most ``rows`` folders, the largest cut further as long as there is room; largest first.

    What does not fit is gathered in a last row.
    """
    groups = _cut({"": list(files)}, rows)
    while len(groups) < rows:
        largest = max(groups, key=lambda name: (len(groups[name]), name))
        if len(groups[largest]) <= TOO_LARGE * len(files):
            break
        finer = _cut({largest: groups[largest]}, rows)
        if len(finer) < 2 or len(groups) - 1 + len(finer) > rows:
            break
        del groups[largest]
        groups |= finer
    ordered = sorted(groups.items(), key=lambda item: (-len(item[1]), item[0]))
    if len(ordered) > rows:
        rest = [path for _, paths in ordered[rows - 1 :] for path in paths]
        ordered = [*ordered[: rows - 1], (f"{len(ordered) - rows + 1} smaller folders", rest)]
    return [_part(name, paths, files) for name, paths in ordered]


def _cut(groups: Mapping[str, Sequence[str]], rows: int) -> dict[str, list[str]]:
    """One level down. A folder that holds nothing but another one is passed over."""
    found: dict[str, list[str]] = {}
    for name, paths in groups.items():
        below = "" if name in ("", TOP) else name
        for path in paths:
            head, slash, _ = path[len(below) :].partition("/")
            inner = f"{below}{head}/" if slash else (f"{below}(files)" if below else TOP)
            found.setdefault(inner, []).append(path)
    if len(found) == 1 and (only := next(iter(found))).endswith("/"):
        return _cut(found, rows) if only not in groups else found
    return found


def _part(name: str, paths: Sequence[str], files: Mapping[str, Collection[str]]) -> Part:
    knows, alone = Counter[str](), Counter[str]()
    for path in paths:
        knows.update(files[path])
        if len(files[path]) == 1:
            alone.update(files[path])
    return Part(name, tuple(paths), knows, alone, sum(not files[path] for path in paths))
