"""One half-day for all runs in lock-step: ``advance(state, decisions) -> state``. The input is left as it was.

The order within a step: tickets of people who are gone go back to the board; decisions take effect; each person's
hours are spent on meetings, interruptions, newcomers and incidents; the lead answers whoever is stuck; reviews; work.
``plain.py`` tells the same story for one run, and is compared with this one in the tests.
"""

from __future__ import annotations

from dataclasses import fields
from types import SimpleNamespace

import numpy as np

from leadgym.sim.lines import place_in_line, serve
from leadgym.sim.luck import BLOCKS, WEEK_HOURS
from leadgym.sim.numbers import Bools, Floats, Ints, grid
from leadgym.sim.state import (
    AWAY,
    BLOCKED,
    CODING,
    DOING,
    FIREFIGHTING,
    FREE,
    HELPING,
    INTERRUPTED,
    KEEP,
    LEADING,
    MEETINGS,
    NOBODY,
    ONBOARDING,
    PAIRING,
    RESUMING,
    REVIEW,
    REVIEWING,
    SHIPPED,
    STUCK,
    WAITING,
    Decisions,
    State,
    frozen,
)
from leadgym.sim.window import PER_TICKET, Window

LEAST_SPEED = 0.05

_FIELDS = tuple(field.name for field in fields(State))


def advance(state: State, decisions: Decisions) -> State:
    """The state a step later. Raises ValueError after the last step."""
    if state.step >= state.world.steps:
        raise ValueError(f"The run has {state.world.steps} steps, and they are over.")
    draft = _Draft(state)
    draft.hand_back()
    draft.decide(decisions)
    draft.spend_the_day()
    draft.help()
    draft.choose_reviewers()
    draft.review()
    draft.pair()
    draft.work()
    draft.close()
    return draft.state()


class _Draft(SimpleNamespace):
    """A copy of a state that is written to for one step. Names as in State; ``free`` holds each person's hours left.

    Of arrays per ticket it has the columns in the state's window, written to in place.
    """

    def __init__(self, state: State) -> None:
        kept = vars(state)
        copies = {name: one.copy() if isinstance(one := kept[name], np.ndarray) else one for name in _FIELDS}
        copies["whole"] = {name: copies[name] for name in PER_TICKET}
        copies.update({name: copies[name][:, state.window] for name in PER_TICKET})
        super().__init__(**copies)
        self.before = state
        self.world = Window(state)
        self.first = state.window.start
        self.rows = np.arange(state.world.runs)
        self.here = self.world.here[:, self.step]
        self.people = self.skill.shape[1]

    def state(self) -> State:
        """The next state."""
        kept = vars(self)
        changed = {name: kept[name] for name in _FIELDS}
        changed.update(self.whole, world=self.before.world, step=self.step + 1)
        return frozen(State(**changed))

    def hand_back(self) -> None:
        """Scope grows, an outage lands; open tickets of who is gone go back to the board, their reviews to others."""
        w = self.world
        world = self.before.world
        if self.step and (new := world.appears == self.step).any():
            self.left += np.bincount(world.epic[new], minlength=self.left.shape[1])
        for domain in np.flatnonzero(world.outage[:, self.step].any(axis=0)):
            knows = np.where(self.here, self.skill[:, :, domain], -1.0)
            self.fire[self.rows, knows.argmax(axis=1)] += world.outage[:, self.step, domain]
        gone = w.gone[:, self.step]
        if gone.any():
            owned = (self.status == DOING) | (self.status == BLOCKED)
            back = owned & self._of(gone, self.owner)
            self.status[back] = WAITING
            self.owner[back] = NOBODY
            self.partner[back] = NOBODY
            self.reviewer[(self.status == REVIEW) & self._of(gone, self.reviewer)] = NOBODY

    def decide(self, decisions: Decisions) -> None:
        """Decisions take effect, as far as they can."""
        if decisions.coding is not None:
            self.coding = grid(np.clip(decisions.coding, 0, 1))
        if decisions.batched is not None:
            self.batched = decisions.batched.copy()
        if decisions.wip is not None:
            self.wip = np.maximum(decisions.wip, 1)
        if decisions.assign is not None:
            self._assign(decisions.assign)
        if decisions.partner is not None:
            open_ = (self.status == DOING) | (self.status == BLOCKED)
            change = open_ & (decisions.partner != KEEP) & (decisions.partner != self.owner)
            self.partner[change] = decisions.partner[change]
        if decisions.review_rank is not None:
            change = decisions.review_rank != KEEP
            self.review_rank[change] = decisions.review_rank[change]
        self.wished = decisions.reviewer

    def _assign(self, assign: Ints) -> None:
        board = self.before.open()
        wanted = (assign != NOBODY) & (self.status == WAITING) & board
        if not wanted.any():
            return
        r, t = np.nonzero(wanted)
        p = assign[r, t]
        working = (self.status == DOING) | (self.status == BLOCKED)
        holder = np.where(working, self.owner, NOBODY)
        room = self.wip[r] - (holder[r] == p[:, None]).sum(axis=1)
        # A person's tickets of this step are numbered in the order of the board; the first ones find room.
        line = r * self.people + p
        sequence = np.argsort(line, kind="stable")
        place = np.empty_like(line)
        place[sequence] = place_in_line(line[sequence])
        taken = self.here[r, p] & (place < room)
        r, t, p = r[taken], t[taken], p[taken]
        self.status[r, t] = DOING
        self.owner[r, t] = p
        self.partner[r, t] = NOBODY
        self.taken_at[r, t] = self.step

    def spend_the_day(self) -> None:
        """Meetings, interruptions, newcomers and incidents take their share of the step first."""
        w, k = self.world, self.step
        batched = self.batched[:, None]
        shield = 1 - w["shield"][:, None] * self.clarity[:, None] * (np.arange(self.people) > 0)
        self.free = np.where(self.here, w.hours, 0.0)
        self._book(AWAY, w.hours - self.free)
        self._take(MEETINGS, grid(w["meeting_hours"] * w.hours / 8)[:, None])
        minutes = np.where(batched, w.interrupted_batched[:, k], w.interrupted[:, k])
        lags = np.where(batched, w.resuming_batched[:, k], w.resuming[:, k])
        self._take(INTERRUPTED, grid(minutes * shield))
        self._take(RESUMING, grid(lags * shield))
        self._take(ONBOARDING, w.onboarding[:, k])
        self.fire -= self._take(FIREFIGHTING, self.fire)
        # The lead's coding time is set apart; without a ticket of their own to work on, all is time for the others.
        own = ((self.owner == 0) & (self.status == DOING)).any(axis=1)
        coding = np.where(own, grid(self.free[:, 0] * self.coding), 0.0)
        self.for_others = self.free[:, 0] - coding
        self.free[:, 0] = coding

    def help(self) -> None:
        """Who is stuck asks, waits in line for the lead, or gets out alone."""
        w = self.world
        stuck = self.status == BLOCKED
        if not stuck.any():
            return
        r, t = np.nonzero(stuck)
        p = self.owner[r, t]
        asked = self.waited[r, t] >= grid(w.of("hesitation_hours", r) * (1 - self.trust[r, p]))
        open_now = ~self.batched | ((self.step + 1) % w.steps_a_day == 0)
        line = asked & open_now[r]
        given = np.zeros(len(r))
        given[line] = serve(
            r[line], (self.blocked_at[r, t][line], t[line]), self.help_left[r, t][line], self.for_others
        )
        self.help_left[r, t] -= given
        total = np.bincount(r, weights=given, minlength=len(self.rows))
        self.for_others -= total
        self.hours[:, 0, HELPING] += total
        self.waited[r, t] += np.where(self.here[r, p], w.hours, 0.0)
        answered = line & (self.help_left[r, t] == 0)
        alone = self.waited[r, t] >= w.self_solve[r, t, self.blocks[r, t] - 1]
        out = answered | alone
        self.status[r[out], t[out]] = DOING
        # Trust: once for each person, however many of their tickets are concerned.
        for who, change in ((answered, w["trust_gain"]), (line & ~answered, -w["trust_loss"] * w.hours)):
            if not who.any():
                continue
            some = np.zeros(self.trust.shape, dtype=np.bool_)
            some[r[who], p[who]] = True
            moved = np.where(change[:, None] > 0, (1 - self.trust) * change[:, None], self.trust * change[:, None])
            self.trust[:] = np.where(some, grid(self.trust + moved), self.trust)

    def choose_reviewers(self) -> None:
        """Who reviews: whom the policy names; else a colleague who knows enough, with the shortest line; else the lead.

        What has waited too long for the lead goes to any colleague.
        """
        w = self.world
        waiting = self.status == REVIEW
        age = (self.step - self.review_at) * w.hours
        late = waiting & (self.reviewer == 0) & (age >= w["review_patience"][:, None])
        r, t = np.nonzero((waiting & (self.reviewer == NOBODY)) | late)
        if not len(r):
            return
        queue = np.zeros(self.trust.shape, dtype=np.int64)
        lines = waiting & (self.reviewer != NOBODY)
        np.add.at(queue, (np.nonzero(lines)[0], self.reviewer[lines]), 1)
        people = np.arange(self.people)
        able = self.here[r] & (people != self.owner[r, t][:, None])
        gap = w.difficulty[r, t][:, None] - self.skill[r, :, w.domain[r, t]]
        knows = gap <= w["review_tolerance"][r, None]
        peers = able & (people != 0)
        turn = queue[r] * self.people + (people + self.first + t[:, None]) % self.people
        turn = turn + np.where(knows | late[r, t][:, None], 0, 10_000)  # whoever knows enough goes first
        chosen = np.where(peers, turn, 2**31).argmin(axis=1)
        to_lead = able[:, 0] & ~(peers & knows).any(axis=1) & ~late[r, t]
        chosen = np.where(to_lead | ~peers.any(axis=1), np.where(able[:, 0], 0, NOBODY), chosen)
        if self.wished is not None:
            wish = self.wished[r, t]
            heard = (wish != NOBODY) & able[np.arange(len(r)), wish] & ~late[r, t]
            chosen = np.where(heard, wish, chosen)
        chosen = np.where(late[r, t] & ~peers.any(axis=1), self.reviewer[r, t], chosen)
        self.reviewer[r, t] = chosen
        self.skilled[r, t] = knows[np.arange(len(r)), chosen] & (chosen != NOBODY)

    def review(self) -> None:
        """Everybody works through their line of reviews; what is done with ships."""
        w = self.world
        r, t = np.nonzero((self.status == REVIEW) & (self.reviewer != NOBODY))
        if not len(r):
            return
        p = self.reviewer[r, t]
        there = self.here[r, p]
        r, t, p = r[there], t[there], p[there]
        budget = np.minimum(self.free, grid(w["review_time"] * w.hours)[:, None])
        budget[:, 0] = self.for_others
        line = r * self.people + p
        order = (self.review_rank[r, t], self.review_at[r, t], t)
        given = serve(line, order, self.review_left[r, t], budget.ravel())
        self.review_left[r, t] -= given
        spent = np.bincount(line, weights=given, minlength=budget.size).reshape(budget.shape)
        self.hours[:, :, REVIEWING] += spent
        self.for_others -= spent[:, 0]
        self.free[:, 1:] -= spent[:, 1:]
        self._learn(r, p, t, given * w.of("learning_review", r))
        done = self.review_left[r, t] == 0
        self._ship(r[done], t[done])

    def _ship(self, r: Ints, t: Ints) -> None:
        if not len(r):
            return
        w = self.world
        self.status[r, t] = SHIPPED
        self.shipped_at[r, t] = self.step
        gap = self.gap_hours[r, t] / np.maximum(self.worked[r, t], 1e-6)
        chance = w.risk[r, t] * (w.of("incident_base", r) + w.of("incident_gap", r) * gap)
        chance = chance * (1 - w.of("review_effect", r) * self.skilled[r, t])
        chance = chance * (1 - w.of("pair_quality", r) * (self.paired[r, t] / np.maximum(self.worked[r, t], 1e-6)))
        failed = w.incident[r, t] < grid(chance)
        self.incident[r, t] = failed
        hit, what = r[failed], t[failed]
        skill = np.where(self.here[hit], self.skill[hit, :, w.domain[hit, what]], -1.0)
        np.add.at(self.fire, (hit, skill.argmax(axis=1)), w.incident_hours[hit, what])
        np.subtract.at(self.left, (r, w.epic[t]), 1)
        finished = (self.left == 0) & (self.epic_done_at < 0)
        self.epic_done_at[finished] = self.step

    def pair(self) -> None:
        """Sets aside the hours that two people spend on one ticket, in the order of the team."""
        share = self.world["pair_share"]
        everybody = self.rows.repeat(self.people), np.tile(np.arange(self.people), len(self.rows))
        self.now = self._active(*everybody).reshape(-1, self.people)
        self.together = np.zeros(self.free.shape)
        self.mate = np.full(self.now.shape, NOBODY)
        if not (self.partner != NOBODY).any():
            return
        mates = np.where(self.now == NOBODY, NOBODY, self.partner[self.rows[:, None], self.now])
        there = (mates != NOBODY) & (mates != np.arange(self.people)) & self.here[self.rows[:, None], mates]
        for p in np.nonzero(there.any(axis=0))[0].tolist():
            r = np.nonzero(there[:, p])[0]
            q = mates[r, p]
            offered = np.where(q == 0, self.for_others[r], self.free[r, q])
            hours = np.minimum(grid(self.free[r, p] * share[r]), offered)
            self.for_others[r] -= np.where(q == 0, hours, 0.0)
            self.free[r, q] -= np.where(q == 0, 0.0, hours)
            self.hours[r, q, PAIRING] += hours
            self.together[r, p] = hours
            self.mate[r, p] = q

    def work(self) -> None:
        """Everybody works on the ticket they have had longest; who finishes it goes on with the next."""
        r, p = np.nonzero((self.now != NOBODY) & (self.free > 0))
        self._work_on(r, p, self.now[r, p], first=True)
        r, p = np.nonzero(self.free > 0)
        t = self._active(r, p)
        some = t != NOBODY
        self._work_on(r[some], p[some], t[some], first=False)

    def _work_on(self, r: Ints, p: Ints, t: Ints, first: bool) -> None:
        if not len(r):
            return
        w, k = self.world, self.step
        if first:
            last = self.active[r, p] - self.first
            known = (last != t) & (last >= 0)
            last = np.where(known, last, 0)
            going = (self.status[r, last] == DOING) | (self.status[r, last] == BLOCKED)
            switched = known & going & (self.owner[r, last] == p)
            lag = np.where(switched, np.minimum(w.switching[r, k, p], self.free[r, p]), 0.0)
            self.hours[r, p, RESUMING] += lag
            self.free[r, p] -= lag
        self.active[r, p] = t + self.first
        alone = self.free[r, p]
        domain, difficulty, size = w.domain[r, t], w.difficulty[r, t], w.size[r, t]
        skill = self.skill[r, p, domain]
        gap = np.maximum(difficulty - skill, 0)
        base = w.of("speed_base", r) + w.of("speed_skill", r) * skill
        slower = w.of("speed_gap", r)
        block_base, block_gap = w.of("block_base", r), w.of("block_gap", r)
        need = size - self.done[r, t]

        used_paired: Floats | float = 0.0
        gaps: Floats | float = 0.0
        exposed: Floats | float = 0.0
        paired = np.minimum(self.together[r, p], alone) if first and self.together.any() else None
        if paired is not None:
            mate = self.mate[r, p]
            other = np.where(mate == NOBODY, 0.0, self.skill[r, mate, domain])
            gap_paired = np.maximum(difficulty - np.maximum(skill, other), 0)
            speed = np.maximum(base * (1 - slower * gap_paired), LEAST_SPEED) * w.of("pair_speed", r)
            done = grid(paired * speed)
            used_paired = np.where(done >= need, np.minimum(paired, grid(need / speed)), paired)
            need = np.maximum(need - done, 0)
            alone = alone - paired
            self.paired[r, t] += used_paired
            gaps = used_paired * gap_paired
            exposed = used_paired * (block_base + block_gap * gap_paired)
        speed = np.maximum(base * (1 - slower * gap), LEAST_SPEED)
        done = grid(alone * speed)
        used_alone = np.where(done >= need, np.minimum(alone, grid(need / speed)), alone)
        need = np.maximum(need - done, 0)
        finished = need == 0

        self.done[r, t] = size - need
        used = used_paired + used_alone
        self.free[r, p] -= used
        self.hours[r, p, CODING] += used
        self.worked[r, t] += used
        self.gap_hours[r, t] += grid(gaps + used_alone * gap)
        ease = 1 - w.of("clarity_gain", r) * self.clarity[r]
        self.hazard[r, t] += grid((exposed + used_alone * (block_base + block_gap * gap)) * ease)
        learning = used_alone + used_paired * w.of("learning_paired", r)
        self.skill[r, p, domain] += self._gain(r, p, t, learning)
        if paired is not None:
            two = mate != NOBODY
            self._learn(r[two], mate[two], t[two], self.together[r[two], p[two]])

        at = (r[finished], t[finished])
        self.status[at] = REVIEW
        self.reviewer[at] = NOBODY
        self.review_at[at] = k
        self.review_left[at] = w.review[at]
        blocks = self.blocks[r, t]
        limit = w.block_at[r, t, np.minimum(blocks, BLOCKS - 1)]
        stuck = ~finished & (blocks < BLOCKS) & (self.hazard[r, t] >= limit)
        at = (r[stuck], t[stuck])
        self.status[at] = BLOCKED
        self.help_left[at] = w.help_need[(*at, blocks[stuck])]
        self.blocked_at[at] = k
        self.waited[at] = 0
        self.blocks[at] += 1

    def close(self) -> None:
        """What is left of the hours is booked, and the lead's preparing pays off."""
        w = self.world
        working = self.status == BLOCKED
        r, t = np.nonzero(working)
        stuck = np.zeros(self.free.shape, dtype=np.bool_)
        stuck[r, self.owner[r, t]] = True
        self._book(STUCK, np.where(stuck, self.free, 0.0))
        self._book(FREE, np.where(stuck, 0.0, self.free))
        self.hours[:, 0, LEADING] += self.for_others
        pull = np.minimum(w.hours / (WEEK_HOURS * w["clarity_weeks"]), 1)
        today = np.minimum(self.for_others / (w["clarity_share"] * w.hours), 1)
        self.clarity[:] = grid(self.clarity + (today - self.clarity) * pull)

    def _active(self, r: Ints, p: Ints) -> Ints:
        """For each (run, person): the ticket in work with a partner, else the one they have had longest, or NOBODY."""
        mine = (self.status[r] == DOING) & (self.owner[r] == p[:, None]) & self.here[r, p][:, None]
        since = np.where(mine, self.taken_at[r] - self.world.steps * (self.partner[r] != NOBODY), 2**31)
        found = since.argmin(axis=1)
        return np.where(mine[np.arange(len(r)), found], found, NOBODY)

    def _learn(self, r: Ints, p: Ints, t: Ints, hours: Floats) -> None:
        """Adds what ``hours`` teach. One person may stand several times: gains are added up from the same start."""
        np.add.at(self.skill, (r, p, self.world.domain[r, t]), self._gain(r, p, t, hours))

    def _gain(self, r: Ints, p: Ints, t: Ints, hours: Floats) -> Floats:
        w = self.world
        missing = np.minimum(w.difficulty[r, t] + w.of("learning_reach", r), 1) - self.skill[r, p, w.domain[r, t]]
        return grid(w.of("learning", r) * w.aptitude[r, p] * np.maximum(missing, 0) * hours)

    def _take(self, activity: int, wanted: Floats) -> Floats:
        got = np.minimum(self.free, wanted)
        self.free = self.free - got
        self._book(activity, got)
        return got

    def _book(self, activity: int, hours: Floats) -> None:
        self.hours[:, :, activity] += hours

    def _of(self, flags: Bools, person: Ints) -> Bools:
        """``flags`` (R P) looked up for a person per ticket (R T); nobody: False."""
        return np.asarray(np.take_along_axis(flags, np.maximum(person, 0), axis=1) & (person >= 0))
