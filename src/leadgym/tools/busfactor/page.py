"""The page: how many may leave, who could do what without whom, and what to hand over if one of them goes."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from leadgym.tools.busfactor import authorship
from leadgym.tools.busfactor.authorship import TruckFactor
from leadgym.tools.busfactor.folders import Part, parts
from leadgym.tools.busfactor.history import YEAR, History, read_history
from leadgym.tools.report import Report, Table
from leadgym.yamlfile import FileProblems

SHOWN = 15
FEW = 20


def bus_factor(
    path: str | Path | None = None,
    as_of: str | dt.date | None = None,
    subdir: str | None = None,
    leaver: str | None = None,
    every_file: bool = False,
) -> Report:
    """The page about the repository at ``path``, or about the sample when there is none: for a notebook.

    What cannot be read becomes a page that says so.
    """
    try:
        if path is None:
            from leadgym.tools.busfactor.sample import history

            return report(history(), leaver)
        day = dt.date.fromisoformat(as_of) if isinstance(as_of, str) else as_of
        return report(read_history(Path(path).expanduser(), day, subdir, every_file), leaver)
    except FileProblems as problem:
        return Report("Bus factor: nothing was counted", tuple(problem.problems))
    except ValueError:
        return Report("Bus factor: nothing was counted", (f"'{as_of}' is no day. Write it as in 2026-12-31.",))


def report(history: History, leaver: str | None = None) -> Report:
    """The page about ``history``. ``leaver``: whose leaving it is about; otherwise the first of the truck factor who
    still commits. Raises FileProblems for a name that nobody has.
    """
    degrees = {path: authorship.degrees(known.touches) for path, known in history.files.items()}
    authors = {path: authorship.authors(found) for path, found in degrees.items()}
    factor = authorship.truck_factor(authors)
    order = [who for who, _ in _by_files(authors)]
    who = _leaver(history, factor, order, leaver)
    folders = parts(authors)
    gone = authorship.orphaned(authors, {who}) if who else []
    says = [_answer(history, factor), *_already_gone(history, factor)]
    tables = [_steps(history, factor)]
    pictures = []
    if who:
        says.append(_if_gone(history, who, gone, folders))
        tables += [
            _folders(folders, who),
            _handover(history, degrees, gone, folders, who),
            _files(history, degrees, gone, who),
        ]
        from leadgym.tools.busfactor.picture import people_map

        title = f"{len(gone)} of {len(authors)} files have no author left without {who}"
        pictures = [people_map(title, folders, order, who)]
    return Report(
        f"Bus factor of {history.name}", tuple(says), tuple(tables), tuple(pictures), tuple(_notes(history, factor))
    )


def _by_files(authors: Mapping[str, Collection[str]]) -> list[tuple[str, int]]:
    counts = Counter(person for people in authors.values() for person in people)
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def _leaver(history: History, factor: TruckFactor, order: Sequence[str], name: str | None) -> str | None:
    if not name:
        active = [one for one in order if history.people[one].last > history.when - YEAR]
        return next(iter([*active, *order]), None)
    wanted = name.casefold()
    exact = [one for one in history.people if one.casefold() == wanted]
    found = exact or [one for one in history.people if wanted in one.casefold()]
    if len(found) == 1:
        return found[0]
    if found:
        raise FileProblems([f"'{name}' could be {_listed(sorted(found)[:6])}. Give more of the name."])
    raise FileProblems([f"Nobody called '{name}' has committed. The largest authors are {_listed(order[:6])}."])


def _answer(history: History, factor: TruckFactor) -> str:
    day, files = _day(history.when), factor.files
    if not factor.value:
        return (
            f"Truck factor 0 on {day}: of {_files_count(files)} only {_percent(factor.left)} have an author at all, so "
            "the half is passed before anybody leaves."
        )
    names = [one.person for one in factor.removed]
    shown = _listed(names if len(names) <= 5 else [*names[:4], f"{len(names) - 4} others"])
    left = factor.removed[-1].left
    if len(names) == 1:
        return (
            f"Truck factor 1 on {day}: without {shown}, {_percent(1 - left)} of {_files_count(files)} have no author."
        )
    return (
        f"Truck factor {factor.value} on {day}: without {shown}, more than half of {_files_count(files)} have no "
        f"author ({_percent(1 - left)})."
    )


def _already_gone(history: History, factor: TruckFactor) -> list[str]:
    silent = [one.person for one in factor.removed if history.people[one.person].last <= history.when - YEAR]
    if not silent:
        return []
    verb = "has" if len(silent) == 1 else "have"
    return [
        f"{_listed(silent[:6])} {verb} not committed for a year or more. If they are not reachable, this has happened "
        "already: files of theirs are orphans, and the number above is too high."
    ]


def _if_gone(history: History, who: str, gone: Sequence[str], folders: Sequence[Part]) -> str:
    if not gone:
        return f"If {who} leaves, every file that has an author now keeps one."
    most = max(folders, key=lambda part: (part.alone.get(who, 0), -len(part.files)))
    lately = sum(history.files[path].lately > 0 for path in gone)
    return (
        f"If {who} leaves, {_files_count(len(gone))} have no author left, {lately} of them changed within the year; "
        f"most lie in {most.name} ({most.alone.get(who, 0)} of {len(most.files)})."
    )


def _steps(history: History, factor: TruckFactor) -> Table:
    rows = [("", "nobody yet", "", "", _percent(factor.left))]
    for number, one in enumerate(factor.removed[:SHOWN], 1):
        person = history.people[one.person]
        rows.append((str(number), one.person, str(one.files), _day(person.last), _percent(one.left)))
    if factor.value > SHOWN:
        last = factor.removed[-1]
        rows.append(("…", f"{factor.value - SHOWN} more", "", "", _percent(last.left)))
    return Table(
        "Who goes, one after the other, until more than half have no author",
        ("", "leaves", "author of (files)", "last commit", "files with an author left"),
        tuple(rows),
    )


def _folders(folders: Sequence[Part], who: str) -> Table:
    rows = []
    for part in folders:
        known = sorted(part.knows.items(), key=lambda item: (-item[1], item[0]))
        told = [f"{name} {count}" for name, count in known[:3]]
        if len(known) > 3:
            told.append(f"{len(known) - 3} more")
        rows.append((part.name, str(len(part.files)), ", ".join(told) or "nobody", str(part.alone.get(who, 0))))
    return Table("Who could do what", ("folder", "files", "authors, of how many files", f"only {who}"), tuple(rows))


def _handover(
    history: History, degrees: Mapping[str, Mapping[str, float]], gone: Sequence[str], folders: Sequence[Part], who: str
) -> Table:
    orphans, rows = set(gone), []
    for part in folders:
        paths = [path for path in part.files if path in orphans]
        if not paths:
            continue
        near = Counter[str]()
        for path in paths:
            if found := _nearest(history, degrees[path], who):
                near[found[0]] += 1
        lately = sum(history.files[path].lately for path in paths)
        told = ", ".join(f"{name} ({count})" for name, count in near.most_common(2)) or "nobody has touched them"
        rows.append((lately, (part.name, str(len(paths)), str(lately), told, "", "")))
    rows.sort(key=lambda row: (-row[0], row[1][0]))
    return Table(
        f"Handover plan if {who} leaves: folders by how often they were changed in the last year",
        (
            "folder",
            "files",
            "changes in a year",
            "nearest who still commits (files)",
            "who takes it",
            "first job, by day",
        ),
        tuple(row for _, row in rows),
    )


def _files(history: History, degrees: Mapping[str, Mapping[str, float]], gone: Sequence[str], who: str) -> Table:
    ordered = sorted(gone, key=lambda path: (-history.files[path].lately, path))
    rows = []
    for path in ordered[:SHOWN]:
        found = _nearest(history, degrees[path], who)
        near = f"{found[0]}, {found[1]:.2f}" if found else "nobody"
        rows.append((path, str(history.files[path].lately), near))
    if len(ordered) > SHOWN:
        rows.append((f"and {len(ordered) - SHOWN} more", "", ""))
    return Table(
        "The files themselves",
        ("file", "changes in a year", "nearest, degree of authorship (highest is 1)"),
        tuple(rows),
    )


def _nearest(history: History, found: Mapping[str, float], who: str) -> tuple[str, float] | None:
    """Who could be asked to take a file: not ``who``, and nobody who has been silent for a year."""
    away = {name for name in found if history.people[name].last <= history.when - YEAR}
    return authorship.nearest(found, {who, *away})


def _notes(history: History, factor: TruckFactor) -> list[str]:
    out = [f"{count} {rule}" for rule, count in sorted(history.left_out.items(), key=lambda item: -item[1])]
    notes = [*history.notes]
    if factor.files < FEW:
        verb = "is" if factor.files == 1 else "are"
        notes.append(f"{_files_count(factor.files)} {verb} few: one more or less moves the number.")
    notes += [
        f"Read: {history.commits:,} commit{_s(history.commits)} without merges{_up_to(history)}, of them "
        f"{history.bots:,} by machines, which do not count; {_files_count(factor.files)}. "
        f"Left out: {'; '.join(out) or 'none'}.",
        "Degree of authorship: 3.293 + 1.098 (created it) + 0.164 (own changes) - 0.321 ln(1 + others' changes). An "
        "author has more than 0.75 of the file's highest, and 3.293 or more. People are merged by .mailmap, by the "
        "same address and by the same full name. Renames are followed; moving a file as it is counts for nobody. "
        "Method: Avelino et al. 2016, after Fritz et al. 2010.",
        "What this cannot say: who has read the code, reviewed it or sat beside it (Co-authored-by lines are not "
        "read), who knows why it is so, whether a file matters, or that somebody has forgotten what they wrote. In the "
        "study's survey 53 % of the answers agreed, in whole or in part, with the number itself. Ask the people before "
        "you plan with it, and never use it to rate them.",
    ]
    return notes


def _up_to(history: History) -> str:
    return f", up to {history.commit[:9]}" if history.commit else ""


def _files_count(count: int) -> str:
    return f"{count:,} file{_s(count)}"


def _s(count: int) -> str:
    return "" if count == 1 else "s"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _day(when: int) -> str:
    return dt.datetime.fromtimestamp(when, dt.UTC).date().isoformat()


def _listed(names: Sequence[str]) -> str:
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"
