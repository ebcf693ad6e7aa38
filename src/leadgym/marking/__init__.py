"""The marking room: answers, rubrics and keys in, marks with evidence out. Pure: no kernel, no screen, no network."""

from leadgym.marking.answers import ANSWER_TYPE, AnswerProblem, answer_bundle, read_answer
from leadgym.marking.form import Form, Item, load_form
from leadgym.marking.marker import coach, mark, no_answer
from leadgym.marking.model import Check, Coaching, CriterionMark, Mark
from leadgym.marking.rubric import Keys, Rubric, load_keys, load_rubric
from leadgym.marking.show import mark_html, mark_text, problem_html

__all__ = [
    "ANSWER_TYPE",
    "AnswerProblem",
    "Check",
    "Coaching",
    "CriterionMark",
    "Form",
    "Item",
    "Keys",
    "Mark",
    "Rubric",
    "answer_bundle",
    "coach",
    "load_form",
    "load_keys",
    "load_rubric",
    "mark",
    "mark_html",
    "mark_text",
    "no_answer",
    "problem_html",
    "read_answer",
]
