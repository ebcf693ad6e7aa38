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
  criteria:
    - id: reach                      # each: is asked of every entry; points by the share of entries that meet it
      each: owner.ledger >= ticket.difficulty - 0.4 or hours >= 2
      when: ticket.difficulty > 0.3  # only of these entries, if given; with none of them the criterion earns nothing
      met: "{ticket.name}: {owner.name} can reach it."
      unmet: "{ticket.name}: {owner.name} is {ticket.difficulty - owner.ledger} short, with {hours} hours of pairing."
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

Rules know the fields of an entry by name, the row it belongs to (``ticket``), and with ``for`` the row of that table
(``person``); numbers, quoted text, ``and or not``, comparisons, ``in``, ``+ - * /``, ``min max abs round``, ``words(text)``,
``size(list)``, ``filled(field)``. Over all entries, with an optional condition: ``count(cond)``, ``sum(x, cond)``,
``mean(x, cond)``, ``lowest(x, cond)``, ``highest(x, cond)``, ``distinct(x, cond)``, ``share(cond)``. The braces in ``met`` and
``unmet`` take the same expressions. An entry whose fields cannot be read does not meet any rule that needs them, and
rules over all entries count in proportion to the entries that could be read: an empty plan meets nothing.

The answer: ``{"idempotency": {"owner": "priya", "outcome": "...", "level": 5, ...}, ...}``.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from leadgym.marking.model import Answer, Criterion
from leadgym.scenario.model import Id, Text
from leadgym.yamlfile import Model

Cell = bool | int | float | str
Rows = Annotated[dict[Id, dict[Id, Cell]], Field(min_length=1)]


class TableFile(Model):
    """A table in a file of its own (``data/*.yaml``)."""

    title: Text | None = None
    rows: Rows


class Table(Model):
    """Rows that rules can look up, written here (``rows``) or in a ``file`` beside the rubric. ``one`` names a row."""

    one: Id
    file: Text | None = None
    rows: Rows | None = None


class _Field(Model):
    label: Text
    optional: bool = False


class TextField(_Field):
    """Words."""

    type: Literal["text"]
    min_words: Annotated[int, Field(ge=1)] = 1
    max_words: Annotated[int, Field(ge=1)] = 200


class NumberField(_Field):
    """A number between ``min`` and ``max``; ``whole`` asks for one without decimals."""

    type: Literal["number"]
    min: float
    max: float
    whole: bool = False
    unit: str = ""


class ChoiceField(_Field):
    """One of ``choices`` (id: what it reads as), or the id of a row of ``table``."""

    type: Literal["choice"]
    choices: dict[Id, Text] | None = None
    table: Id | None = None


class YesNoField(_Field):
    """True or false."""

    type: Literal["yes_no"]


class ListItemText(Model):
    """What a list of texts holds."""

    type: Literal["text"]
    min_words: Annotated[int, Field(ge=1)] = 1
    max_words: Annotated[int, Field(ge=1)] = 200


class ListItemChoice(Model):
    """What a list of choices holds, each at most once."""

    type: Literal["choice"]
    choices: dict[Id, Text] | None = None
    table: Id | None = None


class ListField(_Field):
    """Several texts or choices, between ``min`` and ``max`` of them."""

    type: Literal["list"]
    of: Annotated[ListItemText | ListItemChoice, Field(discriminator="type")]
    min: Annotated[int, Field(ge=0)] = 1
    max: Annotated[int, Field(ge=1)] = 10


AnyField = Annotated[TextField | NumberField | ChoiceField | YesNoField | ListField, Field(discriminator="type")]


class PlanCriterion(Criterion):
    """A rule: ``each`` (of every entry, or with ``for`` of every row of a table) or ``whole`` (once)."""

    each: Text | None = None
    whole: Text | None = None
    when: Text | None = None
    rows: Id | None = Field(default=None, alias="for")
    met: Text
    unmet: Text


class PlanAnswer(Answer):
    """A plan: one entry for each row of the table ``entries``."""

    kind: Literal["plan"]
    tables: dict[Id, Table]
    entries: Id
    fields: Annotated[dict[Id, AnyField], Field(min_length=1)]
    criteria: Annotated[list[PlanCriterion], Field(min_length=1)]
