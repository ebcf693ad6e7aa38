"""A repository's history as touches of files: git is asked once and read as a stream, so memory follows the number of
files and not of commits.

Commits come oldest first, parents before children, merges left out (a merge's own changes are those of its
branches). A file is followed through renames (git's ``-M``, half the lines alike). A rename that changed something
is a change; a file moved as it was is not, or whoever tidies folders would know everything. Its old name goes on
meaning the same file, so that a branch which still knew it by that name is counted too; made anew under the old
name it is a new file. A file that is created a second time (on two branches, or after a deletion) has a second
creator, as in the study's own program.
"""

from __future__ import annotations

import datetime as dt
import os
import re
import subprocess
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from leadgym.tools.busfactor.authorship import Touches
from leadgym.tools.busfactor.people import People, Person
from leadgym.tools.busfactor.rules import Attributes, is_bot, left_out
from leadgym.yamlfile import FileProblems

YEAR = 365 * 24 * 3600
RENAME_LIMIT = 1000
_ALIKE, _SAME = "-M50%", "-M100%"
_EXACT = "Some contents are not in this clone, so only files that were renamed without a change are followed."
_CHUNK = 1 << 20
_FORMAT = "%x01%ct%x00%aN%x00%aE"


class _Missing(Exception):
    """git could not compare contents that are not there."""


@dataclass(frozen=True)
class Commit:
    """One commit, no merge: when (seconds since 1970), by whom, and for each file (git's letter, path, path before).

    A file that was renamed and left as it was has R100 for its letter.
    """

    when: int
    name: str
    email: str
    changes: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class Known:
    """A file that counts: its touches, and how often it was changed in the last year, by anybody."""

    touches: Touches
    lately: int


@dataclass(frozen=True)
class History:
    """What the numbers are made of. ``left_out`` says for each rule how many files of the tree it left out."""

    name: str
    commit: str
    when: int
    files: Mapping[str, Known]
    people: Mapping[str, Person]
    commits: int
    bots: int
    left_out: Mapping[str, int]
    notes: tuple[str, ...] = ()


@dataclass
class _File:
    creators: set[int] = field(default_factory=set)
    changes: Counter[int] = field(default_factory=Counter)
    lately: int = 0


class Reader:
    """Commits in, touches out. ``until``: the time of the last commit, from which the last year is counted back."""

    def __init__(self, until: int) -> None:
        self.people = People()
        self.commits = self.bots = 0
        self._until = until
        self._at: dict[str, _File] = {}
        self._gone: set[str] = set()  # names that were renamed away

    def add(self, commit: Commit) -> None:
        """Count a commit. A machine's only moves files."""
        self.commits += 1
        bot = is_bot(commit.name, commit.email)
        self.bots += bot
        who = None if bot else self.people.number(commit.name, commit.email)
        if who is not None:
            self.people.committed(who, commit.when)
        lately = commit.when > self._until - YEAR
        for letter, path, before in commit.changes:
            if letter == "A":
                self._add(path, who)
            elif letter == "R100":
                self._rename(before, path)
            elif letter == "R":
                self._touch(self._rename(before, path), who, lately)
            elif letter in ("M", "T"):
                self._touch(self._at.setdefault(path, _File()), who, lately)

    def touches(self, paths: Iterable[str]) -> tuple[dict[str, Known], dict[str, Person]]:
        """What is known of ``paths``, with people by name."""
        names, people = self.people.persons()
        found = {}
        for path in paths:
            file = self._at.get(path, _File())
            changes: Counter[str] = Counter()
            for number, count in file.changes.items():
                changes[names[number]] += count
            found[path] = Known(Touches(frozenset(names[one] for one in file.creators), changes), file.lately)
        return found, people

    def _add(self, path: str, who: int | None) -> None:
        if path in self._gone:
            self._gone.discard(path)
            self._at[path] = _File()
        file = self._at.setdefault(path, _File())
        if who is not None:
            file.creators.add(who)

    def _rename(self, before: str, path: str) -> _File:
        file = self._at.setdefault(before, _File())
        other = self._at.get(path)
        if other is not None and other is not file and path not in self._gone:
            file.creators |= other.creators
            file.changes += other.changes
            file.lately += other.lately
        self._gone.add(before)
        self._gone.discard(path)
        self._at[path] = file
        return file

    @staticmethod
    def _touch(file: _File, who: int | None, lately: bool) -> None:
        if who is not None:
            file.changes[who] += 1
            file.lately += lately


def read_history(
    path: Path, as_of: dt.date | None = None, subdir: str | None = None, every_file: bool = False
) -> History:
    """The history of the git repository that ``path`` lies in, up to the end of ``as_of`` (UTC).

    Raises FileProblems for what is no repository, has no history (empty, shallow), or has nothing to count.
    """
    git = _Git(path)
    notes, similarity = git.look()
    commit, when = git.tip(as_of)
    below = _clean(subdir) if subdir else git.prefix
    try:
        reader = _read(git, commit, when, similarity)
    except _Missing:
        notes.append(_EXACT)
        reader = _read(git, commit, when, _SAME)
    attributes, counted, out = Attributes(), [], Counter[str]()
    tree = list(git.tree(commit))
    for name in sorted((p for p in tree if p.rpartition("/")[2] == ".gitattributes"), key=lambda p: p.count("/")):
        attributes.add(name.rpartition("/")[0], git.show(commit, name))
    inside = [name for name in tree if not below or name == below or name.startswith(f"{below}/")]
    if not inside:
        raise FileProblems(
            [f"{path}: has nothing in {below} at {commit[:9]}. Give the folder from the repository's top."]
        )
    for name in inside:
        rule = left_out(name, attributes, every_file)
        if rule is None:
            counted.append(name)
        else:
            out[rule] += 1
    if not counted:
        raise FileProblems(
            [f"{path}: no file counts as code ({sum(out.values())} are left out). Say --every-file to count them all."]
        )
    files, people = reader.touches(counted)
    title = git.name + (f", {below}" if below else "")
    return History(title, commit, when, files, people, reader.commits, reader.bots, out, tuple(notes))


def _read(git: _Git, commit: str, when: int, similarity: str) -> Reader:
    reader = Reader(when)
    for one in git.log(commit, similarity):
        reader.add(one)
    return reader


def _clean(subdir: str) -> str:
    return "/".join(part for part in subdir.replace("\\", "/").split("/") if part not in ("", "."))


class _Git:
    """The few questions we ask git: read only, nothing fetched, no pager, none of the user's settings that matter."""

    def __init__(self, path: Path) -> None:
        if not path.is_dir():
            kind = "is a file" if path.exists() else "is not there"
            raise FileProblems([f"{path}: {kind}. Give the folder of a git repository."])
        self._path = path
        kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        self._env = kept | {
            "GIT_OPTIONAL_LOCKS": "0", "GIT_NO_LAZY_FETCH": "1", "GIT_TERMINAL_PROMPT": "0", "GIT_PAGER": "cat",
            "LC_ALL": "C", "GIT_NO_REPLACE_OBJECTS": "1",
        }  # fmt: skip
        self.prefix = ""
        self.name = path.absolute().name

    def look(self) -> tuple[list[str], str]:
        """What there is to say about the repository, and git's option for renames. Raises FileProblems."""
        self._ask("rev-parse", "--git-dir")
        if self._ask("rev-parse", "--is-bare-repository") == "false":
            self.prefix = self._ask("rev-parse", "--show-prefix").rstrip("/")
            self.name = Path(self._ask("rev-parse", "--show-toplevel")).name or self.name
        elif self.name in ("repo", ".git", "git"):
            self.name = self._path.absolute().parent.name
        self.name = self.name.removesuffix(".git")
        if self._ask("rev-parse", "--is-shallow-repository") == "true":
            raise FileProblems(
                [f"{self._path}: is a shallow clone, so most of its history is missing. Run: git fetch --unshallow"]
            )
        try:
            self._ask("rev-parse", "--verify", "--quiet", "HEAD^{commit}")
        except FileProblems:
            raise FileProblems([f"{self._path}: has no commits yet. There is nothing to count."]) from None
        partial = self._try("config", "--get-regexp", r"remote\..*\.partialclonefilter")
        if not partial:
            return [], _ALIKE
        if "tree:" in partial:
            raise FileProblems([f"{self._path}: is a clone without trees. Clone it again without --filter."])
        return [_EXACT], _SAME

    def tip(self, as_of: dt.date | None) -> tuple[str, int]:
        """The last commit of the branch by the end of that day, along first parents, and its time."""
        if as_of is None:
            found = self._ask("rev-parse", "HEAD")
        else:
            end = f"{as_of.isoformat()}T23:59:59+00:00"
            found = self._ask("rev-list", "-1", "--first-parent", f"--before={end}", "HEAD")
            if not found:
                first = self._ask("log", "-1", "--reverse", "--format=%cs", "--max-parents=0", "HEAD")
                raise FileProblems(
                    [f"{self._path}: has no commit by {as_of.isoformat()}; the first is of {first}. Give a later day."]
                )
        return found, int(self._ask("log", "-1", "--no-patch", "--format=%ct", found))

    def log(self, commit: str, similarity: str) -> Iterator[Commit]:
        """Every commit but merges, oldest first, read as it comes."""
        words = (
            "log", "-z", "--reverse", "--topo-order", "--no-merges", "--use-mailmap", "--raw", similarity,
            f"-l{RENAME_LIMIT}", "--no-ext-diff", "--no-textconv", "--no-show-signature", "--no-notes",
            f"--format={_FORMAT}", commit, "--",
        )  # fmt: skip
        settings = (
            "core.quotePath=false", "mailmap.file=", "mailmap.blob=HEAD:.mailmap", "log.showRoot=true",
            "diff.relative=false", "i18n.logOutputEncoding=UTF-8",
        )  # fmt: skip
        process = self._start(*(word for setting in settings for word in ("-c", setting)), *words)
        try:
            yield from _commits(_tokens(process))
        finally:
            # Whoever stops early leaves git in the middle of a line.
            assert process.stdout is not None and process.stderr is not None  # noqa: S101, PT018 - they are pipes
            process.stdout.close()
            said = process.stderr.read().decode("utf-8", "replace")
            process.stderr.close()
            code = process.wait()
        if code and similarity != _SAME and re.search(r"unable to read|missing blob|could not fetch|lazy fetch", said):
            raise _Missing
        if code:
            raise FileProblems([self._sentence(said)])

    def tree(self, commit: str) -> Iterator[str]:
        """The files of the tree; no links and no other repositories."""
        process = self._start("ls-tree", "-r", "-z", "--full-tree", commit)
        for token in _tokens(process):
            about, _, name = token.partition("\t")
            if about.startswith("100"):
                yield name
        process.wait()

    def show(self, commit: str, name: str) -> str:
        """A file's text at that commit."""
        return self._try("show", f"{commit}:{name}")

    def _ask(self, *words: str) -> str:
        process = self._start(*words)
        out, said = process.communicate()
        if process.returncode:
            raise FileProblems([self._sentence(said.decode("utf-8", "replace"))])
        return _text(out).strip()

    def _try(self, *words: str) -> str:
        try:
            return self._ask(*words)
        except FileProblems:
            return ""

    def _start(self, *words: str) -> subprocess.Popen[bytes]:
        try:
            return subprocess.Popen(
                ["git", "-C", str(self._path), "--no-pager", *words],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=self._env,
            )  # fmt: skip
        except OSError as error:
            raise FileProblems(
                ["git is not installed here, or not on the path. Install it and run this again."]
            ) from error

    def _sentence(self, said: str) -> str:
        if "not a git repository" in said:
            return f"{self._path}: is not in a git repository. Give the folder of a clone."
        if "dubious ownership" in said:
            return f"{self._path}: belongs to somebody else, so git does not read it. Make it a safe.directory."
        lines = [line.strip() for line in said.splitlines() if line.strip()]
        return f"{self._path}: git stopped: {lines[-1] if lines else 'no reason given'}. Try: git fsck"


def _tokens(process: subprocess.Popen[bytes]) -> Iterator[str]:
    """What git prints, cut at its zero bytes, a chunk at a time."""
    assert process.stdout is not None  # noqa: S101 - it is a pipe
    rest = b""
    while chunk := process.stdout.read(_CHUNK):
        *whole, rest = (rest + chunk).split(b"\0")
        for token in whole:
            yield _text(token)
    if rest.strip(b"\n"):
        yield _text(rest)


def _text(said: bytes) -> str:
    """Names of people and files are bytes to git, and in old repositories often Latin-1."""
    try:
        return said.decode()
    except UnicodeDecodeError:
        return said.decode("latin-1")


def _commits(tokens: Iterator[str]) -> Iterator[Commit]:
    """The commits of a log in ``_FORMAT`` with ``--raw -z``."""
    about: tuple[int, str, str] | None = None
    changes: list[tuple[str, str, str]] = []
    for raw in tokens:
        token = raw.lstrip("\n")
        if token.startswith("\x01"):
            if about:
                yield Commit(*about, tuple(changes))
            about, changes = (int(token[1:]), next(tokens, ""), next(tokens, "")), []
        elif token.startswith(":"):
            letter = token.rpartition(" ")[2]
            first = next(tokens, "")
            if letter[:1] in "RC":
                changes.append((letter if letter == "R100" else letter[:1], next(tokens, ""), first))
            else:
                changes.append((letter[:1], first, ""))
    if about:
        yield Commit(*about, tuple(changes))
