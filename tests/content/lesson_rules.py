"""What a module promises its reader, as functions: from what an author wrote to sentences about what is wrong with it.

Each gives an empty list when the promise is kept. ``test_module_promises.py`` asks them of every module in ``course/``
and of small samples that break them on purpose.
"""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any

from leadgym.course.modules import Module
from leadgym.scenario.engine import State, advance, begin, current_scene, open_options, passages, tell
from leadgym.scenario.loader import walk
from leadgym.scenario.model import Scenario

CELL_WORDS = 160
SCREEN_WORDS = 260
SCREENS = range(6, 11)
READING_SPEED = 200
"""Words a minute. Brysbaert (2019) puts silent reading of English non-fiction at 238; a lesson is not skimmed."""
SECONDS_A_DECISION = 20
ON_MONDAY = "On Monday"
PROMPTS = ("Ask", "Demo", "Pause", "Debrief")

Cell = dict[str, Any]


@dataclass(frozen=True)
class Screen:
    """What a reader sees at a time: a ``##`` heading and the cells up to the next."""

    title: str
    cells: list[Cell]

    @property
    def text(self) -> str:
        """The prose of its Markdown cells."""
        return "\n\n".join(source(cell) for cell in self.cells if cell["cell_type"] == "markdown")


def source(cell: Cell) -> str:
    """A cell's text."""
    text = cell["source"]
    return text if isinstance(text, str) else "".join(text)


def screens(cells: list[Cell]) -> list[Screen]:
    """The lesson's screens in order. What stands before the first heading belongs to none."""
    found: list[Screen] = []
    for cell in cells:
        heading = re.match(r"## (.+)", source(cell)) if cell["cell_type"] == "markdown" else None
        if heading:
            found.append(Screen(heading[1].strip(), []))
        if found:
            found[-1].cells.append(cell)
    return found


def prose(markdown: str) -> str:
    """Markdown without what is not read as prose: code, comments, tags, link targets."""
    text = re.sub(r"^(```|~~~).*?^\1", " ", markdown, flags=re.S | re.M)
    text = re.sub(r"`[^`\n]+`", " code ", text)
    text = re.sub(r"<!--.*?-->|<[^>\n]+>", " ", text, flags=re.S)
    return re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", text)


def words(markdown: str) -> int:
    """How many words there are to read."""
    return len(re.findall(r"[^\W_][\w'’.,-]*", prose(markdown)))


def screen_problems(cells: list[Cell]) -> list[str]:
    """Six to ten screens that each fit, each with one thing to do; the last is Monday's."""
    found, problems = screens(cells), []
    if len(found) not in SCREENS:
        problems.append(f"{len(found)} screens ('## ' headings); a lesson has {SCREENS.start} to {SCREENS.stop - 1}.")
    if not found or found[-1].title != ON_MONDAY:
        problems.append(f"the last screen has to be '{ON_MONDAY}'.")
    for screen in found:
        doing = screen.text.count("**Do:**")
        if doing != 1:
            problems.append(f"'{screen.title}' asks for {doing} things ('**Do:**'); a screen asks for one.")
        if (length := words(screen.text)) > SCREEN_WORDS:
            problems.append(f"'{screen.title}' has {length} words; a screen holds {SCREEN_WORDS}.")
    for cell in cells:
        if cell["cell_type"] == "markdown" and (length := words(source(cell))) > CELL_WORDS:
            problems.append(f"cell '{cell['id']}' has {length} words; a cell holds {CELL_WORDS}.")
    return problems


_NOT_SAID = {
    r"!(?!=)": "an exclamation mark",
    r"\bsimply\b": "'simply'",
    r"\b(?:23|twenty-three) minutes\b": "folklore about interruptions",
    r"\b10\s?x\b|\bten times (?:as|more) productive\b": "folklore about the tenfold engineer",
    r"\bcontext[- ]switch\w* costs?\b": "folklore about the price of a switch",
    r"\b(?:great|good|nice) job\b|\bwell done\b": "praise",
}


def wording_problems(cells: list[Cell]) -> list[str]:
    """No shouting, no 'simply', no praise and no folklore in the prose."""
    return [
        f"cell '{cell['id']}' has {what}: '{hit[0]}'."
        for cell in cells
        if cell["cell_type"] == "markdown"
        for pattern, what in _NOT_SAID.items()
        for hit in re.finditer(pattern, prose(source(cell)), flags=re.I)
    ]


_YEAR = r"(?:19|20)\d\d"
_AUTHOR_YEAR = re.compile(rf"\b((?:[Dd]e |[Vv]an )?[A-Z][\w’'-]+)(?: and [A-Z][\w’'-]+| et al\.)?,? \(?({_YEAR})\b")
_SOURCE_LINE = re.compile(r"^\W*Sources?\b[^:\n]*:(.*)$", re.M)


def source_problems(cells: list[Cell]) -> list[str]:
    """Every entry of a source line has author, year and title; whoever the prose cites stands in one."""
    problems, listed = [], set()
    texts = {cell["id"]: prose(source(cell)) for cell in cells if cell["cell_type"] == "markdown"}
    for name, text in texts.items():
        for line in _SOURCE_LINE.findall(text):
            for entry in filter(None, (part.strip(" *_.") for part in line.split(";"))):
                match = _AUTHOR_YEAR.match(entry)
                if match is None:
                    problems.append(f"cell '{name}': the source '{entry}' does not start with author and year.")
                    continue
                listed.add(match.groups())
                if words(entry[match.end() :]) < 3:
                    problems.append(f"cell '{name}': the source '{entry}' does not say what to look for.")
    for name, text in texts.items():
        for author, year in _AUTHOR_YEAR.findall(_SOURCE_LINE.sub("", text)):
            if (author, year) not in listed:
                problems.append(f"cell '{name}' cites {author} {year}, which no source line lists.")
    if not listed:
        problems.append("no source line ('Source: Author Year, title') in the whole lesson.")
    return problems


class _Pictures(HTMLParser):
    """The pictures of an HTML output, each by its alternative text, and the caption that stands with them."""

    def __init__(self) -> None:
        super().__init__()
        self.pictures: list[str] = []
        self.caption = ""
        self._open: list[str] = []
        self._hidden = 0  # how many open elements make up the picture whose words stand on the outermost

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        picture = tag in ("img", "svg") or given.get("role") == "img"
        if picture and not self._hidden:
            self.pictures.append(given.get("alt") or given.get("aria-label") or "")
        if tag not in ("img", "br"):
            self._open.append(tag)
            self._hidden += bool(self._hidden or picture)

    def handle_endtag(self, tag: str) -> None:
        while self._open:
            self._hidden = max(0, self._hidden - 1)
            if self._open.pop() == tag:
                break

    def handle_data(self, data: str) -> None:
        if self._hidden and self._open[-1] in ("title", "desc"):
            self.pictures[-1] += f" {data}"
        if "figcaption" in self._open:
            self.caption += data


def _pages(cells: list[Cell]) -> Iterator[tuple[Cell, dict[str, Any], _Pictures]]:
    for cell in cells:
        for output in cell.get("outputs", []):
            page = _Pictures()
            page.feed("".join(output.get("data", {}).get("text/html", "")))
            yield cell, output.get("data", {}), page


def figures(cells: list[Cell]) -> list[str]:
    """The alternative text of every picture that a run shows."""
    return [text.strip() for _, _, page in _pages(cells) for text in page.pictures]


def figure_problems(cells: list[Cell]) -> list[str]:
    """Every picture a run shows has alternative text that says something, and its takeaway as a caption."""
    problems = []
    for cell, data, page in _pages(cells):
        if any(kind.startswith("image/") for kind in data) and not page.pictures:
            problems.append(f"cell '{cell['id']}' shows a bare picture; give it alternative text and a title.")
        for text in page.pictures:
            if words(text) < 12:
                problems.append(f"cell '{cell['id']}': the alternative text '{text}' says too little.")
        if page.pictures and words(page.caption) < 4:
            problems.append(f"cell '{cell['id']}': the figure's title has to say what it shows.")
    return problems


def run_problems(cells: list[Cell]) -> list[str]:
    """An executed lesson raised nothing and wrote nothing to stderr."""
    problems = []
    for cell in cells:
        for output in cell.get("outputs", []):
            if output["output_type"] == "error":
                problems.append(f"cell '{cell['id']}' raised {output['ename']}: {output['evalue']}")
            if output.get("name") == "stderr":
                problems.append(f"cell '{cell['id']}' wrote to stderr: {''.join(output['text']).strip()}")
    return problems


_SETTING = re.compile(r"^## (.+?) \((\d+) minutes\)\s*$", re.M)
_PART = re.compile(r"^### (.+?) \((\d+) min\)\s*$", re.M)
_SETTINGS = {"workshop": "Workshop", "lunch_and_learn": "Lunch-and-learn"}


def facilitator_problems(text: str, module: Module) -> list[str]:
    """The facilitator's parts and minutes are module.yaml's, and each setting uses all four kinds of prompt."""
    problems, pieces = [], _SETTING.split(text)
    found = {pieces[i]: (int(pieces[i + 1]), pieces[i + 2]) for i in range(1, len(pieces), 3)}
    for key, title in _SETTINGS.items():
        if title not in found:
            problems.append(f"facilitator.md has no '## {title} (N minutes)'.")
            continue
        said, body = found[title]
        if said != module.total(key):
            problems.append(f"'{title}' says {said} minutes; module.yaml adds up to {module.total(key)}.")
        parts = [(name, int(minutes)) for name, minutes in _PART.findall(body)]
        promised = [(part.name, part.minutes) for part in getattr(module.minutes, key)]
        if parts != promised:
            problems.append(f"'{title}' has the parts {parts}; module.yaml has {promised}.")
        for prompt in PROMPTS:
            if f"**{prompt}:**" not in body:
                problems.append(f"'{title}' has no '**{prompt}:**'.")
    return problems


def path_words(scenario: Scenario) -> int:
    """Words on the screen along the longest walkthrough: premise, scenes, every option and question, what is told."""
    people = [f"{p.role} {p.about}" for p in scenario.cast.values()]
    start = sum(map(words, [scenario.premise, *people, *(a.about for a in scenario.aims.values())]))
    return start + max(sum(map(words, _read(scenario, walk(scenario, w)))) for w in scenario.walkthroughs)


def _read(scenario: Scenario, end: State) -> list[str]:
    here, texts = begin(scenario, end.seed, end.variant, end.weights), []
    for choice in end.choices:
        scene = current_scene(here)
        if not any(c.startswith(f"{scene.id}.") or c.startswith(f"ask {scene.id}.") for c in here.choices):
            texts += [tell(here, scene.text), *passages(here, scene.passages), scene.question]
            texts += [tell(here, option.text) for option in open_options(here)]
            if scene.asking:
                texts += [scene.asking.intro, *(question.text for question in scene.asking.choices)]
        here = advance(here, choice)
    return [*texts, *(event.text for event in end.events if event.kind != "choice")]


def minutes_needed(cells: list[Cell], scenario: Scenario) -> dict[str, float]:
    """Minutes of reading and of playing, counted from the words that are there."""
    reading = sum(words(source(cell)) for cell in cells if cell["cell_type"] == "markdown") / READING_SPEED
    decisions = sum(bool(scene.options) for scene in scenario.scenes)
    playing = path_words(scenario) / READING_SPEED + decisions * SECONDS_A_DECISION / 60
    return {"reading": reading, "playing": playing}


def time_problems(cells: list[Cell], scenario: Scenario, module: Module) -> list[str]:
    """Reading, playing and the minutes promised for exercise and Monday fit into what self-paced promises."""
    problems = []
    promised = {segment.name: segment.minutes for segment in module.minutes.self_paced}
    for name in ("Exercise", ON_MONDAY):
        if name not in promised:
            problems.append(f"minutes.self_paced has no segment '{name}'.")
    if promised.get(ON_MONDAY, 0) > 15:
        problems.append(f"'{ON_MONDAY}' takes {promised[ON_MONDAY]} minutes; a person has fifteen.")
    counted = minutes_needed(cells, scenario)
    needed = sum(counted.values()) + promised.get("Exercise", 0) + promised.get(ON_MONDAY, 0)
    if needed > module.total("self_paced"):
        problems.append(
            f"self_paced promises {module.total('self_paced')} minutes and needs {needed:.0f}: "
            f"reading {counted['reading']:.0f}, playing {counted['playing']:.0f}, exercise and Monday as promised."
        )
    return problems


def printed(text: str, names: dict[str, Any], *changes: tuple[str, str]) -> str:
    """What a lesson's cell ``text`` prints, run in ``names`` after the learner changed it (old text, new text)."""
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(text, "cell", "exec"), names)  # noqa: S102 - the lesson's own code, as a kernel would
    return out.getvalue()
