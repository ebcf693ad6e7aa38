"""Every handout and every card is one printed page, on A4 and on Letter."""

from __future__ import annotations

import re

import pytest
from thorough import ALL

from leadgym.course.modules import slugs
from leadgym.room.handout import card_html, handout_html

pytestmark = pytest.mark.skipif(not ALL, reason="only with LEADGYM_TEST_ALL=1 (make test-all)")


def test_all_of_them_are_one_page(browser) -> None:
    pages = {}
    page = browser.new_page()
    for slug in slugs():
        for make in (handout_html, card_html):
            page.set_content(make(slug))
            for paper in ("A4", "Letter"):
                printed = page.pdf(format=paper)
                pages[slug, make.__name__, paper] = len(re.findall(rb"/Type\s*/Page\b", printed))
    page.close()
    assert len(pages) == 12 * 2 * 2
    assert {which: count for which, count in pages.items() if count != 1} == {}
