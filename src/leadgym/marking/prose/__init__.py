"""Prose marked by rules: a message, a brief, a comment, held against the facts of its case.

An exercise is a folder of data: ``task.md`` (what the learner reads), ``case.yaml`` (facts, contradictions) and
``criteria.yaml`` (the rubric, shown before writing, with the rules that read for it); ``leadgym rubric new`` makes one.

The rules are as public as the rubric: instant feedback runs on the learner's machine. Somebody may write to them. What
stands against that: a phrase alone is seldom enough, figures have to be the case's and in their role, what the case
rules out puts a ceiling on the whole, and the gate (``gate.py``) sends to a person what is copied, shuffled, hidden,
repeated or addressed to the marker. What does not stand against it: fluent nonsense with the right figures and phrases.
So a mark is practice feedback, and a pass that counts needs a person.

It is deterministic, needs no network and no model but word frequencies and the counts in ``order.json``.
"""
