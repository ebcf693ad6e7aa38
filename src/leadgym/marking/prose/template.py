"""A prose exercise to start from: small, whole, and explained line by line."""

from __future__ import annotations

from pathlib import Path

from leadgym.yamlfile import FileProblems


def new_exercise(folder: Path) -> list[Path]:
    """Write the files of a small exercise that works into ``folder``. Raises FileProblems where one is there."""
    files = {
        "task.md": TASK,
        "case.yaml": CASE,
        "criteria.yaml": CRITERIA,
        "answers_work.yaml": ANSWERS,
        "gaming_work.yaml": GAMING,
    }
    there = [folder / name for name in files if (folder / name).exists()]
    if there:
        raise FileProblems([f"{path}:1: is there and is left as it is. Choose another folder." for path in there])
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [folder / name for name in files]


TASK = """\
# Move the release

Monday 7 September. The export for Nordwind is due on Thursday 10 September. Two of its five reports still fail, and the
repair takes two days. Each day of delay costs Nordwind €4,000; a wrong export costs them a week.

**Write to Mara, who promised the date,** and ask her for what you need. At most 80 words. You see the criteria first.
"""

CASE = """\
# What the rules know about the case. Change a little, then: leadgym rubric check FOLDER
case: my_message
audience: Mara, account manager, no engineer
today: 2026-09-07 # dates without a year, weekdays and "the 10th" are read from here
words: {most: 80}
names: [Mara, Nordwind] # words that are no jargon and no misspelling
facts: # role says what a figure is; unit is EUR, EUR/quarter, share, days, date, person, name or what is counted
  - {id: due, role: date promised, value: 2026-09-10, unit: date, text: Thursday 10 September}
  - {id: new_date, role: date to ask for, value: 2026-09-12, unit: date, text: Saturday 12 September}
  - {id: repair, role: length of the repair, value: 2, unit: days, text: two days}
  - {id: cost_per_day, role: what a day of delay costs, value: 4000, unit: EUR, text: "€4,000", tolerance: 0.02}
contradictions: # what no text about this case may say
  - id: on_time
    says: The export is on time as it is.
    detect: ["will be? on time", "no delay", "all 5 reports work|pass"]
"""

CRITERIA = """\
# The rubric as the learner sees it, and under 'detect' how it is read. The rules are public too.
#
# A phrase: words between spaces; ask* any ending; a|b either word (on+time|early); not? may be missing; .. up to six
# words without a "not"; ... any words of the sentence; {ask} a group; #date #amount #share #duration #time;
# "x y / z" either phrase.
# A rule: a phrase, a list (any of them), or one of
#   {facts: [due], at_least: 1}       figures of the case, right in value, unit and tolerance
#   {date: {from: 2026-09-07, to: 2026-09-09}}    a day among these
#   {together: [...], within: 2}      all in one sentence (or in two running)
#   {all: [...]}  {any: [...]}  {none: [...]}  {count: [...], at_least: 2}
#   {opening: [...]}                  all in the first sentence after a greeting
#   {contradicts: [on_time]}          it says what the case rules out
#   {question: true}  {longer_than: 80}  {stray: amount}  {jargon: {listed: [etl]}}  {sign: name}  {criterion: id}
# After a "not" in its clause a phrase does not count; inside 'together' it does, unless {words: [...], denied: false}.
exercise: my_message
scale: "Each criterion 0, 1 or 2; the score is the weighted sum, out of 100."
words: # groups of phrases of your own; {ask}, {soft_ask}, {blame}, {threat}, {doom} and more are there already
  export: [export*, report*, nordwind]
signs: # rules with a name
  dated_ask: {together: ["{ask}", {date: {from: 2026-09-07, to: 2026-09-10}}], within: 2}
criteria:
  - id: ask
    title: One ask, with a day
    weight: 40
    explanation: Say what she is to do and by when. Without a day she can agree and do nothing.
    levels: {0: No ask., 1: An ask without a day., 2: "An ask, and the day by which."}
    example_good: Please tell Nordwind by Tuesday that the export comes on 12 September.
    example_weak: It would be good to talk about the export.
    next_step: Write one sentence that begins with "please" and holds a day.
    detect:
      full: {sign: dated_ask} # level 2
      half: ["{ask}", "{soft_ask}"] # level 1
  - id: why
    title: What it costs either way
    weight: 40
    explanation: Put the cost of waiting beside the cost of a wrong export. One of them alone is a complaint.
    levels: {0: No cost., 1: "One cost, or without a figure.", 2: "The cost of a day, with its figure, and the repair."}
    example_good: Two days of repair cost Nordwind €8,000 at €4,000 a day; a wrong export costs them a week.
    example_weak: It would cost them a lot.
    next_step: Add the €4,000 and the two days.
    detect:
      full: {all: [{facts: [cost_per_day]}, {facts: [repair]}]}
      half: [{facts: [cost_per_day, repair]}, "cost*"]
      spoilt: {contradicts: [on_time]} # level 0, whatever else is there
  - id: tone
    title: No blame
    weight: 20
    explanation: She promised the date in good faith. Blame turns a decision into a defence.
    levels: {0: Blame or threat., 1: A dig., 2: Neither.}
    example_good: The date was fair when you gave it.
    example_weak: You always promise things without asking us.
    next_step: Take out the sentence about whose fault it is.
    detect: # without 'full' it begins at 2
      spoilt: ["{blame}", "{threat}"]
      lowered: ["unfortunately you", "as i said"] # not more than 1
caps:
  - {id: no_ask, when: there is no ask, at_most: 60, detect: {criterion: ask}, next_step: Ask for one thing.}
  - {id: too_long, when: more than 80 words, at_most: 75, detect: {longer_than: 80}, next_step: Cut it.}
"""

ANSWERS = """\
# Labelled answers, written by somebody who does not know the rules. leadgym rubric evaluate FOLDER measures with them.
- id: a1
  level: excellent
  criteria: {ask: 2, why: 2, tone: 2}
  score: 95
  text: |
    Hi Mara, please tell Nordwind by Tuesday that the export comes on 12 September. Two reports are still wrong and the
    repair takes two days. That costs them €4,000 a day; a wrong export costs them a week.
- id: a2
  level: bad
  criteria: {ask: 0, why: 0, tone: 0}
  score: 10
  text: |
    Mara, you always promise dates without asking us, and now the reports are wrong. I only wanted to say so.
"""

GAMING = """\
- id: g1
  gaming: keyword soup
  would_deserve: 5
  text: |
    Please Tuesday Nordwind 12 September export reports two days €4,000 repair cost tell Mara by wrong week date ask no
    blame level figure decision delay
"""
