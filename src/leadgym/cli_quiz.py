"""``leadgym quiz``: what was missed, asked again in the terminal, or by a notebook that speaks JSON with it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from leadgym.cohort.quiz import Quiz

WIDTH = 88
Wrap = Callable[[Callable[..., Any]], Callable[..., Any]]


def add_to(main: click.Group, sentences: Wrap, workspace_of: Callable[[Path | None], Path]) -> None:
    """Make ``quiz`` a command of ``main``. ``workspace_of``: the folder meant, given or not."""

    def quiz(
        workspace: Path | None, date: datetime | None, list_: bool, as_json: bool, answer: tuple[str, str] | None
    ) -> None:
        """Be asked again what you missed: 7 days after it was marked, then 14 and 28 days after each right answer.

        A wrong answer puts an item back to 7 days. Type the number of an option, or q to stop; what you answered is
        kept. The keys it compares with are the authors' own and provisional until a panel has rated the options. It
        says whose they are, and who sees it otherwise.

        \b
        Example:  leadgym quiz
                  leadgym quiz --list      (what waits, and from when)
        """
        from leadgym.cohort.quiz import Quiz, QuizProblem

        day = date.date() if date else datetime.now().astimezone().date()
        folder = workspace_of(workspace)
        if not (folder / ".leadgym").is_dir():
            raise click.ClickException(f"{folder} is no workspace. Run 'leadgym lab' once, or give --workspace.")
        try:
            table = Quiz(folder, day)
            if table.notice:
                click.echo(table.notice, err=True)
            if answer:
                click.echo(json.dumps(asdict(table.answer(*answer)), ensure_ascii=False))
            elif as_json:
                due = [asdict(one) for one in table.due()]
                click.echo(json.dumps({"due": due, "next": _when(table.next_due())}, ensure_ascii=False))
            elif list_:
                _list(table)
            else:
                _ask(table)
        except QuizProblem as problem:
            raise click.ClickException(str(problem)) from problem

    command: Callable[..., Any] = sentences(quiz)
    for option in (
        click.option("--answer", nargs=2, metavar="NAME OPTION", hidden=True),
        click.option("--json", "as_json", is_flag=True, hidden=True),
        click.option("--list", "list_", is_flag=True, help="Ask nothing; say what waits, and from when."),
        click.option("--date", type=click.DateTime(["%Y-%m-%d"]), help="As if it were that day. Default: today."),
        click.option("--workspace", type=click.Path(path_type=Path), help="Your folder for the course."),
    ):
        command = option(command)
    main.command("quiz")(command)


def _ask(table: Quiz) -> None:
    from leadgym.marking.quiz import first_words, tally

    due = table.due()
    if not due:
        click.echo(_nothing(table))
        return
    click.echo(f"{len(due)} to ask again. Type a number, or q to stop.")
    right: Counter[str] = Counter()
    asked: Counter[str] = Counter()
    for place, one in enumerate(due, 1):
        click.echo(f"\n{place} of {len(due)}, from {one.about}\n\n{fill(one.text, WIDTH)}\n")
        for number, (_, text) in enumerate(one.options, 1):
            click.echo(fill(text, WIDTH, initial_indent=f"  {number}  ", subsequent_indent="     "))
        chosen = _number(len(one.options))
        if chosen is None:
            click.echo("\nYou stop here. What you answered is kept; the rest is asked next time.")
            break
        said = table.answer(one.name, one.options[chosen - 1][0])
        asked[said.who] += 1
        right[said.who] += said.right
        click.echo("\n" + first_words(said.right, said.who))
        for paragraph in said.says:
            click.echo(fill(paragraph, WIDTH))
    if asked:
        click.echo(f"\n{tally(right, asked)} {_nothing(table) if asked.total() == len(due) else ''}".rstrip())


def _number(most: int) -> int | None:
    """A number from 1 to ``most``; None to stop."""
    while True:
        try:
            typed = input("Number: ").strip().lower()
        except (EOFError, KeyboardInterrupt):
            return None
        if typed in {"q", "quit"}:
            return None
        if typed.isdecimal() and 1 <= int(typed) <= most:
            return int(typed)
        click.echo(f"Type a number from 1 to {most}, or q to stop.")


def _list(table: Quiz) -> None:
    cards = sorted(table.deck.cards.items(), key=lambda entry: (entry[1].due, entry[0]))
    for name, card in cards:
        click.echo(f"{card.due}  {name}")
    click.echo(f"{len(cards)} waiting, {len(table.deck.done)} answered for good.")


def _nothing(table: Quiz) -> str:
    following = table.next_due()
    return f"Nothing more is due today. The next is due on {following}." if following else "Nothing is waiting."


def _when(day: date | None) -> str | None:
    return day.isoformat() if day else None
