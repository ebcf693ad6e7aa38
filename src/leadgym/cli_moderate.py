"""``leadgym cohort moderate``: what the marker was not sure of, one question at a time, two keys a decision."""

from __future__ import annotations

import random
import shutil
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from leadgym.cli_root import account, in_words, marked_road, module_of, root_of, root_option

if TYPE_CHECKING:
    from leadgym.cohort.moderation.book import Book
    from leadgym.cohort.moderation.log import Entry
    from leadgym.cohort.moderation.questions import Case, Question
    from leadgym.cohort.road import Road

_MORE = "-- Enter for more, q and Enter to go to the keys -- "
_KEYS = """\
Type a key, then Enter:
  a        accept what the rules propose
  2, 1, 0  a step; what each asks for stands beside it
  =3.5     points of your own
  n TEXT   a note on this decision: it goes into the log and onto the learner's page
  s        skip: it comes again next time
  f TEXT   leave it to a second reader, with a word on why
  u        take back the last one, and see it again
  t        the criterion and the answer once more
  q        stop; everything decided is kept"""


def add_to(cohort: click.Group) -> None:
    """Hang the command onto ``cohort``."""
    cohort.add_command(moderate)


@click.command()
@click.argument("slug", required=False)
@root_option
@click.option("--names/--blind", default=False, help="Show whose answer it is. Default: blind.")
@click.option("--by", "who", metavar="NAME", help="Who decides, for the log. Default: your account's name.")
@click.option("--flagged", is_flag=True, help="Only what was left to a second reader, by whomever.")
@click.option("--list", "list_", is_flag=True, help="Ask nothing; say how much waits, and where.")
@click.option("--sample", type=click.IntRange(1, 1000), metavar="N", help="Check N of those the marker was sure of.")
@click.option(
    "--agreement", "agreement_", is_flag=True, help="How far people and marker agree, by criterion and month."
)
@click.option("--weekly", is_flag=True, help="With --agreement: by week.")
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="With --agreement: also write it, .html or .md."
)
def moderate(slug: str | None, root: Path | None, **options: Any) -> None:
    """Decide what the marker was not sure of: answer, evidence, proposed points, two keys.

    All modules, or the one SLUG. One criterion after the other over all answers, in a random order that stays the
    same for you. Type a or a step, then Enter; ? says which keys there are. Stop whenever you like: each decision is
    kept as it is made, in ROOT/.leadgym/moderation.jsonl, and goes into nbgrader's gradebook when an answer is
    complete. Several people can work at once. Names are hidden, but a text may give away who wrote it.

    --sample N asks about things the marker was sure of, without showing what it gave. No mark changes; it is what
    --agreement needs for a rate that can be quoted.

    \b
    Example:  leadgym cohort moderate
              leadgym cohort moderate 02_delegation --by ana
              leadgym cohort moderate --agreement --out agreement.html
    """

    with in_words():
        if options["agreement_"]:
            _agreement(root_of(root), options["weekly"], options["out"])
            return
        if options["weekly"] or options["out"]:
            raise click.UsageError("--weekly and --out go with --agreement.")
        road = marked_road(root)
        _Evening(road, None if slug is None else [module_of(road.root, slug)], options).run()


def _agreement(root: Path, weekly: bool, out: Path | None) -> None:
    from leadgym.cli_tools import deliver
    from leadgym.cohort.moderation.agreement import agreement

    deliver(agreement(root, weekly=weekly), out)


class _Evening:
    """One sitting: the questions, what was answered, and how to go back."""

    def __init__(self, road: Road, slugs: Sequence[str] | None, options: dict[str, Any]) -> None:
        from leadgym.cohort.moderation.book import Book
        from leadgym.cohort.moderation.screen import plain

        who = plain(options["who"] or account("moderator")).strip()
        if not who or "\n" in who or len(who) > 64:
            raise click.BadParameter("has to be a name of at most 64 letters.", param_hint="--by")
        self.book: Book = Book(road, who)
        self.slugs, self.options = slugs, options
        self.sampled = options["sample"] is not None
        self.done: list[tuple[int, Entry]] = []
        self.note = ""
        self.told_later = False
        self.group: tuple[str, ...] = ()
        self.names: dict[str, str] = {}

    def run(self) -> None:
        """Ask until nothing is left or the person stops."""
        from leadgym.cohort.moderation.questions import cases

        found = list(cases(self.book.road, self.slugs, settled=self.sampled))
        self.book.catch_up(found)
        queue = self._sample(found) if self.sampled else self._queue(found)
        if self.options["names"]:
            self.names = _names(self.book.road.root)
        if self.options["list_"]:
            self._list(queue)
        elif not queue:
            click.echo("Nothing to check is left." if self.sampled else "Nothing waits for you.")
        else:
            self._ask(queue)
        self._pages()

    def _queue(self, found: list[Case]) -> list[tuple[Case, Question]]:
        from leadgym.cohort.moderation.log import FLAG, latest
        from leadgym.cohort.moderation.questions import ordered

        waiting = [case for case in found if case.waits]
        for slug, number in sorted(Counter(case.slug for case in waiting if case.changed).items()):
            click.echo(
                f"{_count(number, 'answer')} to {slug} {'was' if number == 1 else 'were'} marked by other rules than "
                f"today's, and cannot be asked about. First: leadgym cohort remark {slug}",
                err=True,
            )
        by_hand = [case for case in waiting if not case.changed and self.book.by_hand(case)]
        if by_hand:
            click.echo(
                f"{_count(len(by_hand), 'score')} set in formgrader before the answer was marked again: "
                f"{'it stands' if len(by_hand) == 1 else 'they stand'}. To change one, open it there.",
                err=True,
            )
        open_ = [case for case in waiting if not case.changed and case not in by_hand]
        flags = latest(self.book.log.standing(), FLAG)
        made = []
        for case, question in ordered(open_, self.book.who):
            flag = flags.get((*case.place, question.criterion, question.digest))
            mine = flag is not None and flag.who == self.book.who
            if question.criterion not in self.book.decided(case) and (
                flag is not None if self.options["flagged"] else not mine
            ):
                made.append((case, question))
        return made

    def _sample(self, found: list[Case]) -> list[tuple[Case, Question]]:
        from leadgym.cohort.moderation.log import CHECK, latest
        from leadgym.cohort.moderation.questions import ordered

        checked = latest(self.book.log.standing(), CHECK)
        fresh = [case for case in found if not case.changed]
        left = [
            (case, question)
            for case, question in ordered(fresh, self.book.who, settled=True)
            if (*case.place, question.criterion, question.digest) not in checked
        ]
        luck = random.Random(f"{self.book.who} {len(checked)}")  # noqa: S311 - repeatable, not secret
        chosen = luck.sample(range(len(left)), min(self.options["sample"], len(left)))
        return [left[place] for place in sorted(chosen)]

    def _list(self, queue: Sequence[tuple[Case, Question]]) -> None:
        for (slug, title, name), number in Counter((c.slug, c.title, q.title) for c, q in queue).items():
            click.echo(f"{number:4}  {slug}, {title}: {name}")
        answers = len({case.place for case, _ in queue})
        click.echo(f"{_count(len(queue), 'question')} about {_count(answers, 'answer')}.")

    def _ask(self, queue: list[tuple[Case, Question]]) -> None:
        answers = len({case.place for case, _ in queue})
        click.echo(
            f"{_count(len(queue), 'question')} about {_count(answers, 'answer')}. A key, then Enter; ? explains."
        )
        place = 0
        while place < len(queue):
            case, question = queue[place]
            if not self.sampled and question.criterion in self.book.decided(case):
                place += 1  # by somebody else, meanwhile
                continue
            self._show(case, question, f"Question {place + 1} of {len(queue)}")
            step = self._answered(case, question, place)
            if step is None:
                click.echo("You stop here. What you decided is kept; the same command goes on.")
                break
            place = step
        self._sum_up()

    def _show(self, case: Case, question: Question, head: str, *, again: bool = False) -> None:
        from leadgym.cohort.moderation.screen import answer_lines, criterion_lines, key_lines, wrapped

        group = (case.slug, case.answer, question.criterion)
        whose = f" {self._name(case.learner)}." if self.options["names"] else ""
        lines = ["", *wrapped(f"{head}. {case.slug}, {case.title}.{whose}"), *wrapped(question.title)]
        if group != self.group or again:
            lines += criterion_lines(question)
        self.group = group
        lines += ["", *answer_lines(case, question)]
        flag = self._flag(case, question)
        lines += wrapped(flag) if flag else []
        _paged(lines)
        for line in key_lines(question, proposal=not self.sampled):
            click.echo(line)
        click.echo("  n, s, f, u, t, q: type ? for what they do")

    def _answered(self, case: Case, question: Question, place: int) -> int | None:
        """Where to go on: a place in the queue, or None to stop."""
        from leadgym.cohort.moderation.screen import plain, told, typed

        self.note = ""
        while True:
            try:
                line = input("Key: ").strip()
            except (EOFError, KeyboardInterrupt):
                click.echo()
                return None
            key, _, rest = line.partition(" ")
            key = key.lower()
            if key == "q":
                return None
            if key == "?":
                click.echo(_KEYS)
            elif key == "s":
                return place + 1
            elif key == "t":
                self._show(case, question, "Once more", again=True)
            elif key == "n":
                self.note = plain(rest).strip()[:500]
                click.echo("Noted; now decide." if self.note else "No note. Type it after the n, as in: n two dates")
            elif key == "u":
                if self.done:
                    return self._undo()
                click.echo("There is nothing of this sitting to take back.")
            elif key == "f" and not self.sampled:
                self.done.append((place, self.book.flag(case, question, plain(rest).strip()[:500] or self.note)))
                click.echo("Left to a second reader.")
                return place + 1
            elif key:
                value = typed(question, line.lower(), proposal=not self.sampled)
                if isinstance(value, str):
                    click.echo(value)
                    continue
                click.echo(f"You decide: {told(question, value)}.")
                self._record(case, question, value, place)
                return place + 1

    def _record(self, case: Case, question: Question, value: float, place: int) -> None:
        from leadgym.cohort.moderation.screen import plain, told

        if self.sampled:
            self.done.append((place, self.book.check(case, question, value, self.note)))
            return
        entry = self.book.decide(case, question, value, self.note)
        if entry is None:
            other = self.book.decided(case)[question.criterion]
            said = told(question, other.decided or 0.0)
            click.echo(f"{plain(other.who)} has decided it meanwhile: {said}. Yours was not recorded.")
            return
        self.done.append((place, entry))
        if entry.score is not None:
            self._bring(entry)

    def _bring(self, entry: Entry) -> None:
        from leadgym.cohort.moderation.book import BY_HAND, CHANGED, LATER

        state = self.book.bring(entry.place)
        if state == BY_HAND:
            click.echo("A score was set in formgrader meanwhile; it stands, and yours is in the log only.")
        elif state == CHANGED:
            click.echo("The answer was marked anew meanwhile; it will be asked about again.")
        elif state == LATER and not self.told_later:
            self.told_later = True
            click.echo("A 'leadgym grade' is at work: the gradebook gets your decisions when you start this next.")

    def _undo(self) -> int:
        place, entry = self.done.pop()
        self.book.undo(entry)
        self._bring(entry)
        click.echo("Taken back.")
        self.group = ()
        return place

    def _flag(self, case: Case, question: Question) -> str:
        from leadgym.cohort.moderation.log import FLAG, latest
        from leadgym.cohort.moderation.screen import plain

        flag = latest(self.book.log.standing(), FLAG).get((*case.place, question.criterion, question.digest))
        if flag is None:
            return ""
        return f"{plain(flag.who)} leaves it to a second reader{f': {plain(flag.note)}' if flag.note else '.'}"

    def _name(self, learner: str) -> str:
        from leadgym.cohort.moderation.screen import plain

        return plain(f"{self.names[learner]} ({learner})" if learner in self.names else learner).replace("\n", " ")

    def _sum_up(self) -> None:
        decided = [entry for _, entry in self.done if entry.decided is not None]
        flagged = len(self.done) - len(decided)
        if self.sampled:
            other = [e for e in decided if abs((e.decided or 0.0) - (e.proposed or 0.0)) > 1e-6]
            click.echo(
                f"{len(decided)} checked; the marker had given other points to {len(other)}. No mark has changed."
            )
            for entry in other:
                click.echo(
                    f"  {entry.module} {entry.answer} {entry.criterion}: the marker {entry.proposed:g}, you "
                    f"{entry.decided:g} of {entry.out_of:g}. To change the mark, open {entry.learner} in formgrader."
                )
            return
        more = f" {_count(flagged, 'question')} left to a second reader." if flagged else ""
        click.echo(f"{_count(len(decided), 'decision')}.{more}")

    def _pages(self) -> None:
        waiting = self.book.pages_to_make()
        if not waiting:
            return
        from tqdm import tqdm

        for pair in tqdm(waiting, desc="Pages", file=sys.stderr, disable=not sys.stderr.isatty(), leave=False):
            self.book.make_page(*pair)
        click.echo(f"{_count(len(waiting), 'feedback page')} made anew.")


def _paged(lines: Sequence[str]) -> None:
    """Print; on a terminal a screenful at a time."""
    from leadgym.cohort.moderation.screen import height

    stop = sys.stdout.isatty() and sys.stdin.isatty()
    used = 0
    for place, line in enumerate(lines):
        columns, rows = shutil.get_terminal_size()  # it may have been resized
        if stop and used and used + height(line, columns) > rows - 2 and place < len(lines) - 1:
            used = 0
            try:
                if input(_MORE).strip().lower() == "q":
                    return
            except (EOFError, KeyboardInterrupt):
                click.echo()
                return
        click.echo(line)
        used += height(line, columns)


def _names(root: Path) -> dict[str, str]:
    from leadgym.cohort.course import ROSTER_FILE, load_roster

    if not (root / ROSTER_FILE).is_file():
        return {}
    return {learner.id: learner.name for learner in load_roster(root)}


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
