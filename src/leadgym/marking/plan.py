"""Plans: a structured artefact, one entry for each row of a table, marked by rules that stand in the rubric.

Everything a plan is marked on is public, so instant feedback and mark are the same. In the rubric:

```yaml
plan:
  kind: plan
  title: The delegation plan
  asks: Say for each ticket who owns it, what has to come out, and how you will know early that it does not.
  points: 12
  tables:                            # what rules can look up
    tickets: {one: ticket, file: data/tickets.yaml}
    team:
      one: person                    # what a row is called in rules and sentences
      rows:                          # here, or in a file with `rows:` at its top; every row has the same columns
        priya: {name: Priya, ledger: 0.35, hours: 20, you: false}   # a text, a number, true or false
  entries: tickets                   # the answer has one entry for each row of this table
  fields:                            # what an entry holds
    owner: {type: choice, label: owner, table: team}              # a row of a table; rules read owner.ledger
    outcome: {type: text, label: outcome, min_words: 5, max_words: 60}
    level: {type: number, label: level of delegation, min: 1, max: 7, whole: true}
    hours: {type: number, label: pairing hours a week, min: 0, max: 20, unit: hours}
    trigger: {type: choice, label: take-over trigger, choices: {date: the date slips, harm: customers are hurt}}
    limits: {type: list, label: constraints, of: {type: text, min_words: 3}, min: 1, max: 5}
    demo: {type: yes_no, label: she demos it, optional: true}
  terms:                             # names for expressions over an entry, so that rules stay short; may be left out
    gap: max(ticket.difficulty - owner.ledger, 0)
  criteria:
    - id: reach                      # each: is asked of every entry; points by the share of entries that meet it
      each: gap <= 0.1 or (gap <= 0.4 and hours >= 10 * gap)
      when: ticket.difficulty > 0.3  # only of these entries, if given; with none of them the criterion earns nothing
      met: "{ticket.name}: {owner.name} can reach it."
      unmet: "{ticket.name}: {owner.name} is {gap} short, with {hours} hours of pairing."
      title: ...
      points: 4
      reason: ...
      next_step: ...
    - id: load                       # each with `for`: asked of every row of that table
      for: team
      each: sum(hours, owner == person) <= person.hours
      met: "{person.name} carries {sum(hours, owner == person)} hours."
      unmet: "{person.name} carries {sum(hours, owner == person)} of {person.hours} hours."
    - id: not_all_yours              # whole: asked once; a number counts as a share of the points (0 to 1)
      whole: count(owner.you) <= 2 and distinct(owner) >= 3
      met: "You keep {count(owner.you)} tickets."
      unmet: "You keep {count(owner.you)} of {count()} tickets."
```

Rules know the fields and terms of an entry by name, the row it belongs to (``ticket``), and with ``for`` the row of
that table (``person``); numbers, quoted text, ``and or not``, comparisons, ``in``, ``+ - * /``, ``min max abs round``,
``words(text)``, ``size(list)``, ``filled(field)``. Over all entries, with an optional condition: ``count(cond)``,
``sum(x, cond)``, ``mean(x, cond)``, ``lowest(x, cond)``, ``highest(x, cond)``, ``distinct(x, cond)``, ``share(cond)``.
The braces in ``met`` and ``unmet`` take the same expressions. An entry whose fields cannot be read does not meet any
rule that needs them, and rules over all entries count in proportion to the entries that could be read: an empty plan
meets nothing.

The answer: ``{"idempotency": {"owner": "priya", "outcome": "...", "level": 5, ...}, ...}``.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from leadgym.marking.fields import AnyField, Refused, Tables
from leadgym.marking.model import Answer, Context, Criterion, CriterionMark, Mark
from leadgym.marking.rules import NUMBER, ROW, TRUTH, Row, Rule, RuleError, Scope, Type
from leadgym.marking.show import percent
from leadgym.marking.tables import Table
from leadgym.marking.template import Sentence
from leadgym.scenario.model import Id, Text
from leadgym.yamlfile import FileProblems, Location

SHOWN = 20
"""How many lines of evidence a criterion shows."""


class PlanCriterion(Criterion):
    """A rule: ``each`` (of every entry, or with ``for`` of every row of a table) or ``whole`` (once)."""

    each: Text | None = None
    whole: Text | None = None
    when: Text | None = None
    rows: Id | None = Field(default=None, alias="for")
    met: Text
    unmet: Text


@dataclass
class Entry:
    """What could be read of one entry: the names rules see, and why a field could not be read."""

    row: Row
    names: dict[str, Any] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    missing: bool = False

    def reads(self, names: set[str]) -> bool:
        """Whether all of ``names`` could be read."""
        return not self.missing and not names & set(self.refused)


@dataclass(frozen=True)
class Compiled:
    """A criterion's rules and sentences, ready to be asked."""

    rule: Rule
    when: Rule | None
    met: Sentence
    unmet: Sentence


class PlanAnswer(Answer):
    """A plan: one entry for each row of the table ``entries``. ``terms`` are names for expressions over an entry."""

    kind: Literal["plan"]
    tables: Annotated[dict[Id, Table], Field(min_length=1)]
    entries: Id
    fields: Annotated[dict[Id, AnyField], Field(min_length=1)]
    terms: dict[Id, Text] = {}
    criteria: Annotated[list[PlanCriterion], Field(min_length=1)]

    def problems(self, folder: Path) -> Iterator[tuple[Location, str]]:
        """Tables, fields, terms and rules that do not fit each other."""
        unsound = list(self._ground_problems(folder))
        # Rules can only be read against tables and fields that are sound.
        yield from unsound or self._rule_problems(folder)

    def _ground_problems(self, folder: Path) -> Iterator[tuple[Location, str]]:
        rows = [table.one for table in self.tables.values()]
        for name, table in self.tables.items():
            for where, what in table.problems(folder):
                yield ("tables", name, *where), what
            if rows.count(table.one) > 1:
                yield ("tables", name, "one"), f"'{table.one}' names two tables' rows; rename one."
        if self.entries not in self.tables:
            yield ("entries",), f"there is no table '{self.entries}'; there are: {', '.join(self.tables)}."
        for name, spec in self.fields.items():
            for at, what in spec.problems(self.tables):
                yield ("fields", name, at), what
            if name in rows:
                yield ("fields", name), "is what a row is called too; rename one of them."
        for name in self.terms:
            if name in rows or name in self.fields:
                yield ("terms", name), "is a field or what a row is called; rename one of them."

    def _rule_problems(self, folder: Path) -> Iterator[tuple[Location, str]]:
        plain = self._scope(None, folder)
        in_terms = set()
        for name, source in self.terms.items():
            try:
                Rule(source, plain)
            except RuleError as error:
                in_terms.add(str(error))
                yield ("terms", name), str(error)
        for index, criterion in enumerate(self.criteria):
            if (criterion.each is None) == (criterion.whole is None):
                yield ("criteria", index), "give either 'each' or 'whole'."
            elif criterion.whole is not None and (criterion.rows or criterion.when):
                yield ("criteria", index), "'for' and 'when' go with 'each', not with 'whole'."
            elif criterion.rows is not None and criterion.rows not in self.tables:
                what = f"there is no table '{criterion.rows}'; there are: {', '.join(self.tables)}."
                yield ("criteria", index, "for"), what
            else:
                scope = self._scope(criterion, folder)
                for name in ("each", "whole", "when", "met", "unmet"):
                    wrong = _wrong(name, getattr(criterion, name), scope)
                    if wrong and wrong not in in_terms:
                        yield ("criteria", index, name), wrong

    def mark(self, answer: Any, context: Context) -> tuple[list[CriterionMark], str]:
        """Every rule asked of the entries that could be read."""
        tables = {name: table.load(name, context.folder) for name, table in self.tables.items()}
        entries, general = self._read(answer, tables)
        marks = []
        for criterion in self.criteria:
            compiled = self._compiled(criterion, context.folder)
            if criterion.whole is not None:
                score, found = self._whole(compiled, entries)
            elif criterion.rows is not None:
                score, found = self._for_rows(criterion, compiled, entries, tables)
            else:
                score, found = self._each(compiled, entries)
            marks.append(self.earned(criterion, score, found))
        return marks, "\n".join([*general, *self._unreadable(entries)])

    def coach(self, answer: Any, context: Context) -> Mark:
        """The mark itself: all of a plan's rules are public."""
        criteria, note = self.mark(answer, context)
        promise = "These are the rules the mark uses; handed in like this, the plan earns these points."
        return self.sheet(context.name, criteria, "\n".join(part for part in (promise, note) if part))

    def _scope(self, criterion: PlanCriterion | None, folder: Path) -> Scope:
        """What a criterion's rules can name; None for a term."""
        entry = {name: spec.seen_as() for name, spec in self.fields.items()}
        entry[self.tables[self.entries].one] = Type(ROW, table=self.entries)
        around: Mapping[str, Type] = entry
        if criterion is not None and criterion.whole is not None:
            around = {}
        elif criterion is not None and criterion.rows is not None:
            around = {self.tables[criterion.rows].one: Type(ROW, table=criterion.rows)}
        return Scope(
            entry,
            around,
            {name: table.columns(folder) for name, table in self.tables.items()},
            {name: frozenset(table.load(name, folder)) for name, table in self.tables.items()},
            self.terms,
        )

    def _compiled(self, criterion: PlanCriterion, folder: Path) -> Compiled:
        scope = self._scope(criterion, folder)
        try:
            return Compiled(
                Rule(criterion.each or criterion.whole or "", scope),
                Rule(criterion.when, scope) if criterion.when else None,
                Sentence(criterion.met, scope),
                Sentence(criterion.unmet, scope),
            )
        except RuleError as error:
            # Only reached when the tables beside a learner's rubric were changed after it was loaded.
            raise FileProblems([f"{folder / 'rubric.yaml'}:1: criterion '{criterion.id}': {error}"]) from error

    def _read(self, answer: Any, tables: Tables) -> tuple[list[Entry], list[str]]:
        rows = tables[self.entries]
        one = self.tables[self.entries].one
        entries, general = [], []
        if not isinstance(answer, Mapping):
            example = f'{{"{next(iter(rows))}": {{...}}}}'
            general.append(f"The plan has to be a dict with one entry for each {_plain(one)}, as in {example}.")
            answer = {}
        for name in list(answer)[: len(rows) + 3]:
            if name not in rows:
                general.append(
                    f"There is no {_plain(one)} '{name[:40]}'{_near(name, rows)}; that entry is passed over."
                )
        for name, row in rows.items():
            entry = Entry(row, {one: row})
            value = answer.get(name)
            if value is None:
                entry.missing = True
            elif not isinstance(value, Mapping):
                entry.missing = True
                general.append(f"{row}: the entry has to be a dict with {', '.join(self.fields)}.")
            else:
                self._read_entry(entry, value, tables)
                strange = [key for key in value if key not in self.fields][:2]
                general += [f"{row}: there is no field '{key[:40]}'{_near(key, self.fields)}." for key in strange]
            entries.append(entry)
        return entries, general[:SHOWN]

    def _read_entry(self, entry: Entry, value: Mapping[str, Any], tables: Tables) -> None:
        for name, spec in self.fields.items():
            given = value.get(name)
            if given is None:
                entry.names[name] = None
                if not spec.optional:
                    entry.refused[name] = f"{spec.label} is missing"
                continue
            try:
                entry.names[name] = spec.read(given, tables)
            except Refused as refused:
                entry.names[name] = None
                entry.refused[name] = f"{spec.label} {refused}"

    def _each(self, compiled: Compiled, entries: list[Entry]) -> tuple[float, str]:
        over, whole = _readable(entries, compiled)
        met: list[str] = []
        unmet: list[str] = []
        for entry in entries:
            needed = compiled.when.fields if compiled.when else set()
            if entry.reads(needed) and compiled.when and not compiled.when.value(entry.names, over):
                continue
            if not entry.reads(needed | compiled.rule.fields):
                unmet.append(_cannot(entry, needed | compiled.rule.fields))
            elif compiled.rule.value(entry.names, over):
                met.append(_told(compiled.met, entry, over))
            else:
                unmet.append(_told(compiled.unmet, entry, over))
        return _shared(met, unmet, whole)

    def _for_rows(
        self, criterion: PlanCriterion, compiled: Compiled, entries: list[Entry], tables: Tables
    ) -> tuple[float, str]:
        over, whole = _readable(entries, compiled)
        table = criterion.rows or ""
        one = self.tables[table].one
        met: list[str] = []
        unmet: list[str] = []
        for row in tables[table].values():
            names = {one: row}
            if compiled.when and not compiled.when.value(names, over):
                continue
            holds = compiled.rule.value(names, over)
            (met if holds else unmet).append((compiled.met if holds else compiled.unmet).told(names, over))
        return _shared(met, unmet, whole)

    def _whole(self, compiled: Compiled, entries: list[Entry]) -> tuple[float, str]:
        over, readable = _readable(entries, compiled)
        if not over:
            return 0.0, "No entry of the plan can be read for this yet."
        score = float(compiled.rule.value({}, over) or 0.0)
        sentence = (compiled.met if score >= 1 else compiled.unmet).told({}, over)
        return min(1.0, max(0.0, score)) * readable, _with_share(sentence, readable)

    def _unreadable(self, entries: list[Entry]) -> list[str]:
        lines = []
        absent = [str(entry.row) for entry in entries if entry.missing]
        if absent:
            lines.append(f"No entry for: {', '.join(absent[:SHOWN])}.")
        for entry in entries:
            if entry.refused:
                lines.append(f"- {entry.row}: {'; '.join(entry.refused.values())}.")
        return lines[:SHOWN]


def _wrong(name: str, source: str | None, scope: Scope) -> str | None:
    if source is None:
        return None
    try:
        if name in ("met", "unmet"):
            Sentence(source, scope)
            return None
        kind = Rule(source, scope).type.kind
    except RuleError as error:
        return str(error)
    if kind == TRUTH or (name == "whole" and kind == NUMBER):
        return None
    return f"'{source}' is {kind}; a rule is true or false{', or a share' if name == 'whole' else ''}."


def _readable(entries: list[Entry], compiled: Compiled) -> tuple[list[dict[str, Any]], float]:
    """The entries that a rule over all entries can read, and their share (1 for a rule that looks at none)."""
    rules = [compiled.rule, *([compiled.when] if compiled.when else [])]
    needed: set[str] = set().union(*(rule.over for rule in rules))
    over = [entry.names for entry in entries if entry.reads(needed)]
    return over, len(over) / len(entries) if any(rule.counts for rule in rules) else 1.0


def _shared(met: list[str], unmet: list[str], readable: float) -> tuple[float, str]:
    total = len(met) + len(unmet)
    if not total:
        return 0.0, "No entry of your plan comes under this point, so it has nothing to give points for."
    head = f"{len(met)} of {total} meet this."
    lines = [*(f"- Not met: {line}" for line in unmet), *(f"- Met: {line}" for line in met)]
    more = [f"And {len(lines) - SHOWN} more."] if len(lines) > SHOWN else []
    return len(met) / total * readable, "\n".join([_with_share(head, readable), *lines[:SHOWN], *more])


def _with_share(sentence: str, readable: float) -> str:
    if readable >= 1:
        return sentence
    return f"{sentence} Only {percent(readable)} of the entries can be read for this, so it counts for that share."


def _told(sentence: Sentence, entry: Entry, over: list[dict[str, Any]]) -> str:
    return sentence.told(entry.names, over)


def _cannot(entry: Entry, needed: set[str]) -> str:
    if entry.missing:
        return f"{entry.row}: no entry that can be read."
    return f"{entry.row}: {'; '.join(why for name, why in entry.refused.items() if name in needed)}."


def _near(name: str, known: Mapping[str, Any]) -> str:
    near = difflib.get_close_matches(name[:60], known, n=1)
    return f" (did you mean '{near[0]}'?)" if near else ""


def _plain(name: str) -> str:
    return name.replace("_", " ")
