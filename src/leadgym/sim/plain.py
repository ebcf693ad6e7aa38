"""One quarter of one run, in plain Python: the model to read, and an independent peer of the lock-step.

It shares the luck (``World``) and the order of the day with ``step.py``, and nothing else. Both end in the same
fingerprint, which is tested; here everything is a loop over people and tickets.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable, Mapping
from typing import Any

from leadgym.sim.luck import BLOCKS, WEEK_HOURS, World
from leadgym.sim.numbers import GRID
from leadgym.sim.plain_parts import PlainPerson, PlainTicket, grid
from leadgym.sim.state import DEFAULT_CODING, DEFAULT_WIP
from leadgym.sim.step import LEAST_SPEED

Observation = Mapping[str, Any]
Decide = Callable[[Observation], Mapping[str, Any]]

_STATUS = {"waiting": 0, "doing": 1, "blocked": 2, "review": 3, "shipped": 4}
_PER_TICKET = (
    *("status", "owner", "partner", "taken_at", "done", "hazard", "blocks", "blocked_at", "waited", "help_left"),
    *("worked", "paired", "gap_hours", "reviewer", "skilled", "review_left", "review_at", "review_rank"),
    *("shipped_at", "incident"),
)
_LUCK = (
    *("here", "gone", "onboarding", "interrupted", "resuming", "interrupted_batched", "resuming_batched"),
    *("switching", "value"),
)
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")


class PlainRun:
    """Run ``run`` of ``world``. ``play(decide)`` goes to the end; ``decide`` gets an observation, returns decisions."""

    def __init__(self, world: World, run: int) -> None:
        self.world, self.run, self.step = world, run, 0
        self.p = {name: float(world[name][run]) for name in world.parameters}
        self.people = [PlainPerson(world, run, number) for number in range(len(world.team.people))]
        self.tickets = [PlainTicket(world, run, number) for number in range(len(world.epic))]
        self.left = [0] * world.team.epics
        for ticket in self.tickets:
            self.left[ticket.epic] += ticket.appears == 0
        self.epic_done_at = [-1] * world.team.epics
        self.coding, self.batched, self.wip, self.clarity = DEFAULT_CODING, False, DEFAULT_WIP, 0.0
        self.for_others = 0.0
        self.luck = {name: getattr(world, name)[run].tolist() for name in _LUCK}

    def play(self, decide: Decide) -> PlainRun:
        """Goes to the last step."""
        while self.step < self.world.steps:
            self.advance(decide(observation) if (observation := self.observe()) else {})
        return self

    # what the policy sees

    def board(self) -> list[PlainTicket]:
        """Tickets of the first unfinished epics that have appeared."""
        unfinished = [epic for epic, at in enumerate(self.epic_done_at) if at < 0][: self.world.team.board]
        return [one for one in self.tickets if one.epic in unfinished and one.appears <= self.step]

    def observe(self) -> dict[str, Any] | None:
        """What the lead sees before this step, or None when there is nothing to decide."""
        here = self.luck["here"][self.step]
        board = self.board()
        waiting = [one for one in board if one.status == "waiting"]
        load = [0] * len(self.people)
        for one in board:
            if one.open:
                load[one.owner] += 1
        room = [max(self.wip - load[p.number], 0) if here[p.number] else 0 for p in self.people]
        monday = self.step % self.world.steps_a_week == 0
        unread = any(one.status == "review" and one.reviewer < 0 for one in board)
        if not (monday or unread or (waiting and any(room))):
            return None
        name = [person.name for person in self.people] + [None]  # [-1] is nobody
        domains = self.world.team.domains
        day, half = divmod(self.step, self.world.steps_a_day)

        def about(one: PlainTicket) -> dict[str, Any]:
            return {
                "ticket": self.world.ticket_names[one.number],
                "number": one.number,
                "epic": one.epic + 1,
                "domain": domains[one.domain],
                "difficulty": round(one.difficulty * 10),
                "days": round(one.size / 4) / 2,
            }

        def days_since(step: int) -> float:
            return (self.step - step) / self.world.steps_a_day

        return {
            "run": self.run,
            "week": self.step // self.world.steps_a_week + 1,
            "day": _DAYS[day % 5],
            "half": "morning" if half == 0 else "afternoon",
            "lead": name[0],
            "coding": round(self.coding, 2),
            "batched": self.batched,
            "wip_limit": self.wip,
            "people": [
                {
                    "name": person.name,
                    "here": here[person.number],
                    "room": room[person.number],
                    "skills": {
                        domain: round(min(max(skill + error, 0), 1) * 10)
                        for domain, skill, error in zip(domains, person.skill, person.sight, strict=True)
                    },
                }
                for person in self.people
            ],
            "waiting": [about(one) for one in waiting],
            "open": [
                {
                    **about(one),
                    "owner": name[one.owner],
                    "partner": name[one.partner],
                    "stuck": one.status == "blocked",
                    "since_days": days_since(one.taken_at),
                }
                for one in board
                if one.open
            ],
            "reviews": [
                {
                    **about(one),
                    "owner": name[one.owner],
                    "reviewer": name[one.reviewer],
                    "since_days": days_since(one.review_at),
                }
                for one in board
                if one.status == "review"
            ],
            "epics": [
                {"epic": epic + 1, "left": self.left[epic], "value": round(self.luck["value"][epic])}
                for epic in sorted({one.epic for one in board})
            ],
        }

    # one half-day

    def advance(self, decisions: Mapping[str, Any]) -> None:
        """One step."""
        for person in self.people:
            person.here = self.luck["here"][self.step][person.number]
        board = {self.world.ticket_names[one.number]: one for one in self.board()}
        self._hand_back()
        wished = self._decide(decisions, board)
        self._spend_the_day()
        self._help()
        self._choose_reviewers(wished)
        self._review()
        self._pair()
        self._work()
        self._close()
        self.step += 1

    def _hand_back(self) -> None:
        gone = self.luck["gone"][self.step]
        for domain, hours in enumerate(self.world.outage[self.run, self.step].tolist()):
            if hours:
                present = [person for person in self.people if person.here] or self.people[:1]
                max(present, key=lambda person: person.skill[domain]).fire += hours
        for one in self.tickets:
            if self.step and one.appears == self.step:
                self.left[one.epic] += 1
            if one.open and gone[one.owner]:
                one.status, one.owner, one.partner = "waiting", -1, -1
            if one.status == "review" and one.reviewer >= 0 and gone[one.reviewer]:
                one.reviewer = -1

    def _decide(self, decisions: Mapping[str, Any], board: Mapping[str, PlainTicket]) -> dict[int, int]:
        number = {person.name: person.number for person in self.people}
        calendar = decisions.get("calendar")
        if calendar is not None:
            self.coding = grid(min(max(calendar["coding"], 0), 1))
            self.batched = calendar["batched"]
        if decisions.get("wip_limit") is not None:
            self.wip = decisions["wip_limit"]
        load = [sum(one.open and one.owner == person.number for one in self.tickets) for person in self.people]
        for name in sorted(decisions.get("assign") or {}, key=lambda name: board[name].number):
            one, owner = board[name], number[decisions["assign"][name]]
            if one.status == "waiting" and self.people[owner].here and load[owner] < self.wip:
                load[owner] += 1
                one.status, one.owner, one.partner, one.taken_at = "doing", owner, -1, self.step
        for name, partner in (decisions.get("pair") or {}).items():
            one = board[name]
            if one.open and partner != self.people[one.owner].name:
                one.partner = -1 if partner is None else number[partner]
        wished = {}
        order = decisions.get("review_order")
        if order is not None:
            for one in self.tickets:
                if one.status == "review":
                    one.review_rank = len(order)
            for rank, (name, reviewer) in enumerate(order.items()):
                board[name].review_rank = rank
                if reviewer is not None:
                    wished[board[name].number] = number[reviewer]
        return wished

    def _spend_the_day(self) -> None:
        w, p, k = self.world, self.p, self.step
        for person in self.people:
            i = person.number
            person.free = w.hours if person.here else 0.0
            person.hours["away"] += w.hours - person.free
            person.spend("meetings", grid(p["meeting_hours"] * w.hours / 8))
            shield = 1 - p["shield"] * self.clarity if i else 1.0
            suffix = "_batched" if self.batched else ""
            person.spend("interrupted", grid(self.luck["interrupted" + suffix][k][i] * shield))
            person.spend("resuming", grid(self.luck["resuming" + suffix][k][i] * shield))
            person.spend("onboarding", self.luck["onboarding"][k][i])
            person.fire -= person.spend("firefighting", person.fire)
        lead = self.people[0]
        own = any(one.status == "doing" and one.owner == 0 for one in self.tickets)
        coding = grid(lead.free * self.coding) if own else 0.0
        self.for_others = lead.free - coding
        lead.free = coding

    def _help(self) -> None:
        p = self.p
        stuck = sorted((one for one in self.tickets if one.status == "blocked"), key=lambda one: one.blocked_at)
        answering = not self.batched or (self.step + 1) % self.world.steps_a_day == 0
        asked = [
            answering and one.waited >= grid(p["hesitation_hours"] * (1 - self.people[one.owner].trust))
            for one in stuck
        ]
        answered: set[int] = set()
        in_line: set[int] = set()
        for one, in_queue in zip(stuck, asked, strict=True):
            if in_queue:
                given = min(self.for_others, one.help_left)
                self.for_others -= given
                self.people[0].hours["helping"] += given
                one.help_left -= given
                (in_line if one.help_left > 0 else answered).add(one.owner)
            if self.people[one.owner].here:
                one.waited += self.world.hours
            if (in_queue and one.help_left == 0) or one.waited >= one.self_solve[one.blocks - 1]:
                one.status = "doing"
        for who in answered:
            self.people[who].trust = grid(self.people[who].trust + (1 - self.people[who].trust) * p["trust_gain"])
        for who in in_line:
            trust = self.people[who].trust
            self.people[who].trust = grid(trust + trust * (-p["trust_loss"] * self.world.hours))

    def _choose_reviewers(self, wished: Mapping[int, int]) -> None:
        size = len(self.people)
        waiting = [one for one in self.tickets if one.status == "review"]
        queue = [sum(one.reviewer == person.number for one in waiting) for person in self.people]
        for one in waiting:
            late = one.reviewer == 0 and (self.step - one.review_at) * self.world.hours >= self.p["review_patience"]
            if one.reviewer >= 0 and not late:
                continue
            able = [person.number for person in self.people if person.here and person.number != one.owner]
            knows = [one.difficulty - person.skill[one.domain] <= self.p["review_tolerance"] for person in self.people]
            peers = [i for i in able if i != 0]
            if one.number in wished and wished[one.number] in able and not late:
                chosen = wished[one.number]
            elif late:
                chosen = self._shortest(peers, queue, one.number, size) if peers else one.reviewer
            elif skilled := [i for i in peers if knows[i]]:
                chosen = self._shortest(skilled, queue, one.number, size)
            elif 0 in able:
                chosen = 0
            else:
                chosen = self._shortest(peers, queue, one.number, size) if peers else -1
            one.reviewer = chosen
            one.skilled = chosen >= 0 and knows[chosen]

    @staticmethod
    def _shortest(people: list[int], queue: list[int], ticket: int, size: int) -> int:
        return min(people, key=lambda i: queue[i] * size + (i + ticket) % size)

    def _review(self) -> None:
        start = [list(person.skill) for person in self.people]
        ready = [one for one in self.tickets if one.status == "review" and one.reviewer >= 0]
        ready.sort(key=lambda one: (one.review_rank, one.review_at, one.number))
        limit = grid(self.p["review_time"] * self.world.hours)
        budget = [min(person.free, limit) for person in self.people]
        budget[0] = self.for_others
        shipped = []
        for one in ready:
            who = self.people[one.reviewer]
            if not who.here:
                continue
            given = min(budget[who.number], one.review_left)
            budget[who.number] -= given
            one.review_left -= given
            who.hours["reviewing"] += given
            if who.number == 0:
                self.for_others -= given
            else:
                who.free -= given
            self._learn(who, start[who.number], one, given * self.p["learning_review"])
            if one.review_left == 0:
                shipped.append(one)
        for one in sorted(shipped, key=lambda one: one.number):
            self._ship(one)
        for epic, left in enumerate(self.left):
            if left == 0 and self.epic_done_at[epic] < 0 and shipped:
                self.epic_done_at[epic] = self.step

    def _ship(self, one: PlainTicket) -> None:
        p = self.p
        one.status, one.shipped_at = "shipped", self.step
        gap = one.gap_hours / max(one.worked, 1e-6)
        chance = one.risk * (p["incident_base"] + p["incident_gap"] * gap)
        chance = chance * (1 - p["review_effect"] * one.skilled)
        chance = chance * (1 - p["pair_quality"] * (one.paired / max(one.worked, 1e-6)))
        one.incident = one.luck < grid(chance)
        if one.incident:
            present = [person for person in self.people if person.here] or self.people
            max(present, key=lambda person: person.skill[one.domain]).fire += one.incident_hours
        self.left[one.epic] -= 1

    def _pair(self) -> None:
        for person in self.people:
            person.now, person.together, person.mate = self._active(person), 0.0, None
        for person in self.people:
            if person.now is None or person.now.partner < 0:
                continue
            mate = self.people[person.now.partner]
            if mate is person or not mate.here:
                continue
            offered = self.for_others if mate.number == 0 else mate.free
            hours = min(grid(person.free * self.p["pair_share"]), offered)
            if mate.number == 0:
                self.for_others -= hours
            else:
                mate.free -= hours
            mate.hours["pairing"] += hours
            person.together, person.mate = hours, mate

    def _active(self, person: PlainPerson) -> PlainTicket | None:
        mine = [one for one in self.tickets if one.status == "doing" and one.owner == person.number]
        if not person.here or not mine:
            return None
        return min(mine, key=lambda one: (one.partner < 0, one.taken_at, one.number))

    def _work(self) -> None:
        start = [list(person.skill) for person in self.people]
        at_work = [person for person in self.people if person.now is not None and person.free > 0]
        for person in at_work:
            if person.now:
                self._work_on(person, person.now, start, first=True)
        start = [list(person.skill) for person in self.people]
        for person in at_work:
            if person.mate and person.now:
                self._learn(person.mate, start[person.mate.number], person.now, person.together)
        start = [list(person.skill) for person in self.people]
        for person in self.people:
            if person.free > 0 and (one := self._active(person)) is not None:
                self._work_on(person, one, start, first=False)

    def _work_on(self, person: PlainPerson, one: PlainTicket, start: list[list[float]], first: bool) -> None:
        p = self.p
        if first and person.active not in (-1, one.number):
            last = self.tickets[person.active]
            if last.open and last.owner == person.number:
                person.spend("resuming", self.luck["switching"][self.step][person.number])
        person.active = one.number
        hours = person.free
        paired = min(person.together, hours) if first else 0.0
        skill = start[person.number][one.domain]
        other = start[person.mate.number][one.domain] if person.mate else 0.0
        gap = max(one.difficulty - skill, 0)
        gap_paired = max(one.difficulty - max(skill, other), 0)
        base = p["speed_base"] + p["speed_skill"] * skill
        speed = max(base * (1 - p["speed_gap"] * gap), LEAST_SPEED)
        speed_paired = max(base * (1 - p["speed_gap"] * gap_paired), LEAST_SPEED) * p["pair_speed"]

        need = one.size - one.done
        by_pair = grid(paired * speed_paired)
        used_paired = min(paired, grid(need / speed_paired)) if by_pair >= need else paired
        need = max(need - by_pair, 0)
        alone = hours - paired
        by_one = grid(alone * speed)
        used_alone = min(alone, grid(need / speed)) if by_one >= need else alone
        need = max(need - by_one, 0)

        one.done = one.size - need
        one.worked += person.spend("coding", used_paired + used_alone)
        one.paired += used_paired
        one.gap_hours += grid(used_paired * gap_paired + used_alone * gap)
        exposed = used_paired * (p["block_base"] + p["block_gap"] * gap_paired)
        exposed = exposed + used_alone * (p["block_base"] + p["block_gap"] * gap)
        one.hazard += grid(exposed * (1 - p["clarity_gain"] * self.clarity))
        self._learn(person, start[person.number], one, used_alone + used_paired * p["learning_paired"])
        if need == 0:
            one.status, one.reviewer, one.review_at, one.review_left = "review", -1, self.step, one.review_hours
        elif one.blocks < BLOCKS and one.hazard >= one.block_at[one.blocks]:
            one.status, one.blocked_at, one.waited = "blocked", self.step, 0.0
            one.help_left = one.help_need[one.blocks]
            one.blocks += 1

    def _learn(self, person: PlainPerson, start: list[float], one: PlainTicket, hours: float) -> None:
        missing = max(min(one.difficulty + self.p["learning_reach"], 1) - start[one.domain], 0)
        person.skill[one.domain] += grid(self.p["learning"] * person.aptitude * missing * hours)

    def _close(self) -> None:
        stuck = {one.owner for one in self.tickets if one.status == "blocked"}
        for person in self.people:
            person.spend("blocked" if person.number in stuck else "free", person.free)
        self.people[0].hours["leading"] += self.for_others
        pull = min(self.world.hours / (WEEK_HOURS * self.p["clarity_weeks"]), 1)
        today = min(self.for_others / (self.p["clarity_share"] * self.world.hours), 1)
        self.clarity = grid(self.clarity + (today - self.clarity) * pull)

    # what is left

    def fingerprint(self) -> str:
        """The same hash as State.fingerprint."""
        values: list[Any] = [self.step, float(self.coding), self.batched, self.wip]
        for name in _PER_TICKET:
            values += [getattr(one, name) for one in self.tickets]
        values += [level for person in self.people for level in person.skill]
        for name in ("trust", "active", "fire"):
            values += [getattr(person, name) for person in self.people]
        values += [hours for person in self.people for hours in person.hours.values()]
        values += [self.clarity, *self.left, *self.epic_done_at]
        numbers = [
            _STATUS[value]
            if isinstance(value, str)
            else round(value * GRID)
            if isinstance(value, float)
            else int(value)
            for value in values
        ]
        return hashlib.sha256(struct.pack(f"<{len(numbers)}q", *numbers)).hexdigest()[:16]
