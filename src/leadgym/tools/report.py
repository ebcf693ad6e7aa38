"""One page about one's own data: sentences, tables and pictures, as text, Markdown, HTML, and in a notebook."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from pathlib import Path

from leadgym.yamlfile import FileProblems

WIDTH = 88


@dataclass(frozen=True)
class Table:
    """A table: its ``title``, a heading per column, and rows of text as wide as the headings."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def __post_init__(self) -> None:
        if odd := next((row for row in self.rows if len(row) != len(self.columns)), None):
            raise ValueError(f"{self.title}: the row {odd} does not have the {len(self.columns)} columns.")


@dataclass(frozen=True)
class Picture:
    """A figure: the takeaway as its ``title``, what it shows in words (``alt``), and ``themed_svg``'s drawing."""

    title: str
    alt: str
    svg: str


@dataclass(frozen=True)
class Report:
    """What a tool says. ``says``: the most important sentence first. ``notes``: what it cannot say, and sources."""

    title: str
    says: tuple[str, ...]
    tables: tuple[Table, ...] = ()
    pictures: tuple[Picture, ...] = ()
    notes: tuple[str, ...] = ()

    def text(self) -> str:
        """For a terminal: no picture, but what it shows in words."""
        parts = [self.title, *(_wrapped(sentence) for sentence in self.says)]
        parts += [_columns(table) for table in self.tables]
        parts += [_wrapped(f"{picture.title}. {picture.alt}") for picture in self.pictures]
        parts += [_wrapped(note) for note in self.notes]
        return "\n\n".join(parts) + "\n"

    def markdown(self, pictures: Sequence[str] = ()) -> str:
        """To paste. ``pictures``: an address for each picture; without them what they show is said in words."""
        parts = [f"# {_cell(self.title)}", *(_marked(sentence) for sentence in self.says)]
        for table in self.tables:
            rows = [table.columns, ("---",) * len(table.columns), *table.rows]
            lines = "\n".join(f"| {' | '.join(map(_cell, row))} |" for row in rows)
            parts.append(f"**{_cell(table.title)}**\n\n{lines}")
        for place, picture in enumerate(self.pictures):
            if place < len(pictures):
                parts.append(f"![{_cell(picture.title)}. {_cell(picture.alt)}]({pictures[place]})")
            else:
                parts.append(f"**{_cell(picture.title)}.** {_marked(picture.alt)}")
        parts += [f"*{_marked(note)}*" for note in self.notes]
        return "\n\n".join(parts) + "\n"

    def html(self) -> str:
        """One page that needs nothing else: no network, no script; it prints."""
        style = (files("leadgym.tools") / "report.css").read_text(encoding="utf-8")
        return (
            '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f"<title>{escape(self.title)}</title><style>\n{style}</style></head><body><main>"
            f"{self._body()}</main></body></html>\n"
        )

    def _repr_html_(self) -> str:
        return f'<section class="leadgym-report">{self._body(2)}</section>'

    def __repr__(self) -> str:
        return self.text()

    def _body(self, level: int = 1) -> str:
        parts = [f"<h{level}>{escape(self.title)}</h{level}>"]
        for place, sentence in enumerate(self.says):
            parts.append(f"<p>{f'<strong>{escape(sentence)}</strong>' if place == 0 else escape(sentence)}</p>")
        for picture in self.pictures:
            parts.append(
                f'<figure style="margin:1.2em 0;max-width:60rem">'
                f"<figcaption><strong>{escape(picture.title)}</strong></figcaption>"
                f'<div role="img" aria-label="{escape(picture.alt)}">{picture.svg}</div></figure>'
            )
        parts += [_html_table(table) for table in self.tables]
        parts += [f"<p><small>{escape(note)}</small></p>" for note in self.notes]
        return "\n".join(parts)


def write_report(report: Report, path: Path) -> list[Path]:
    """Write ``report`` to ``path``: .html as one page, .md with its pictures as .svg files beside it.

    Returns the files written. Raises FileProblems for another ending or where nothing can be written.
    """
    drawn: dict[Path, str] = {}
    if path.suffix.lower() in {".html", ".htm"}:
        drawn[path] = report.html()
    elif path.suffix.lower() in {".md", ".markdown"}:
        names = [f"{path.stem}-{place}.svg" for place, _ in enumerate(report.pictures, 1)]
        drawn[path] = report.markdown(names)
        drawn |= {path.with_name(name): picture.svg for name, picture in zip(names, report.pictures, strict=True)}
    else:
        raise FileProblems(
            [f"{path}: a report is written as .html or .md. Name it {path.stem}.html or {path.stem}.md."]
        )
    try:
        for place, content in drawn.items():
            place.write_text(content, encoding="utf-8")
    except OSError as error:
        raise FileProblems([f"{path}: cannot be written ({error.strerror}). Choose another folder."]) from error
    return list(drawn)


def _wrapped(sentence: str) -> str:
    return textwrap.fill(sentence, WIDTH, break_long_words=False, break_on_hyphens=False)


def _columns(table: Table) -> str:
    rows = [table.columns, *table.rows]
    widths = [max(len(row[place]) for row in rows) for place in range(len(table.columns))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([table.title, "", *("  " + line for line in lines)])


def _cell(text: str) -> str:
    return _marked(text).replace("|", "\\|").replace("\n", " ")


def _marked(text: str) -> str:
    """``text`` that Markdown shows as it stands: names from somebody's data may hold anything."""
    for sign in "\\`*_[]<>":
        text = text.replace(sign, f"\\{sign}")
    return text


def _html_table(table: Table) -> str:
    head = "".join(f'<th scope="col" style="text-align:left">{escape(column)}</th>' for column in table.columns)
    body = "".join(
        "<tr>"
        + "".join(f'<td style="text-align:left;vertical-align:top">{escape(cell)}</td>' for cell in row)
        + "</tr>"
        for row in table.rows
    )
    caption = f'<caption style="text-align:left"><strong>{escape(table.title)}</strong></caption>'
    return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
