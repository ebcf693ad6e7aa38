"""Metamorphic relations: edits of every labelled answer, of which is known what they must do to the mark."""

from __future__ import annotations

import pytest
from prose_small import work

from leadgym.estimates import wilson
from leadgym.marking.prose.evaluate import as_markdown, table
from leadgym.marking.prose.intervals import bootstrap, ranks, spearman

pytestmark = pytest.mark.xdist_group("prose")  # the relations are worked out once
NAMES = ("delegation_brief", "lena_message", "review_comment")


def kept(name: str, kind: str):
    return [relation for relation in work(name).relations if relation.kind == kind]


@pytest.mark.parametrize("name", NAMES)
def test_an_idle_sentence_does_not_raise(name):
    assert [found for found in kept(name, "must not rise") if not found.kept] == []


@pytest.mark.parametrize("name", NAMES)
def test_shuffled_hidden_pasted_and_padded_texts_never_pass(name):
    assert [found for found in kept(name, "integrity") if not found.kept] == []


@pytest.mark.parametrize("name", NAMES)
def test_typos_articles_and_synonyms_change_little(name):
    found = kept(name, "fairness")
    assert sum(one.kept for one in found) >= 0.92 * len(found)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_taken_out_denied_or_falsified_lowers(name):
    found = kept(name, "must drop")
    missed = [one for one in found if not one.kept]
    assert len(missed) <= 0.12 * len(found), missed


@pytest.mark.parametrize("name", NAMES)
def test_the_table_stands_beside_its_baselines(name):
    page = as_markdown(name, table([work(name)]))
    assert "| measure | demand | rules | gate off | cosine | tf-idf |" in page
    assert page.count("| metamorphic: ") == 4


def test_wilson_against_the_published_example():
    # Newcombe (1998), Statistics in Medicine 17, table I: 81 of 263, score method: .2553 to .3662
    assert wilson(81, 263) == (pytest.approx(0.2553, abs=1e-4), pytest.approx(0.3662, abs=1e-4))
    assert wilson(0, 30)[1] == pytest.approx(0.1135, abs=1e-3)


def test_ranks_share_ties_and_spearman_agrees_by_hand():
    assert ranks([10, 20, 20, 5]) == [2, 3.5, 3.5, 1]
    assert spearman([1, 2, 3, 4, 5], [5, 6, 7, 8, 7]) == pytest.approx(0.8208, abs=1e-4)


def test_the_bootstrap_repeats_itself_and_holds_the_value():
    pairs = [(float(i), float((i * 7) % 10)) for i in range(10)]
    low, high = bootstrap(pairs, spearman, 200)
    assert (low, high) == bootstrap(pairs, spearman, 200)
    assert low <= spearman(*zip(*pairs, strict=True)) <= high
