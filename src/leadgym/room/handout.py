"""One printed page for everybody in a room, and one for whoever leads it, made from what a module has anyway."""

from __future__ import annotations

import re
from html import escape
from importlib.resources import files

from leadgym.course.modules import content_root, module, scenario
from leadgym.room.views import part_of
from leadgym.widgets.prose import block, inline, plain

TO_WORK = {
    "01_schedule": "leadgym audit calendar.ics",
    "02_delegation": 'leadgym bus-factor . --leaver "$(git config user.name)"',
    "03_review_and_pairing": "leadgym reviews pulls.json",
    "04_knowledge_risk": "leadgym bus-factor . --out handover.html",
    "06_epics_and_flow": "leadgym flow board.csv --out flow.html",
    "07_feasibility": "leadgym forecast tracker.csv --out forecast.html",
    "08_developer_experience": "leadgym ci runs.json --out ci.html",
    "09_stakeholder_translation": "leadgym risk incidents.csv",
    "11_capstone": "leadgym portfolio",
}
"""The command for one's own data, where a module has one. Tests hold each against the command line."""
VOTES, LINES = 3, 4
"""Rows for votes and ruled lines on the handout: what fits beside the longest questions."""
DENSE = 2300
"""Characters of prompts and preparation from which a card is set smaller, to stay one page."""
_FOOT = (
    "Halyard is invented. Its numbers are chosen to hang together, and its keys are the authors' own and provisional."
)


def handout_html(slug: str) -> str:
    """The page for participants: room to write, and, below a fold, questions and Monday. Raises FileProblems."""
    about, story, number = module(slug), scenario(slug), slug[:2]
    parts = "".join(f"<li>{escape(part.name)} ({part.minutes} min)</li>" for part in about.minutes.lunch_and_learn)
    rows = "".join(f'<tr><th scope="row">{place}</th><td></td><td></td><td></td></tr>' for place in range(1, VOTES + 1))
    begun = [line for part in about.minutes.lunch_and_learn for line in part.lines][:LINES]
    lines = "".join(f"<li>{escape(line)}</li>" for line in [*begun, *[""] * (LINES - len(begun))])
    own = TO_WORK.get(slug)
    return _page(
        "handout",
        f"{plain(about.title)}: handout",
        f"""<p class="over">Lunch-and-learn, 45 minutes</p>
<h1>{escape(plain(about.title))}</h1>
<p>{inline(about.summary)}</p>
<h2>What happens</h2>
<ul class="parts">{parts}</ul>
<p>You join with your phone: point the camera at the square on the screen, or type the address and the four letters.
No account, and your votes are counted without your name. You vote alone, talk to your neighbour, and vote again. Your
hand counts too.</p>
<h2>Your votes</h2>
<table class="blank"><colgroup><col width="6%"><col width="22%"><col width="22%"><col></colgroup><thead><tr>
<th scope="col"></th><th scope="col">Alone</th><th scope="col">After talking</th>
<th scope="col">What would change my mind</th></tr></thead><tbody>{rows}</tbody></table>
<h2>Your own case</h2>
<p>Nobody collects this.</p>
<ul class="ruled" aria-label="Lines to write on">{lines}</ul>
<p class="fold">Fold here. What is below is for after the story.</p>
<h2>Three questions</h2>
<ol>{"".join(f"<li>{inline(question)}</li>" for question in story.debrief.questions[:3])}</ol>
<h2>On Monday</h2>
<p>{inline(about.on_monday)}</p>
{f"<p>On your own data, on your own machine: <code>{escape(own)}</code></p>" if own else ""}
<h2>The rest of it, alone</h2>
<p><code>leadgym lab</code> opens the course. The story and the lesson are in <code>course/{slug}</code>; the
exercise is in <code>exercises/{slug}</code>, and <code>leadgym mark {number}</code> marks it.</p>""",
    )


def card_html(slug: str) -> str:
    """The facilitator's card: what to have ready, each part with its clock and prompts. Raises FileProblems."""
    about, story, number = module(slug), scenario(slug), slug[:2]
    text = (content_root() / "course" / slug / "facilitator.md").read_text(encoding="utf-8")
    lunch = [part_of(text, part.name) for part in about.minutes.lunch_and_learn]
    ready, parts, clock = _ready(text), [], 0
    for part, said in zip(about.minutes.lunch_and_learn, lunch, strict=True):
        parts.append(
            f'<h3><span class="when">0:{clock:02d}</span> {escape(part.name)}'
            f' <span class="when">({part.minutes} min)</span></h3>\n' + block(said.replace("\n**", "\n\n**"))
        )
        clock += part.minutes
    own = TO_WORK.get(slug)
    return _page(
        "card dense" if len(ready) + sum(map(len, lunch)) > DENSE else "card",
        f"{plain(about.title)}: facilitator's card",
        f"""<p class="over">Facilitator's card, lunch-and-learn, 45 minutes. Not for handing out.</p>
<h1>{escape(plain(about.title))}</h1>
<p><code>leadgym room {number}</code> opens the room. <strong>Page Down</strong> (or N) presses what comes next,
<strong>Page Up</strong> (or B) takes the story back by one step. Each question: open the vote, close it, show the
split, go on. Where it says "pairs": close the first vote, neighbours talk, open and close the second. "Next part"
starts the clock of the next part; nothing moves by itself. After a stop:
<code>leadgym room {number} --again</code>.</p>
{block(ready)}
<h2>The 45 minutes</h2>
{"".join(parts)}
<h2>Three questions, when you press "End here"</h2>
<ol>{"".join(f"<li>{inline(question)}</li>" for question in story.debrief.questions[:3])}</ol>
<h2>On Monday</h2>
<p>{inline(about.on_monday)}{f" <code>{escape(own)}</code>" if own else ""}</p>""",
    )


def _ready(facilitator: str) -> str:
    """What ``facilitator.md`` says to have ready and to leave out, without what is for the workshop alone."""
    head = facilitator.partition("## Workshop")[0]
    said = head[head.find("**Have ready:**") :].strip()
    return re.sub(
        r"for the workshop\b.*?[;.]\s+for the lunch\b", "for the lunch", said, count=1, flags=re.DOTALL | re.IGNORECASE
    ).replace("\n**", "\n\n**")


def _page(kind: str, title: str, body: str) -> str:
    style = (files("leadgym.room") / "handout.css").read_text(encoding="utf-8")
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{escape(title)}</title><style>\n{style}</style></head><body class="{kind}"><main>\n'
        f"{body}\n<footer>{escape(_FOOT)}</footer>\n</main></body></html>\n"
    )
