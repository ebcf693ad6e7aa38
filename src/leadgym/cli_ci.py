"""``leadgym ci``: what your CI costs."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from leadgym.cli_tools import deliver, out_option

_SPAN = re.compile(r"(\d+(?:\.\d+)?)(?:\s*(?:-|–|to|\.\.)\s*(\d+(?:\.\d+)?))?")


class Span(click.ParamType):  # type: ignore[type-arg]
    """One number, or two with a dash between."""

    name = "number or low-high"

    def __init__(self, most: float, per: float = 1.0) -> None:
        self.most, self.per = most, per

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[float, float]:
        """The two ends."""
        if isinstance(value, tuple):
            return value
        found = _SPAN.fullmatch(str(value).strip().rstrip("%").strip())
        if found is None:
            self.fail(f"'{value}' is neither a number nor a range such as 3-5.", param, ctx)
        low, high = float(found[1]), float(found[2] or found[1])
        if low > high or high > self.most:
            self.fail(f"'{value}': the low end first, and at most {self.most:g}.", param, ctx)
        return low / self.per, high / self.per


def add_to(main: click.Group, sentences: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
    """Make ``ci`` a command of ``main``; ``sentences`` keeps tracebacks from people."""
    command = out_option(sentences(ci))
    for option in reversed(
        (
            click.argument("files", nargs=-1, metavar="[FILE]...", type=click.Path(path_type=Path)),
            click.option("--sample", is_flag=True, help="A month of an invented team's CI instead of a file."),
            click.option(
                "--share",
                type=Span(100, 100),
                default="25-100",
                show_default=True,
                help="How much of a run's time its author really waits, in percent, from-to.",
            ),
            click.option("--fix-days", type=Span(1000), help="Working days that a fix costs, 3 or 3-5; with --saves."),
            click.option("--saves", type=Span(1000), help="Minutes that it saves on each run, 6 or 4-9."),
        )
    ):
        command = option(command)
    main.command("ci")(command)


def ci(
    files: tuple[Path, ...],
    sample: bool,
    share: tuple[float, float],
    fix_days: tuple[float, float] | None,
    saves: tuple[float, float] | None,
    out: Path | None,
) -> None:
    """What waiting for CI costs, what holds the runs up, and when a fix would have paid for itself.

    A FILE is a log of runs. Several are read as one log, so that runs and their jobs can come apart.

    \b
    GitHub   gh run list --limit 500 --json databaseId,attempt,workflowName,headSha,event,conclusion,status,\\
                 createdAt,startedAt,updatedAt > runs.json
             or, which names bots and pages of runs:
             gh api --paginate "repos/OWNER/REPO/actions/runs?per_page=100" > runs.json
             and for the stages, of each run you care about (filter=all: also earlier attempts):
             gh api --paginate "repos/OWNER/REPO/actions/runs/ID/jobs?filter=all" >> jobs.json
    GitLab   curl --header "PRIVATE-TOKEN: ..." \\
                 "https://HOST/api/v4/projects/ID/jobs?per_page=100&include_retried=true" > jobs.json
    CSV      columns run, commit, started, ended, outcome; as you have them also attempt, workflow, event, job,
             needs (jobs with ; between), ready

    Everything stays on this machine. Nothing is sent anywhere.

    \b
    Example:  leadgym ci runs.json jobs.json --out ci.html
              leadgym ci runs.json --fix-days 3-5 --saves 4-9
              leadgym ci --sample
    """
    from leadgym.tools.ci import ci as report_on

    if not files and not sample:
        raise click.UsageError(
            "Give a log, or --sample to see what comes out. 'leadgym ci --help' says what to export."
        )
    if files and sample:
        raise click.UsageError("Give a log or --sample, not both.")
    if (fix_days is None) != (saves is None):
        raise click.UsageError("--fix-days and --saves go together: what it costs and what it wins.")
    deliver(report_on(*files, share=share, fix_days=fix_days, saves=saves), out)
