"""The marking room: answers, rubrics and keys in, marks with evidence out. Pure: no kernel, no screen, no network."""

from leadgym.marking.answers import ANSWER_TYPE, AnswerProblem, answer_bundle, read_answer, too_large
from leadgym.marking.asking import (
    FUNCTIONS,
    WEIGHTS,
    Ask,
    NoDecisions,
    asking,
    asking_parts,
    function_data,
    part_name,
    parts_data,
)
from leadgym.marking.form import Form, Item, load_form
from leadgym.marking.marker import coach, mark, no_answer
from leadgym.marking.model import Check, Coaching, CriterionMark, Mark
from leadgym.marking.prose.answer import ProseAnswer
from leadgym.marking.rubric import Keys, Rubric, load_keys, load_rubric
from leadgym.marking.show import mark_html, mark_text, problem_html

__all__ = [
    "ANSWER_TYPE",
    "FUNCTIONS",
    "WEIGHTS",
    "AnswerProblem",
    "Ask",
    "Check",
    "Coaching",
    "CriterionMark",
    "Form",
    "Item",
    "Keys",
    "Mark",
    "NoDecisions",
    "ProseAnswer",
    "Rubric",
    "answer_bundle",
    "asking",
    "asking_parts",
    "coach",
    "function_data",
    "load_form",
    "load_keys",
    "load_rubric",
    "mark",
    "mark_html",
    "mark_text",
    "no_answer",
    "part_name",
    "parts_data",
    "problem_html",
    "read_answer",
    "too_large",
]
