"""What all answers have in common in which a learner's functions lead the simulated team: see ``policy.py``, where the
parts and what they are asked are told, and ``declared.py``.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from leadgym.marking.asking import Ask, HandedIn, NoDecisions, handed_in, parts_handed_in
from leadgym.marking.model import Answer, Check, CriterionMark
from leadgym.marking.placing import percent
from leadgym.marking.quarters import WHOLE, Listener
from leadgym.marking.show import number
from leadgym.scenario.model import Text
from leadgym.sim import PARTS
from leadgym.sim.team import Away, Joins, Leaves, Outage, ScopeGrows, Shock, ledger_team
from leadgym.yamlfile import Location, Model

SMALLEST_SEED = 10**9
LARGEST_SEED = 2**53
_PROBLEMS = 3

Seed = Annotated[int, Field(ge=0, le=LARGEST_SEED)]
Week = Annotated[int, Field(ge=1, le=26)]


class HiddenShock(Model):
    """Something that happens to the team in every hidden quarter. ``who`` is a name of the team."""

    what: Literal["away", "leaves", "joins", "scope grows", "outage"]
    week: Week
    weeks: Annotated[int, Field(ge=1, le=26)] | None = None
    who: Text | None = None
    epic: Annotated[int, Field(ge=1)] | None = None
    tickets: Annotated[int, Field(ge=1, le=20)] | None = None
    domain: Text | None = None
    hours: Annotated[int, Field(ge=1, le=200)] | None = None

    def problem(self, weeks: int) -> str | None:
        """What is wrong with it, and the mend."""
        needs = {"away": {"weeks", "who"}, "scope grows": {"epic", "tickets"}, "outage": {"domain", "hours"}}.get(
            self.what, {"who"}
        )
        given = self.model_fields_set - {"what", "week"}
        names = ledger_team().names
        if given != needs:
            return f"'{self.what}' goes with 'week' and {listed(sorted(needs))}; correct the others."
        if self.week > weeks:
            return f"is in week {self.week} of {weeks}; take an earlier one."
        if self.who is not None and self.who not in names:
            return f"'{self.who}' is not in the team. It has {listed(names)}."
        if self.epic is not None and self.epic > ledger_team().epics:
            return f"there are {ledger_team().epics} epics; take one of them."
        if self.domain is not None and self.domain not in ledger_team().domains:
            return f"'{self.domain}' is no domain. There are {listed(ledger_team().domains)}."
        return None

    def shock(self) -> Shock:
        """As the simulation has it."""
        who = ledger_team().names.index(self.who) if self.who else 0
        if self.what == "away":
            return Away(self.week, self.weeks or 1, who)
        if self.what == "scope grows":
            return ScopeGrows(self.week, self.epic or 1, self.tickets or 1)
        if self.what == "outage":
            return Outage(self.week, ledger_team().domains.index(self.domain or ""), float(self.hours or 0))
        return Leaves(self.week, who) if self.what == "leaves" else Joins(self.week, who)


class Policies(Answer):
    """What every answer has that is a policy: functions by part, asked about many quarters."""

    asks_a_function: ClassVar[bool] = True
    asks_parts: ClassVar[bool] = True

    needs: Annotated[list[Text], Field(min_length=1)] = ["assign"]
    weeks: Annotated[int, Field(ge=4, le=26)] = 13
    quarters: Annotated[int, Field(ge=10, le=60)] = 30
    seconds: Annotated[float, Field(gt=0, le=WHOLE)] = 5.0

    def needs_problems(self) -> Iterator[tuple[Location, str]]:
        """Parts that do not exist."""
        for index, part in enumerate(self.needs):
            if part not in PARTS:
                yield ("needs", index), f"'{part}' is no part of a policy. The parts are {listed(PARTS)}."

    def source(self, answer: Any) -> str:
        """The functions' sources, one after the other."""
        return "\n".join(about.source for about in functions(answer).values())

    def missing(self, parts: Mapping[str, HandedIn], name: str) -> str:
        """Why there is no policy to play, and the mend; empty where there is one."""
        if not parts:
            return HAND_IN.format(name)
        missing = [part for part in self.needs if part not in parts]
        if not missing:
            return ""
        odd = [part for part in parts if part not in PARTS]
        unknown = f" '{odd[0][:40]}' is no part of a policy; the parts are {listed(PARTS)}." if odd else ""
        return f"The policy has no {listed(missing)}, without which nothing is marked.{unknown}"

    def relied(self, listener: Listener) -> tuple[float, list[str]]:
        """The share that the policy can be relied on for, and what there is to say of it."""
        said = list(dict.fromkeys(listener.silent.values()))
        usable = {part: listener.usable(part) for part in self.needs}
        said += [
            f"Of what `{part}` was asked, {percent(share)} got a decision that could be used. "
            "For the rest the default stood in, which earns nothing."
            for part, share in usable.items()
            if share < 1
        ]
        steady = listener.steady()
        said += [
            f"Asked again about {of} moments in the opposite order, `{part}` decided otherwise on {of - alike}. "
            "It draws lots, or remembers what it was asked before. "
            "Decide from the observation alone; a tie can be broken by name."
            for part, (alike, of) in steady.items()
            if alike < of
        ]
        shares = [alike / of for alike, of in steady.values() if of]
        return min(usable.values()) * min(shares, default=1.0), said

    def quick(self, listener: Listener, practice: int, times: int = 1) -> Check:
        """Whether it is quick enough. Each of ``practice`` quarters was played ``times`` times."""
        each = listener.taken / (practice * times)
        allowed = WHOLE / (self.quarters * times)
        found = f"Your functions take {number(each)} s for a quarter; {number(allowed)} s is the most."
        return Check("Time", "look again" if each > allowed or listener.silent else "fine", found)


def seed_problem(seed: int, public: Collection[int]) -> str:
    """What is wrong with ``seed`` as one of a hidden quarter, and the mend; empty where nothing is."""
    if seed in public:
        return f"{seed} is among the practice quarters; take another."
    if seed < SMALLEST_SEED:
        return f"{seed} can be found by trying; take one of at least {SMALLEST_SEED}."
    return ""


HAND_IN = 'Hand in functions by part, without calling them: submit("{0}", {{"assign": assign}}).'
NOT_RELIED = "Nothing that the policy decided can be relied on, so it earns nothing."
STEADY = "Asked again in the opposite order, it decided the same."


def functions(answer: Any) -> dict[str, HandedIn]:
    """The functions by part; one function alone is ``assign``. Empty for anything else."""
    alone = handed_in(answer)
    return {"assign": alone} if alone else parts_handed_in(answer) or {}


def asked_parts(parts: Mapping[str, HandedIn], answer: Any) -> dict[str, str]:
    """The parts that are asked, in the simulation's order, and what each is called where it is asked."""
    return {part: "" if handed_in(answer) else part for part in PARTS if part in parts}


def timed(ask: Ask) -> Ask:
    """``ask`` where nothing bounds its time: what came too late is refused afterwards."""

    def timed(questions: Sequence[Any], seconds: float, part: str = "") -> Sequence[Mapping[str, Any]]:
        begun = time.perf_counter()
        found = ask(questions, seconds, part)
        spent = time.perf_counter() - begun
        if spent > seconds:
            raise NoDecisions(
                f"The function took {number(spent)} s for {len(questions)} quarters; {number(seconds)} s is the most."
            )
        return found

    return timed


def decided(listener: Listener) -> Check:
    """Whether all that was decided could be carried out."""
    lines = wrong(listener)
    if not lines:
        return Check("Decisions", "fine", "All of them could be carried out.")
    return Check("Decisions", "look again", "\n".join(lines), "Print what your function is given at that moment.")


def wrong(listener: Listener) -> list[str]:
    """What could not be carried out, a line each, most frequent first."""
    found = listener.problems()
    more = [f"- {len(found) - _PROBLEMS} more kinds of problem."] if len(found) > _PROBLEMS else []
    return [f"- {problem}" for problem in found[:_PROBLEMS]] + more


def own_copy(parts: Mapping[str, HandedIn]) -> list[str]:
    """What is said to a source that names the simulation."""
    if not any("leadgym.sim" in about.source for about in parts.values()):
        return []
    return [
        "Your source names leadgym.sim. The simulation that counts runs elsewhere, on luck that is not in your "
        "notebook: thinking ahead with your own copy may help you, changing it does nothing."
    ]


def cut_to(relied: float) -> list[str]:
    """What was taken off for decisions that cannot be relied on."""
    return [f"The points are cut to {percent(relied)}, the share of decisions to be relied on."] if relied < 1 else []


def start_here(marks: Sequence[CriterionMark]) -> list[str]:
    """Where most points are left."""
    most = max(marks, key=lambda mark: mark.out_of - mark.points)
    return [f"Most is left in “{most.title}”: start there."] if most.out_of - most.points > 0.005 else []


def joined(*lines: str) -> str:
    """One line below the other."""
    return "\n".join(lines)


def listed(names: Sequence[str]) -> str:
    """One name after the other."""
    return ", ".join(names)
