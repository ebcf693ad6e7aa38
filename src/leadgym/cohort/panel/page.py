"""The form an expert gets: one page that needs nothing else, or a sheet for a spreadsheet. No key is in either."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
from html import escape
from importlib.resources import files

from leadgym.cohort.panel.asked import ROLES, Asked, order
from leadgym.marking import Item
from leadgym.marking.form import SCALE
from leadgym.widgets.prose import block, plain

SHEET = ("expert", "role", "item", "wording", "option", "rating", "words", "situation", "text")
"""The columns of a sheet; an expert fills in ``rating`` and, once an item, ``words``."""
MINUTES_EACH = 2


def page(asked: Asked, contact: str = "", expert: str = "") -> str:
    """The whole form as HTML. ``contact``: whom the file goes back to; ``expert``: a name to begin with."""
    here = files("leadgym.cohort.panel")
    style, script = ((here / name).read_text(encoding="utf-8") for name in ("form.css", "form.js"))
    about = {
        "module": asked.module,
        "answer": asked.answer,
        "version": asked.version,
        "roles": list(ROLES),
        "contact": f"Send it to {contact}." if contact else "Send it to whoever sent you this form.",
    }
    # Nothing may be fetched, and no script but this one runs, whatever a mail program does to the page.
    own = f"script-src '{_hash(script)}'; style-src '{_hash(style)}'"
    policy = f"default-src 'none'; {own}; base-uri 'none'; form-action 'none'"
    items = "".join(_item(asked, item) for item in asked.form.items)
    roles = "".join(f'<option value="{name}">{escape(said)}</option>' for name, said in ROLES.items())
    options = sum(len(item.options) for item in asked.form.items)
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(asked.title)}: what would you advise?</title>
<style>{style}</style></head><body><main>
<h1>{escape(asked.title)}: what would you advise?</h1>
<p>{len(asked.form.items)} situations from a course on leading engineers, {options} things one could do in them. How
well would each work? Your ratings, with those of at least nine other practitioners, become what learners' answers are
compared with. It takes about {MINUTES_EACH * len(asked.form.items)} minutes, and you can stop and come back.</p>
<p>Rate every option from 1 (makes things worse) to 5 (works well), as advice to a colleague who stands exactly where
the text says. Two options may deserve the same rating. There is no right answer to find: say what you think, and where
you cannot judge, say that. Please do not talk about it with others on the panel before everybody has sent theirs.</p>
<details><summary>What learners are told</summary><p class="hint">They also pick one option and say how sure they are;
you need not.</p><blockquote>{block(asked.form.instructions)}</blockquote></details>
<noscript><p class="said"><strong>This form needs JavaScript.</strong> A mail program may show it without: save the
attachment and open it in a browser, or ask for the sheet for a spreadsheet.</p></noscript>
<div id="form" hidden>
<section aria-labelledby="who"><h2 id="who">Who you are</h2>
<label class="field" for="expert">Your name, or a code you were given</label>
<input type="text" id="expert" maxlength="80" autocomplete="name" aria-describedby="expert-hint"
 value="{escape(expert)}">
<p class="hint" id="expert-hint">It settles the order in which you see situations and options; everybody's differs.
Whoever sent you the form sees it. Reports for others leave it out.</p>
<p class="hint" id="locked" hidden>The order hangs on it, so it stays as it is. To change it, start over at the end.</p>
<label class="field" for="role">What you do</label>
<select id="role"><option value="">rather not say</option>{roles}</select>
<p class="hint">What you enter is kept in this browser, on this device, until you start over. Nothing is sent
anywhere.</p>
<p class="said" id="kept" role="status"></p>
<p><button type="button" id="begin" class="first">Begin</button></p>
<p id="load-part"><label class="field" for="load">Or go on with a file that you saved</label>
<input type="file" id="load" accept=".json,application/json,text/plain"></p>
<p class="said" id="back" role="status"></p></section>
<div id="items" hidden>{items}</div>
<section id="end" class="item" aria-labelledby="send" hidden><h2 id="send">Send it back</h2>
<p>Save the file and send it as an attachment. It holds your ratings and remarks, and nothing else about you or this
device.</p>
<p><button type="button" id="save" class="first">Save the file</button></p>
<p class="said" id="said" role="status"></p>
<details><summary>If no file appears</summary>
<p class="hint">Some phones do not let a page save a file. Copy this text into a message instead.</p>
<label class="field" for="text">The file as text</label>
<textarea id="text" readonly rows="6" spellcheck="false"></textarea>
<p><button type="button" id="copy">Copy the text</button></p><p class="said" id="copied" role="status"></p></details>
<p><button type="button" id="over">Start over</button></p>
<p class="hint">Form {escape(asked.module)}, version {asked.version}.</p></section>
<div id="bar" hidden><p id="count"></p><button type="button" id="next">Next open option</button></div>
</div></main>
<script type="application/json" id="about">{json.dumps(about).replace("<", chr(92) + "u003c")}</script>
<script>{script}</script></body></html>
"""


def sheet(asked: Asked, expert: str) -> str:
    """The form as CSV, in the order of ``expert``: a row for each option, to be filled in with a spreadsheet."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(SHEET)
    items = {item.id: item for item in asked.form.items}
    for name in order(expert, list(items)):
        item = items[name]
        texts = {option.id: plain(option.text) for option in item.options}
        for option in order(expert, list(texts), name):
            situation = " ".join(item.situation.split())
            rows.writerow(
                (_cell(expert), "", name, asked.wordings[name], option, "", "", _cell(situation), _cell(texts[option]))
            )
    return out.getvalue()


def _cell(text: str) -> str:
    """A text that a spreadsheet takes for a text."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _item(asked: Asked, item: Item) -> str:
    options = "".join(_option(item, option.id, option.text) for option in item.options)
    words = f"words-{item.id}"
    return (
        f'<section class="item" data-item="{item.id}" data-wording="{asked.wordings[item.id]}">'
        f'<h2 tabindex="-1">Situation</h2>{block(item.situation)}<div class="options">{options}</div>'
        f'<label class="field" for="{words}">When would another option be the right one, or what is missing?</label>'
        f'<p class="hint" id="{words}-hint">If you like. Reports for others quote it without your name.</p>'
        f'<textarea id="{words}" maxlength="1000" rows="2" aria-describedby="{words}-hint"></textarea></section>'
    )


def _option(item: Item, option: str, text: str) -> str:
    name = f"{item.id}.{option}"
    steps = "".join(_step(name, str(value), label) for value, label in SCALE)
    steps += _step(name, "", "cannot say", "none")
    return (
        f'<fieldset data-option="{option}" data-open><legend>{escape(plain(text))}</legend>'
        f'<div class="steps">{steps}</div></fieldset>'
    )


def _step(name: str, value: str, label: str, kind: str = "") -> str:
    number, _, words = label.partition(" ") if value else ("", "", label)
    inside = f"{number} <small>{words}</small>" if number and words else f"<small>{words}</small>" if words else number
    return (
        f"<label{f' class={chr(34)}{kind}{chr(34)}' if kind else ''}>"
        f'<input type="radio" name="{name}" value="{value}"><span>{inside}</span></label>'
    )
