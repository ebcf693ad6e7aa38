"""``leadgym cohort remark``: marks made anew after a key or a rubric has changed, looked at first."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from leadgym.cli_root import account, in_words, module_of, root_of, root_option


def add_to(cohort: click.Group) -> None:
    """Hang the command onto ``cohort``."""
    cohort.add_command(remark)


@click.command()
@click.argument("slug")
@root_option
@click.option("--apply", "apply_", is_flag=True, help="Write what was shown last.")
@click.option("--why", default="", help="With --apply: the reason, as learners read it on their pages.")
@click.option("--by", "who", default="", metavar="NAME", help="Who does it, for the log. Default: your account's name.")
@click.option("--yes", is_flag=True, help="With --apply: write without asking.")
@click.option("--log", "log_", is_flag=True, help="Say which marks were made anew so far, by whom, when and why.")
@click.option("--json", "as_json", is_flag=True, help="One line of JSON; with --log one for each changed submission.")
@click.option("--workers", type=click.IntRange(1, 256), help="Processes that mark. Default: one per processor.")
@click.option("--trust-submissions", is_flag=True, help="Run them unprotected where no jail is possible.")
def remark(slug: str, root: Path | None, apply_: bool, log_: bool, as_json: bool, **options: Any) -> None:
    """Mark anew after a key or a rubric has changed: shows whose mark would change, and then, if you say so, writes it.

    Without --apply nothing is written. You see what has changed since SLUG was marked, and whose mark would go from
    what to what, by which criterion. Answers are marked from what is kept of them, and nothing is run; only functions
    that were handed in, and everything where more than rubric and keys has changed, are run again in the jail.

    With --apply exactly that is written: gradebook, notebooks, feedback pages. Where something has changed since you
    looked, you are told and nothing is written. Scores that a person has set stay. Stop it whenever you like: the same
    command does the rest. Each changed mark is logged in ROOT/.leadgym/remarks.jsonl.

    Exit code 1: something could not be marked anew, or has changed since you looked.

    \b
    Example:  leadgym cohort remark 02_delegation
              leadgym cohort remark 02_delegation --apply --why "The key of question 3 was the wrong way round."
              leadgym cohort remark 02_delegation --log
    """

    place = root_of(root)
    slug = module_of(place, slug)
    try:
        with in_words():
            if log_:
                _log(place, slug, as_json)
            elif apply_:
                _apply(place, slug, as_json, options)
            else:
                _preview(place, slug, as_json, options)
    except KeyboardInterrupt:
        said = "What is written stays written; the same command does the rest." if apply_ else "Nothing was written."
        click.echo(f"Stopped. {said}", err=True)
        sys.exit(130)


def _log(root: Path, slug: str, as_json: bool) -> None:
    from leadgym.cohort.remark.log import entries
    from leadgym.cohort.remark.shown import log

    found = [entry for entry in entries(root) if entry["module"] == slug]
    if not as_json:
        click.echo(log(found, slug))
    for entry in found if as_json else ():
        click.echo(json.dumps(entry, ensure_ascii=False))


def _preview(root: Path, slug: str, as_json: bool, options: dict[str, Any]) -> None:
    from leadgym.cohort.remark.plan import data_of
    from leadgym.cohort.remark.preview import preview

    if options["why"] or options["yes"]:
        raise click.UsageError("--why and --yes go with --apply. Look first, without them.")
    plan = preview(
        slug, root, workers=options["workers"], trust_submissions=options["trust_submissions"], quiet=as_json
    )
    click.echo(json.dumps(data_of(plan), ensure_ascii=False) if as_json else _shown(root, plan), nl=as_json)
    sys.exit(1 if plan.failed else 0)


def _shown(root: Path, plan: Any) -> str:
    from leadgym.cohort.remark.preview import rules_of
    from leadgym.cohort.remark.shown import preview
    from leadgym.cohort.road import Road

    answers = rules_of(Road(root), plan.module).rubric.answers
    return preview(plan, {name: {c.id: c.title for c in about.criteria} for name, about in answers.items()})


def _apply(root: Path, slug: str, as_json: bool, options: dict[str, Any]) -> None:
    from leadgym.cohort.remark.apply import apply, outdated
    from leadgym.cohort.remark.plan import Kept
    from leadgym.cohort.remark.shown import written
    from leadgym.cohort.road import Road

    kept = Kept(root, slug)
    plan, begun = kept.plan(), kept.begun()
    if plan is None or not (plan.learners or begun):
        what = "Nobody has looked yet at what would change" if plan is None else "There was nothing to change"
        raise click.ClickException(f"{what}. Look first: leadgym cohort remark {slug}")
    why = " ".join(options["why"].split())
    if begun is not None:
        click.echo(f"Taking to its end what {begun.who} began on {begun.when[:10]}: {begun.why}", err=True)
    else:
        if not why:
            raise click.UsageError('Say why, as learners will read it: --why "The key of question 3 was wrong."')
        if problems := outdated(Road(root), plan):
            raise click.ClickException(_changed(problems, slug))
        if not options["yes"]:
            if not sys.stdin.isatty():
                raise click.ClickException("Here nobody can be asked. Look at the preview, then say --yes.")
            click.echo(_shown(root, plan), err=as_json)
            click.confirm("Write exactly this?", abort=True, err=as_json)
    who = " ".join(options["who"].split()) or account("somebody")
    made = apply(slug, root, who, why, plan_id=plan.id, workers=options["workers"], quiet=as_json)
    if as_json:
        told = {"module": slug, "submissions": made.submissions, "changed": made.changed, "problems": made.problems}
        click.echo(json.dumps(told, ensure_ascii=False))
    else:
        click.echo(written(made, plan))
    for learner, problem in made.problems.items():
        click.echo(f"Not written: {learner}: {problem}", err=True)
    sys.exit(1 if made.problems else 0)


def _changed(problems: list[str], slug: str) -> str:
    shown = " ".join(problems[:5]) + (f" And {len(problems) - 5} more." if len(problems) > 5 else "")
    told = "Nothing was written; something has changed since the preview."
    return f"{told} {shown} Look again: leadgym cohort remark {slug}"
