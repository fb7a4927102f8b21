"""The vectors of the instruments, from their published scoring, and what no answer may do.

Vectors: the table in docs/reference/instruments.md (C-SSRS triage, ASQ, PHQ-9, GAD-7,
AUDIT-C, DAST-10), boundaries on both sides; PHQ-2 from 3 (Kroenke 2003); DAST-10 (Skinner 1982).
"""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest

from tandem.forms.instruments import (
    AUDIT_C_MEN,
    AUDIT_C_WOMEN,
    DECLINED,
    INSTRUMENTS,
    UNDETERMINED,
    Reply,
    Result,
    Setting,
)
from tandem.forms.trend import Dated, trend

CSSRS_IDS = ("1", "2", "3", "4", "5", "6", "6b")


def _score(code: str, *points: Reply, setting: Setting | None = None) -> Result:
    questions = INSTRUMENTS[code].questions
    return INSTRUMENTS[code].score(
        {one.id: reply for one, reply in zip(questions, points, strict=False)}, setting
    )


def _cssrs(*yes: str) -> Result:
    return INSTRUMENTS["c-ssrs-screener"].score({key: int(key in yes) for key in CSSRS_IDS})


@pytest.mark.parametrize(
    ("yes", "level", "critical"),
    [
        ((), "none", ()),
        (("1",), "low", ()),
        (("2",), "low", ()),
        (("1", "2"), "low", ()),
        (("1", "2", "3"), "moderate", ()),
        (("1", "2", "3", "4"), "high", ("4",)),
        (("1", "2", "5"), "high", ("5",)),
        (("6",), "moderate", ()),  # behavior, longer ago than three months
        (("6", "6b"), "high", ("6b",)),  # within three months, nothing else
    ],
)
def test_c_ssrs_levels(yes: tuple[str, ...], level: str, critical: tuple[str, ...]) -> None:
    result = _cssrs(*yes)
    assert (result.level, result.may_be, result.critical) == (level, level, critical)
    assert result.complete
    assert result.score is None  # there is no sum score


def test_c_ssrs_asks_three_to_five_only_after_two_and_6b_only_after_six() -> None:
    result = INSTRUMENTS["c-ssrs-screener"].score({"1": 0, "2": 0, "6": 0})
    assert (result.asked, result.complete, result.level) == (("1", "2", "6"), True, "none")


def test_c_ssrs_none_needs_every_question_answered() -> None:
    screener = INSTRUMENTS["c-ssrs-screener"]
    result = screener.score({"1": 0, "2": 0})
    assert (result.level, result.may_be, result.unanswered) == (UNDETERMINED, "high", ("6",))
    behavior = screener.score({"1": 0, "2": 0, "6": 1})
    assert (behavior.level, behavior.may_be, behavior.critical) == ("moderate", "high", ("6b",))


@pytest.mark.parametrize(
    ("points", "level", "critical"),
    [
        ((0, 0, 0, 0), "negative", ()),
        ((1, 0, 0, 0, 0), "non_acute_positive", ()),
        ((0, 0, 0, 1, 1), "acute_positive", ("5",)),
        ((0, DECLINED, 0, 0, 0), "non_acute_positive", ()),  # a refusal counts as positive
        ((0, 0, 1, 0), "non_acute_positive", ("5",)),  # now is not settled
        ((0, 0, 1, 0, DECLINED), "non_acute_positive", ("5",)),
        ((0, 0, 0, None), UNDETERMINED, ()),
    ],
)
def test_asq_levels(points: tuple[Reply, ...], level: str, critical: tuple[str, ...]) -> None:
    result = _score("asq", *points)
    assert (result.level, result.critical) == (level, critical)


def _sum_of(code: str, total: int) -> Result:
    left, points = total, []
    for question in INSTRUMENTS[code].questions:
        points.append(min(left, question.most))
        left -= points[-1]
    assert left == 0
    return _score(code, *points)


@pytest.mark.parametrize(
    ("code", "total", "level"),
    [
        ("phq-9", 0, "none"),
        ("phq-9", 4, "none"),
        ("phq-9", 5, "mild"),
        ("phq-9", 9, "mild"),
        ("phq-9", 10, "moderate"),
        ("phq-9", 14, "moderate"),
        ("phq-9", 15, "moderately_severe"),
        ("phq-9", 19, "moderately_severe"),
        ("phq-9", 20, "severe"),
        ("phq-9", 27, "severe"),
        ("phq-2", 2, "negative"),
        ("phq-2", 3, "positive"),
        ("gad-7", 4, "minimal"),
        ("gad-7", 5, "mild"),
        ("gad-7", 9, "mild"),
        ("gad-7", 10, "moderate"),
        ("gad-7", 14, "moderate"),
        ("gad-7", 15, "severe"),
        ("gad-7", 21, "severe"),
        ("dast-10", 0, "none"),
        ("dast-10", 1, "low"),
        ("dast-10", 2, "low"),
        ("dast-10", 3, "moderate"),
        ("dast-10", 5, "moderate"),
        ("dast-10", 6, "substantial"),
        ("dast-10", 8, "substantial"),
        ("dast-10", 9, "severe"),
        ("dast-10", 10, "severe"),
    ],
)
def test_sum_scores_on_both_sides_of_each_boundary(code: str, total: int, level: str) -> None:
    result = _sum_of(code, total)
    assert (result.score, result.level, result.complete) == (total, level, True)


@pytest.mark.parametrize(
    ("floor", "total", "level"),
    [
        (AUDIT_C_WOMEN, 2, "negative"),
        (AUDIT_C_WOMEN, 3, "positive"),
        (AUDIT_C_MEN, 3, "negative"),
        (AUDIT_C_MEN, 4, "positive"),
        (None, 3, "positive"),  # nobody said which applies: the one that misses fewer
    ],
)
def test_audit_c_by_threshold(floor: int | None, total: int, level: str) -> None:
    points = (min(total, 4), max(total - 4, 0), 0)
    assert _score("audit-c", *points, setting=Setting(positive_from=floor)).level == level


def test_phq_9_thoughts_of_death_are_critical_whatever_the_sum() -> None:
    result = _score("phq-9", 0, 0, 0, 0, 0, 0, 0, 0, 1)
    assert (result.level, result.critical) == ("none", ("9",))
    assert _score("phq-9", *[3] * 8, 0).critical == ()


def test_dast_10_counts_a_no_where_the_wording_is_turned_round() -> None:
    turned = Setting(reversed_items=frozenset({"3"}))
    assert _score("dast-10", *[0] * 10, setting=turned).score == 1
    assert _score("dast-10", 0, 0, 1, *[0] * 7, setting=turned).score == 0


def test_a_sum_with_open_questions_says_what_it_may_be() -> None:
    result = _score("phq-9", 3, 3, 3, 1, None, 0, 0, 0, 0)
    assert (result.score, result.score_may_be) == (10, 13)
    assert (result.level, result.may_be, result.unanswered) == ("moderate", "moderate", ("5",))
    assert _score("phq-9", 0).level == UNDETERMINED
    assert _score("phq-9").level == UNDETERMINED


@pytest.mark.parametrize(
    ("code", "choices"),
    [
        ("c-ssrs-screener", (None, 0, 1)),
        ("asq", (None, DECLINED, 0, 1)),
        ("audit-c", (None, 0, 1, 2, 3, 4)),
        ("phq-2", (None, 0, 1, 2, 3)),
        ("dast-10", (None, 0, 1)),
    ],
)
def test_no_answer_never_makes_a_level_lower_than_a_no_would(
    code: str, choices: tuple[Reply, ...]
) -> None:
    """Every assignment: opening a question that was answered with nothing never lowers."""
    instrument = INSTRUMENTS[code]
    ids = [question.id for question in instrument.questions]
    for points in itertools.product(choices, repeat=min(len(ids), 7)):
        replies = dict(zip(ids, points, strict=False))
        result = instrument.score(replies)
        for question_id, reply in replies.items():
            if reply != 0:
                continue
            opened = instrument.score({**replies, question_id: None})
            assert instrument.rank(opened.level) >= instrument.rank(result.level), replies
            assert instrument.rank(opened.may_be) >= instrument.rank(result.may_be), replies
            assert set(opened.critical) >= set(result.critical), replies


@pytest.mark.parametrize("reply", [4, -1, True, 1.5, "yes"])
def test_an_answer_that_an_instrument_does_not_have_is_refused(reply: Reply) -> None:
    with pytest.raises(ValueError, match="has no answer"):
        INSTRUMENTS["phq-9"].score({"1": reply})
    with pytest.raises(ValueError, match="has no answer"):
        INSTRUMENTS["phq-9"].score({"10": 0})


def test_the_codes_are_those_of_loinc() -> None:
    """Read at HL7 (US Core's PHQ-9, US Behavioral Health's C-SSRS) and loinc.org."""
    found = {
        code: (one.panel_loinc, one.score_loinc or one.level_loinc)
        for code, one in INSTRUMENTS.items()
    }
    assert found == {
        "c-ssrs-screener": ("", "93374-7"),
        "asq": ("", ""),
        "phq-9": ("44249-1", "44261-6"),
        "phq-2": ("55757-9", "55758-7"),
        "gad-7": ("69737-5", "70274-6"),
        "audit-c": ("72109-2", "75626-2"),
        "dast-10": ("82666-9", "82667-7"),
    }
    screener = [question.loinc for question in INSTRUMENTS["c-ssrs-screener"].questions]
    assert screener == [
        "93246-7", "93247-5", "93248-3", "93249-1", "93250-9", "93267-3", "93269-9",
    ]  # fmt: skip


def test_a_trend_compares_with_the_last_complete_result_alone() -> None:
    phq = INSTRUMENTS["phq-9"]
    start = datetime(2026, 11, 1, tzinfo=UTC)
    results = [
        _sum_of("phq-9", 12),
        _score("phq-9", 1),
        _sum_of("phq-9", 9),
        _score("phq-9", *[3] * 5),
    ]
    dated = [Dated(start + timedelta(days=n), one, "v1") for n, one in enumerate(results)]
    told = trend(phq, list(reversed(dated)))
    assert [word for _, word in told] == ["first", "not_comparable", "lower", "higher"]
