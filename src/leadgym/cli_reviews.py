"""``leadgym reviews``: how long changes wait to be read, and who reads them."""

from __future__ import annotations

from pathlib import Path

import click

from leadgym.cli_tools import Wrap, deliver, out_option

_FILE = click.Path(path_type=Path, dir_okay=False)


def add_to(main: click.Group, sentences: Wrap) -> None:
    """Make ``reviews`` a command of ``main``; ``sentences`` keeps tracebacks from people."""
    command = sentences(reviews)
    for option in (
        out_option,
        click.option("--labels", type=_FILE, help="A sheet that you have sorted; its counts are added."),
        click.option(
            "--sheet", type=_FILE, help="Write 20 comments as CSV, for you to sort: gate, teach, nit, automate."
        ),
        click.option(
            "--bot", "bots", multiple=True, metavar="NAME", help="Leave this account out too. May be repeated."
        ),
        click.option(
            "--person", "people", multiple=True, metavar="NAME", help="Keep this account, which looks like a bot."
        ),
        click.option("--zone", default="UTC", show_default=True, help="Whose weekend it is, as in Europe/Berlin."),
        click.option("--until", metavar="TIME", help="When the export was made. Default: the latest moment in it."),
        click.option("--sample", is_flag=True, help="Run on the pull requests of an invented team."),
        click.argument("files", nargs=-1, metavar="FILE...", type=_FILE),
    ):
        command = option(command)
    main.command("reviews")(command)


def reviews(
    files: tuple[Path, ...],
    sample: bool,
    until: str | None,
    zone: str,
    bots: tuple[str, ...],
    people: tuple[str, ...],
    sheet: Path | None,
    labels: Path | None,
    out: Path | None,
) -> None:
    """How long your changes wait to be read, by whom they are read, and what is said about them.

    FILE is your forge's own JSON; several files are one export. Nothing leaves this machine.

    \b
    GitHub:  gh pr list --state all --limit 200 --json number,title,author,createdAt,mergedAt,closedAt,\\
             isDraft,additions,deletions,reviews,comments > pulls.json
             That leaves out remarks at a line. For them a second file, from the day your export begins:
             gh api --paginate \\
             "repos/{owner}/{repo}/pulls/comments?since=2026-09-01T00:00:00Z&per_page=100" > lines.json
    REST:    pages of /pulls, and beside them files with /pulls/N/reviews, /pulls/comments, /issues/comments
    GraphQL: an answer with pullRequests { nodes { ... reviews { nodes { ... } } } }
    GitLab:  pages of /merge_requests, and beside them files with their /notes

    It says how long half, 85 % and 90 % of the changes wait for a first review, what is open and unread, how much
    one person reads, who reads whom, and how comments look from outside. It grades nobody's tone: --sheet gives you a
    sample to sort yourself, --labels reads it back.

    \b
    Example:  leadgym reviews pulls.json lines.json --zone Europe/Berlin --out reviews.html
              leadgym reviews --sample
    """
    from leadgym.tools.reviews import run
    from leadgym.tools.reviews.sheet import write_sheet

    if bool(files) == sample:
        raise click.UsageError(
            "Give a file, or --sample to see what it does. leadgym reviews --help says what to export."
        )
    paths = () if sample else files
    if sheet is not None:
        size = write_sheet(run.comments_of(run.export_of(paths, until), bots, people), sheet)
        click.echo(f"{size} comments to sort: {sheet.absolute().as_uri()}. Then add --labels {sheet}\n")
    deliver(run.reviews(*paths, until=until, zone=zone, bots=bots, people=people, labels=labels), out)
