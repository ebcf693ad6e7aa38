"""Language skill is not what is marked: the same content in broken, in plain and in ornate English."""

from __future__ import annotations

import pytest
from prose_small import answer, marked

SAME = {
    "delegation_brief": (
        """Priya, LED-451 is yours. It is due on 11 December. A merchant who has refunded a customer is not charged a
second time. In October that happened 38 times. Every chargeback is answered within 20 days. Nothing is live
before the replay agrees with Finance's list. Nobody changes posting code from 27 November to 2 December.
You decide the design and the tests. Dana decides what the statement says. We decide together when it goes
live. Show me the design on 10 November. If the replay is still wrong on 24 November, we sit down and cut
the scope. I am free for you on Tuesdays and Thursdays from 2 to 4.""",
        """Dear Priya, it is with genuine confidence that I place LED-451 in your hands, with Friday 11 December as the
day on which it shall be brought home. When that day arrives, no merchant who has already and graciously
refunded a customer will be charged a second time, as so regrettably happened 38 times in October.
Throughout, every single chargeback will have been answered within 20 days; nothing whatsoever will run live
before the replay agrees with Finance's list; and nobody will have changed the posting code between 27
November and 2 December. The design and the tests are entirely yours to decide, whereas the wording of the
statement remains Dana's, and the moment of going live we shall choose together. On 10 November you will
walk me through your design; should the replay still be wrong on 24 November, we sit down that day and cut
the scope. On Tuesdays and Thursdays from 2 to 4 I am at your disposal.""",
    ),
    "review_comment": (
        """Wen, this cannot go in yet, for one reason. The ledger may have booked the refund although the answer times
out. Then the loop books it again, and the customer is paid twice. 6 of the 200 were like that. After the
third failure the log says done, and there is no refund. Before a retry, ask: what if the first one worked?
Take FlakyLedger in the test first and see what it says. Then use payment.refund_key. The name of tmp does
not matter. Shall we look at it at four today?""",
        """Wen, much as I appreciate the initiative, I am afraid that this cannot be merged yet, and there is but one
reason for it. A timeout, alas, does not tell us whether the refund was booked: the ledger may well have
posted it although the answer never reached us, whereupon our loop cheerfully posts it again and the
customer is paid twice, as 6 of the 200 would have been. Moreover, after a third failure the log proclaims
done where there is no refund at all. Before any retry I therefore ask myself: what if the first one had
worked after all? Might I suggest that you put FlakyLedger into the test first, and then pass
key=payment.refund_key? As for tmp, it is of no consequence. Shall we look at it at four today?""",
    ),
    "lena_message": (
        """Lena, Castell can have SSO on 31 March or on 14 April. Payments stopped twice for customers since July. We
expect to lose €180,000 a quarter, between €120,000 and €240,000. If we do nothing now, SSO is there on 31
March and all of the risk stays. If Priya and Tomasz repair the worst for three weeks, SSO is there on 14
April and 60 % of the risk is gone. Castell can leave only after 30 April. I would repair first. Please say
yes to 14 April and tell Castell, by Thursday 14 January. If it is not half done on 29 January, I stop it.""",
        """Dearest Lena, as we stand on the threshold of a decisive quarter, Castell may have its SSO on 31 March or on
14 April. Payments, I regret, have stopped twice for customers since July, and we expect to lose €180,000 a
quarter, between €120,000 and €240,000. Should we do nothing now, SSO will be there on 31 March and all of
the risk stays; should Priya and Tomasz repair the worst for three weeks, SSO is there on 14 April and 60 %
of the risk is gone. Castell can leave only after 30 April. I would repair first. Might you say yes to 14
April and tell Castell, by Thursday 14 January? If it is not half done on 29 January, I stop it.""",
    ),
}


@pytest.mark.parametrize("name", SAME)
def test_plain_sentences_are_not_marked_below_ornate_ones(name: str) -> None:
    plain, ornate = (marked(text, name) for text in SAME[name])
    assert plain.score >= ornate.score
    assert plain.score >= 85


BROKEN = (
    ("the ", ""), (" a ", " "), (" is ", " are "), ("cannot", "can not"), ("because", "becouse"), ("which", "wich"),
    ("until", "untill"), ("decide", "deside"), ("together", "togehter"), ("chargeback", "charge-back"),
    ("Tuesday", "tuesday"), ("December", "december"),
)  # fmt: skip


@pytest.mark.parametrize("name", SAME)
def test_dropped_articles_and_typos_keep_the_mark_within_the_band(name: str) -> None:
    """Ten points of a hundred are half a step of a middling criterion; no pass becomes a failure."""
    plain = SAME[name][0]
    broken = plain
    for right, wrong in BROKEN:
        broken = broken.replace(right, wrong)
    assert broken != plain
    before, after = marked(plain, name), marked(broken, name)
    assert abs(before.score - after.score) <= 10
    assert after.score >= 75 or after.unsure


@pytest.mark.parametrize("answer_id", ["dw01", "dw02", "dw03"])
def test_a_learner_s_english_costs_an_excellent_answer_no_pass(answer_id: str) -> None:
    text = answer("delegation_brief", answer_id)
    for right, wrong in BROKEN:
        text = text.replace(right, wrong)
    found = marked(text)
    assert found.score > 72 or found.unsure
