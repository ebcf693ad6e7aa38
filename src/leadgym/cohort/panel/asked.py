"""What a panel is asked: the judgement items of one exercise, and where their present key lies."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from leadgym.course.modules import content_root, find_slug
from leadgym.marking import Form, Rubric, load_form, load_rubric
from leadgym.marking.files import beside
from leadgym.marking.form import wording
from leadgym.marking.judgement import JudgementAnswer
from leadgym.yamlfile import FileProblems

ROLES = {
    "lead": "tech lead or team lead",
    "manager": "engineering manager",
    "staff": "staff or principal engineer",
    "senior": "senior developer",
    "product": "product or delivery",
    "other": "something else",
}
"""What an expert may be, by the word in a file."""


@dataclass(frozen=True)
class Asked:
    """The items of the answer ``answer`` of an exercise, its folder, and the file of its keys."""

    module: str
    title: str
    answer: str
    folder: Path
    form_path: Path
    form: Form
    keys: Path
    rubric: Rubric

    @property
    def wordings(self) -> dict[str, str]:
        """For each item, what changes with its words."""
        return {item.id: wording(item) for item in self.form.items}

    @property
    def version(self) -> str:
        """Eight letters for all items in their present words."""
        digest = hashlib.sha256(" ".join(f"{item}={words}" for item, words in self.wordings.items()).encode()).digest()
        return "".join(chr(ord("a") + byte % 26) for byte in digest[:8])


def load_asked(name: str, answer: str | None = None) -> Asked:
    """The items of a module (its slug, or the beginning of it) or of a folder with ``rubric.yaml`` and ``keys.yaml``.

    ``answer``: which one, where the exercise has several forms. Raises FileProblems, and KeyError for no such module.
    """
    folder = Path(name)
    if (folder / "rubric.yaml").is_file():
        keys = folder / "keys.yaml"
    else:
        slug, root = find_slug(name), content_root()
        folder, keys = root / "solutions" / slug, root / "grader" / "keys" / f"{slug}.yaml"
    path = folder / "rubric.yaml"
    rubric = load_rubric(path)
    found = {at: about for at, about in rubric.answers.items() if isinstance(about, JudgementAnswer)}
    if not found:
        raise FileProblems(
            [f"{path}:1: has no judgement items, so there is nothing for a panel to rate. Name another module."]
        )
    if answer is None and len(found) > 1:
        raise FileProblems([f"{path}:1: has several forms: {', '.join(found)}. Say which one with --answer."])
    if answer is not None and answer not in found:
        raise FileProblems([f"{path}:1: has no form '{answer}'. It has: {', '.join(found)}."])
    at = answer or next(iter(found))
    form_path = beside(folder, found[at].items)
    return Asked(rubric.rubric, rubric.title, at, folder, form_path, load_form(form_path), keys, rubric)


def order(expert: str, ids: Sequence[str], where: str = "") -> list[str]:
    """``ids`` in the order in which ``expert`` sees them; ``where``: the item, for the order of its options.

    Each is placed by ``mixed("id/where/expert")``, the name in small letters with single blanks. form.js does the same.
    """
    name = " ".join(expert.split()).lower()
    return sorted(ids, key=lambda one: (mixed(f"{one}/{where}/{name}"), one))


def mixed(text: str) -> int:
    """A number of 32 bits: FNV-1a over UTF-8, then MurmurHash3's last step, without which like texts lie together."""
    found = 0x811C9DC5
    for byte in text.encode():
        found = (found ^ byte) * 0x01000193 & 0xFFFFFFFF
    found = (found ^ found >> 16) * 0x85EBCA6B & 0xFFFFFFFF
    found = (found ^ found >> 13) * 0xC2B2AE35 & 0xFFFFFFFF
    return found ^ found >> 16
