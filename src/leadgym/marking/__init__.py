"""The marking room: answers, rubrics and keys in, marks with evidence out. Pure: no kernel, no screen, no network."""

from leadgym.marking.answers import AnswerProblem, answer_bundle, read_answer
from leadgym.marking.judgement import Form, load_form
from leadgym.marking.marker import coach, mark, no_answer
from leadgym.marking.model import Check, Coaching, CriterionMark, Mark
from leadgym.marking.rubric import Keys, Rubric, load_keys, load_rubric
from leadgym.marking.show import mark_html, mark_text

__all__ = [
    "AnswerProblem",
    "Check",
    "Coaching",
    "CriterionMark",
    "Form",
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
    "read_answer",
]
