"""Which rule decides, for who asks for what and why: cases read from the rules by hand."""

import pytest

from tandem.privacy.policy.explain import NOT_YET, UnknownWord, explain
from tandem.privacy.policy.load import policy

CASES = [  # role, data, purpose, number of the rule or what else decides, first word of the effect
    ("PO", "D6", "browse", 1, "deny"),
    ("CRU", "D7", "history", 1, "deny"),
    ("PO", "D6", "imminent threat, active encounter", 2, "allow"),
    ("PO", "D6", "locate elopee", 3, "allow"),
    ("CRU", "D6", "locate elopee", "D6 CRU: consent|pushed", "deny"),
    ("PO", "D6", "absence check", 4, "allow"),
    ("TC", "D3", "respond to call", 5, "allow"),
    ("law_enforcement", "D8", "prosecute", 6, "deny"),
    ("MCW", "D6", "treatment", 7, "allow"),
    ("SUP", "D6", "treatment", 7, "allow"),
    ("MCW", "D6", "oversight", 8, "deny"),
    ("RF", "D6", "handoff", 9, "allow"),
    ("CP", "D6", "referral", 10, "allow"),
    ("MCW", "D8", "bona fide medical emergency, consent unobtainable", 11, "allow"),
    ("PO", "D8", "respond to call", 12, "deny"),
    ("court", "D10", "process", 13, "allow"),
    ("public", "D10", "open records", 14, "deny"),
    ("MCW", "D5", "safety", 15, "allow"),
    ("MCW", "D11", "treatment", 16, "deny"),
    ("school", "D12", "service", 17, "allow"),
    ("PO", "D13", "emergency", 18, "allow"),
    ("parent_under_14", "D6", "care", 19, "allow"),
    ("parent_14_17", "D6", "care", 20, "allow"),
    ("parent_12_17", "D8", "care", 21, "allow"),
    ("relative", "D6", "inpatient", 22, "allow"),
    ("threat_target", "D6", "warn", 23, "allow"),
    ("PO", "D14", "MDT", 24, "allow"),
    ("other_county", "D6", "two-county case", 25, "allow"),
    ("law_enforcement", "D6", "investigate death", 26, "allow"),
    ("attorney", "D1", "litigation", 27, "deny"),
    ("CH", "D22", "oversight", 28, "allow"),
    ("CH", "D6", "oversight", 29, "deny"),
    ("AN", "D4", "operations", 30, "allow"),
    ("PS", "D19", "transparency", 31, "allow"),
    ("IT", "D6", "admin", 32, "deny"),
    ("RF", "D17", "prospective", 33, "deny"),
    ("PO", "D2", "safety", 34, "allow"),
    ("PS", "D15", "access request", 35, "deny"),
    ("public", "D6", "open records", "default", "deny"),
    ("school", "D6", "safety", "default", "deny"),
    ("TC", "D6", "respond to call", "D6 TC: none", "deny"),
    ("TC", "D1", "respond to call", "D1 TC: all", "allow"),
    ("PRVP", "D6", "open records", "D6 PRVP: none", "deny"),
    ("PRVC", "D5", "open records", "D5 PRVC: none", "deny"),
]


@pytest.mark.parametrize(("role", "data", "purpose", "rule", "effect"), CASES)
def test_the_first_rule_that_fits_decides(
    role: str, data: str, purpose: str, rule: int | str, effect: str
) -> None:
    answer = explain(policy(), role, data, purpose)
    assert answer["rule"] == rule
    assert answer["effect"].split()[0] == effect
    assert answer["authority"]


def test_every_rule_has_a_case() -> None:
    assert {rule for _, _, _, rule, _ in CASES if isinstance(rule, int)} == set(range(1, 36))
    assert [rule.number for rule in policy().rules] == list(range(1, 36))


def test_what_the_law_allows_and_tandem_cannot_do_yet_says_so() -> None:
    answer = explain(policy(), "PO", "D6", "imminent threat")
    assert not answer["built"]
    assert NOT_YET in answer["obligations"]
    assert explain(policy(), "MCW", "D6", "treatment")["built"]


def test_no_officer_is_ever_allowed_a_clinical_record_by_the_matrix_alone() -> None:
    for purpose in policy().purposes:
        for role in ("PO", "CRU", "TC", "PRVP"):
            for data in ("D6", "D7", "D8", "D15"):
                assert not explain(policy(), role, data, purpose)["built"]


def test_an_officer_is_offered_what_remains() -> None:
    assert "offer “Ask crisis”" in explain(policy(), "PO", "D6", "browse")["obligations"]


@pytest.mark.parametrize(
    ("role", "data", "purpose"),
    [("XX", "D6", "care"), ("PO", "D99", "care"), ("PO", "D6", "curiosity")],
)
def test_an_unknown_word_is_refused(role: str, data: str, purpose: str) -> None:
    with pytest.raises(UnknownWord, match="Unknown"):
        explain(policy(), role, data, purpose)
