"""``leadgym panel``: practitioners rate the options of judgement items; what they agree on becomes the key."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from leadgym.cli_tools import Wrap, out_option


def add_to(main: click.Group, sentences: Wrap) -> None:
    """Hang the group under ``main``; ``sentences`` keeps tracebacks from people."""
    for command in panel.commands.values():
        command.callback = sentences(command.callback or command)
    main.add_command(panel)


@click.group()
def panel() -> None:
    """Have ten or more practitioners rate the options of judgement items, and see where they agree.

    Keys are the authors' own and provisional until a panel has rated the options. MODULE is a module's slug or number,
    or a folder with rubric.yaml and keys.yaml.

    \b
    Example:  leadgym panel form 02_delegation --out form.html
              leadgym panel read 02_delegation answers/ --out panel.html --keys new_keys.yaml
    """


def _answer(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option("--answer", metavar="NAME", help="Which form, where the exercise has several.")(command)


def _module(name: str, answer: str | None) -> Any:
    from leadgym.cohort.panel.asked import load_asked

    try:
        return load_asked(name, answer)
    except KeyError as error:
        raise click.BadParameter(f"{error.args[0]} Or give a folder with rubric.yaml.") from error


@panel.command("form")
@click.argument("module")
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="Where to write it: .html for everybody, .csv for one who has no browser.",
)
@click.option("--contact", default="", metavar="WHO", help="Whom the file goes back to, as the form says it.")
@click.option("--expert", default="", metavar="NAME", help="The expert's name or code; a .csv needs it.")
@_answer
def panel_form(module: str, out: Path, contact: str, expert: str, answer: str | None) -> None:
    """Write the form that experts fill in: one page, to be sent by mail and opened from a file, without network.

    It holds the situations and options, no key and no reason. Each expert sees situations and options in an order that
    hangs on the name they give. It keeps what is half filled in their browser, and saves a small file to send back.

    The same page is for everybody. A .csv is for one expert, whose name you give: they fill the column rating.

    \b
    Example:  leadgym panel form 02_delegation --out form.html --contact "Ann Brandt, ann@example.org"
              leadgym panel form 02_delegation --out ada.csv --expert "Ada K."
    """
    from leadgym.cohort.panel.page import page, sheet
    from leadgym.keptfile import write_whole

    asked = _module(module, answer)
    kind = out.suffix.lower()
    if kind == ".csv" and not expert.strip():
        raise click.UsageError("A .csv is in one expert's own order. Give their name or code with --expert.")
    if kind not in {".csv", ".html", ".htm"}:
        raise click.UsageError(f"A form is written as .html or .csv. Name it {out.stem}.html.")
    if out.exists():
        raise click.ClickException(f"{out} exists and is left as it is. Choose another name.")
    # A spreadsheet takes a text for UTF-8 by the mark at its beginning.
    text = "\ufeff" + sheet(asked, expert) if kind == ".csv" else page(asked, contact, expert)
    write_whole(out, text)
    many = sum(len(item.options) for item in asked.form.items)
    click.echo(f"Wrote {out}: {len(asked.form.items)} situations, {many} options, version {asked.version}.")
    click.echo(
        "Send it to ten or more who have done the job. What comes back: leadgym panel read " + module + " FOLDER"
    )


@panel.command("read")
@click.argument("module")
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path))
@click.option("--keys", type=click.Path(path_type=Path, dir_okay=False), help="Also write the key file anew, to here.")
@click.option("--names", is_flag=True, help="Say who wrote which remark.")
@click.option("--date", "day", type=click.DateTime(["%Y-%m-%d"]), help="The panel's date in the keys. Default: today.")
@out_option
@_answer
def panel_read(
    module: str,
    files: tuple[Path, ...],
    keys: Path | None,
    names: bool,
    day: datetime | None,
    out: Path | None,
    answer: str | None,
) -> None:
    """Read what experts sent, and say where they agree, what they would change, and who sees it otherwise.

    A FILE is what the form saved, a filled .csv, or a folder of these. Each is checked: what cannot count is named with
    its file, its line and what to do, and the rest counts. Ratings of older wordings are set apart.

    With ten or more, --keys writes the key file with the panel's keys in it: where r_wg is .70 or more (and no option's
    .50 or less) the mean rating, rounded; contested items are marked, shown and not scored. Reasons and comments stay.
    Exit code 1 when a file, or part of one, could not count, or no keys could be written.

    \b
    Example:  leadgym panel read 02_delegation answers/
              leadgym panel read 02_delegation answers/ --out panel.html --keys new_keys.yaml
    """
    from leadgym.cohort.panel.newkeys import new_keys, present_keys, still_of_authors
    from leadgym.cohort.panel.numbers import analyse
    from leadgym.cohort.panel.opinions import gather
    from leadgym.cohort.panel.report import report
    from leadgym.keptfile import write_whole
    from leadgym.tools.report import write_report

    if keys is not None and keys.exists():
        raise click.ClickException(
            f"{keys} exists and is left as it is. Name a new file, compare the two, then move it."
        )
    asked = _module(module, answer)
    present = present_keys(asked)
    gathered = gather(asked, files)
    said = analyse(asked, present, gathered.opinions)
    click.echo(report(asked, said, gathered, names, width=60).text(), nl=False)
    for note in gathered.notes:
        click.echo(f"Note: {note}", err=True)
    for problem in gathered.problems:
        click.echo(f"Set apart: {problem}", err=True)
    if out is not None:
        for path in write_report(report(asked, said, gathered, names), out):
            click.echo(f"Page: {path.absolute().as_uri()}")
    if keys is not None:
        text = new_keys(asked, said, day.date() if day else date.today())
        write_whole(keys, text)
        click.echo(
            f"Keys: {keys}. Compare it with {asked.keys}, read the reasons where a key moved, then move it there."
        )
        click.echo(
            f"Then write 'keyed_by: panel' under the title of {asked.form_path}, and mend what speaks of authors:"
        )
        for line in still_of_authors(asked, text, keys):
            click.echo(f"  {line}")
    if gathered.problems or not gathered.opinions:
        raise click.exceptions.Exit(1)
