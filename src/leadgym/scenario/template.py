"""A scenario to start from: small, whole, and explained line by line."""

from __future__ import annotations

import json
import re

from leadgym.yamlfile import FileProblems

_ID = re.compile(r"[a-z][a-z0-9_]*")


def new_scenario(slug: str, title: str) -> str:
    """The text of a commented ``scenario.yaml`` that loads and has no findings.

    ``slug`` is the scenario's id. Raises FileProblems when it is none or ``title`` is empty.
    """
    if not _ID.fullmatch(slug):
        sentence = f"'{slug}' is not a name; use small letters, digits and _, and begin with a letter."
        raise FileProblems([sentence])
    if not title.strip():
        raise FileProblems(["The story has no title; give it one."])
    return _TEMPLATE.replace("SLUG", slug).replace("TITLE", json.dumps(" ".join(title.split()), ensure_ascii=False))


_TEMPLATE = """\
# yaml-language-server: $schema=scenario.schema.json
# The line above lets an editor complete and check what you type, once scenario.schema.json lies beside this file.
#
# A small story to turn into yours. Change a little, then: leadgym scenario check, then leadgym scenario play.

scenario: SLUG
title: TITLE
module: my_own
seed: 1 # which luck the story is told with when nobody asks for another

# Markdown. {names in braces} stand for an entry of 'words', or for a number of 'variables' or 'derived'.
premise: |
  You lead four people. A customer import has failed two nights in a row, and the release is on Thursday.

cast:
  nour: {name: Nour, role: developer, about: "Wrote half of the importer and is on call this week."}
  sam: {name: Sam, role: product manager, about: "Has told the customer Thursday."}

# What moves. 'better' says which way is good: high, low, or none for book-keeping. show: false hides it.
variables:
  delay: {label: Days late, start: 0, unit: days, min: 0, better: low}
  trust: {label: Trust in you, start: 50, min: 0, max: 100, better: high, digits: 0}
  focus: {label: Your quiet hours, start: 12, unit: hours a week, min: 0, better: high, digits: 0}

# Computed from the variables whenever it is asked for.
derived:
  hours_lost: {label: Hours your week has lost, formula: 12 - focus, unit: hours, better: low, digits: 0}

# What the player gives weights to before playing. 'score' is a formula worth 0 to 100 at the end.
aims:
  ship: {label: Ship, about: The customer imports on Thursday., score: 100 - 20 * delay}
  team: {label: Team, about: Nour still tells you what is wrong., score: trust}

# What is true and only learned by asking.
facts:
  nour_tired: {text: Nour was up until three on both nights.}

# Words that depend on the story. The first whose 'if' holds is used; the last has no 'if'.
words:
  owner:
    - {if: 'chose("who.nour")', is: Nour}
    - {is: You}

scenes:
  - id: who
    title: The second morning
    when: Tuesday, 09:05
    turning_point: true # a decision on which the rest hangs
    text: |
      The import has failed again at 2:40. Nour has typed "looking" into the channel, and nothing since.
    asking:
      budget: 1 # how many of the questions can be put
      intro: You have five minutes before the stand-up.
      choices:
        - id: nour
          who: nour
          text: Ask Nour how the night was.
          answer: '"Short," says Nour. "Both of them."'
          learns: [nour_tired]
    question: Who takes it?
    options:
      # 'key' is your rating, 1 to 5, provisional until others have rated it as well.
      # 'right_when' names the case in which the option is the best one. If there is none, rewrite the option.
      # Keep the options of a decision about equally long (within 15 % of their mean).
      - id: nour
        text: Nour keeps it, goes home until noon, and hands the pager to you.
        outcome: Nour looks at the pager, then at you, and is gone in a minute.
        effects:
          - {change: {trust: 6, focus: -4, delay: 0.5}, why: Nour slept and you did not}
        key: 5
        right_when: The one who knows it is tired, and half a day can be spared.
        rationale: Half a day now, and somebody who knows the importer on Thursday.
        dissent: With the customer on the phone, noon is late.
      - id: you
        text: You take it, since you have the time before lunch today.
        effects:
          - {change: {focus: -6}, why: the morning is gone}
          - {change: {delay: -0.5}, why: you had the time}
        key: 3
        right_when: Nobody else is there.
        rationale: It moves today, and it is yours from now on.
        dissent: Some would call that leading from the front.
      - id: pair
        text: You and Nour go through it now, with one screen shared.
        tells:
          - {if: 'knows("nour_tired")', text: Nour falls asleep between two log lines. You let the cursor blink.}
        effects:
          - {change: {trust: 2, focus: -3}, why: an hour at one screen}
          # Put off until 'thursday', drawn once by seed, and only if the condition holds by then.
          - later: thursday
            if: trust < 60
            chance: 0.5
            change: {delay: 1, trust: -2}
            text: Nour is ill on Thursday. Three short nights, says the message.
            why: nobody had slept
        key: 3
        right_when: Both of you are awake.
        rationale: Two heads, and neither of them rested.
        dissent: A night is soon slept off, many would say.

  - id: cause
    title: The file
    when: Tuesday, 15:30
    text: |
      {owner} found it: one customer sends dates the other way round. There is a quick mend and a slow one.
    question: Which one?
    options:
      - id: quick
        text: Turn the dates round for this one customer.
        effects:
          - {change: {delay: -0.5}, why: ten lines}
          - later: thursday
            change: {delay: 1}
            text: A second customer sends them so as well.
            why: the mend was for one
        key: 2
        right_when: It is the only customer who will ever do so.
        rationale: Ten lines today and a second night like it later.
        dissent: On a Tuesday before a release many would.
      - id: refuse
        text: Refuse such files, with a sentence on why.
        effects:
          - {change: {delay: 0.6, trust: 3}, why: the file says what is wrong}
        key: 5
        right_when: Somebody reads the sentence.
        rationale: The fault shows where it is made.
        dissent: Sam has to explain it to the customer.
      - id: slow
        text: Rewrite the reading of dates for them all.
        effects:
          - {change: {delay: 1.5, trust: 4}, why: a proper mend}
        key: 3
        right_when: There is a week.
        rationale: Right, and not by Thursday.
        dissent: It will have to be done at some point.

  - id: sam
    title: Sam asks
    when: Wednesday, 11:00
    text: |
      "Thursday," says Sam. It is not quite a question.
    question: What do you tell Sam?
    options:
      - id: yes_plain
        text: Thursday it is, and nothing more about it until it runs.
        effects:
          - {change: {trust: -2, focus: 2}, why: no more questions today}
        key: 2
        right_when: It is done.
        rationale: Quiet today, and no way back tomorrow.
        dissent: Sam likes a plain answer.
      - id: odds
        text: Three in four for Thursday, and what the fourth is about.
        effects:
          - {change: {trust: 4, focus: -1}, why: Sam could plan with it}
        key: 5
        right_when: You know what the odds hang on.
        rationale: Sam can act on it before Thursday.
        dissent: Some hear "three in four" as yes.
      - id: friday
        text: Say Friday, to be safe, and be early if all goes well now.
        effects:
          - {change: {delay: 0.7, trust: 1}, why: a day to be safe}
        key: 3
        right_when: A day costs nothing.
        rationale: It will be Friday, since it may be.
        dissent: Many teams live by it.
      - id: ask_nour
        text: Let Nour answer that, since the work is not on your desk.
        effects:
          - {change: {focus: 1}, why: Nour spoke for it}
        key: 3
        right_when: Nour wants to.
        rationale: True, and a little far from you.
        dissent: It can also be a way of hiding.

  - id: thursday
    title: The morning after
    when: Thursday, 08:30
    text: The import ran. It is quiet, and there is half an hour that nobody has planned.
    question: What is it for?
    options:
      - id: note
        text: Write down what the two nights were about, for the next one.
        effects:
          - {change: {trust: 2, focus: -1}, why: it is on paper}
        key: 3
        right_when: The next one is somebody else.
        rationale: It is there when it is needed.
        dissent: Nobody reads it before they need it.
      - id: rota
        text: Ask who else could carry the pager, and find one by noon.
        effects:
          - {change: {trust: 5, focus: -2}, why: two people carry it now}
        key: 5
        right_when: One person carries it alone.
        rationale: The next short night is shared.
        dissent: It needs the others' yes first.
      - id: work
        text: Go back to your own ticket, which has waited since Monday.
        effects:
          - {change: {focus: 3}, why: half an hour of your own}
        key: 2
        right_when: Others wait for that ticket.
        rationale: Yours moves, and Nour's nights stay Nour's.
        dissent: Your own work counts as well.

# The first ending whose 'if' holds is reached; the last has no 'if'.
endings:
  - id: rested
    title: A quiet week
    if: trust >= 60 and delay < 2
    text: On Friday Nour comes in at nine and says what was wrong before anybody asks.
  - id: through
    title: Through
    text: It is out. Nour takes Friday off and does not say why.

debrief:
  questions:
    - Who paid for Thursday?
    - What would Nour have told you on Monday?
  sentence: Your week has lost {hours_lost} hours to it.
  compare: who # the decision whose other roads are shown at the end
  measure: hours_lost # and what they are compared by

# Paths that must end as they say: the story's own proof, played by 'leadgym scenario check'.
walkthroughs:
  - name: sleep first
    weights: {ship: 40, team: 60}
    path: [ask who.nour, who.nour, cause.refuse, sam.odds, thursday.rota]
    ending: rested
  - name: alone
    path: [who.you, cause.quick, sam.yes_plain, thursday.work]
    ending: through
"""
