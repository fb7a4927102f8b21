"""A policy file with a fault is refused whole, and each fault is named with its line."""

import pytest

from tandem.privacy.policy.load import POLICY_FILE, PolicyRefused, parse

TEXT = POLICY_FILE.read_text(encoding="utf-8")


def refused(old: str, new: str) -> list[tuple[int, str]]:
    """The faults of the policy with one place changed, and the line where it was changed."""
    assert TEXT.count(old) >= 1, old
    with pytest.raises(PolicyRefused) as caught:
        parse(TEXT.replace(old, new, 1))
    return [(fault.line, fault.sentence) for fault in caught.value.faults]


def line_of(old: str, *, below: int = 0) -> int:
    return TEXT[: TEXT.index(old)].count("\n") + 1 + below


PO_D5 = 'PO = { effect = "case", layer = "row", authority = "policy" }'
STAFF = '[tables.directory_staff]\nclass = "N1"'
NOTE = "[tables.encounters_clinicalnote]"
CASE = '[conditions.case]\nwords = "encounters one was sent to"\ngives = "case"'

ONE_FAULT = [
    ("version = 1", "version = 2", "The version must be 1."),
    ("version = 1", "version = 1\nvision = 2", "Unknown key “vision”."),
    ('TC = { login = "dispatch"', 'TC = { login = "dispatcher"', "Unknown login “dispatcher”."),
    ("seconds = 60", "seconds = -60", "A whole number is needed here."),
    ('retention = "caution"', 'retention = "careful"', "Unknown retention class “careful”."),
    ('effect = "pushed"', 'effect = "shoved"', "Unknown effect “shoved”."),
    ('layer = "row"', 'layer = "wall"', "Unknown layer “wall”."),
    ('"offer_ask_crisis"', '"offer_tea"', "Unknown obligation “offer_tea”."),
    ('gives = "team"', 'gives = "gang"', "Unknown effect “gang”."),
    ("{row.program} = {program}", "{row.program} = {planet}", "Unknown word “{planet}”."),
    ('reads = ["dispatch_member"]', 'reads = ["dispatcher"]', "Unknown table “dispatcher”."),
    ('may = "select, insert, delete"', 'may = "select, upset"', "Not a list of verbs: “upset”."),
    ('data = ["D6", "D7"]', 'data = ["D6", "D77"]', "Unknown word “D77”."),
    ('who = ["MCW", "SUP"]', 'who = ["MCW", "SUB"]', "Unknown word “SUB”."),
    ('effect = "deny without order"', 'effect = "no"', "An effect begins with allow or deny."),
]


@pytest.mark.parametrize(("old", "new", "sentence"), ONE_FAULT)
def test_an_unknown_word_is_refused_with_its_line(old: str, new: str, sentence: str) -> None:
    found = refused(old, new)
    assert (line_of(old) + new.count("\n"), sentence) in found


def test_an_unknown_class_of_a_table_names_that_line() -> None:
    found = refused(STAFF, STAFF.replace("N1", "N9"))
    assert (line_of(STAFF, below=1), "Unknown class “N9”.") in found


def test_a_missing_cell_is_refused() -> None:
    found = refused(PO_D5 + "\n", "")
    assert any("“PO” is missing" in sentence for _, sentence in found)


def test_a_grant_that_no_cell_allows_is_refused() -> None:
    line = 'police = { may = "select", rows = "program" }\n'
    found = refused(NOTE + "\n", f"{NOTE}\n{line}")
    assert any(line == line_of(NOTE, below=1) for line, _ in found)
    assert any("nothing to grant" in sentence for _, sentence in found)


def test_a_condition_wider_than_its_cell_is_refused() -> None:
    found = refused(CASE, CASE.replace('gives = "case"', 'gives = "all"'))
    assert any("wider than “case” of PO on D5" in sentence for _, sentence in found)


def test_a_condition_that_reads_what_the_login_may_not_is_refused() -> None:
    found = refused(
        'reads = ["directory_dutyperiod"]', 'reads = ["directory_dutyperiod", "identity_session"]'
    )
    assert any("which police may not" in sentence for _, sentence in found)


def test_a_condition_that_hides_what_it_reads_is_refused() -> None:
    found = refused('reads = ["dispatch_member"]\n', "")
    assert any("reads “dispatch_member” without saying so" in sentence for _, sentence in found)


def test_a_condition_that_leads_back_to_its_own_table_is_refused() -> None:
    found = refused('rows = "beside_me", adds', 'rows = "case", adds')
    assert [sentence for _, sentence in found] == [
        "The row conditions of police lead back to this table."
    ]


def test_every_row_is_never_for_a_login_with_people() -> None:
    found = refused(
        'police = { may = "select", rows = "program" }', 'police = { may = "select", rows = "any" }'
    )
    assert any("only for logins without people" in sentence for _, sentence in found)


def test_a_cell_that_calls_itself_built_needs_a_table() -> None:
    old = 'SUP = { effect = "all", layer = "not yet"'
    found = refused(old, old.replace("not yet", "row"))
    assert any("No table opens this cell" in sentence for _, sentence in found)


def test_an_effect_without_a_mechanism_cannot_call_itself_built() -> None:
    old = 'effect = "pushed", layer = "not yet"'
    found = refused(old, 'effect = "pushed", layer = "row"')
    assert found == [(line_of(old), "“pushed” has no mechanism: its layer is “not yet”.")]


def test_what_denies_for_good_says_which_layer_denies() -> None:
    old = 'IT = { effect = "none", layer = "row"'
    assert refused(old, old.replace('"row"', '"grant"')) == [
        (line_of(old), "What denies here is the layer “row”.")
    ]


def test_broken_grammar_is_refused_with_its_line() -> None:
    found = refused("version = 1", "version = = 1")
    assert found[0][0] == line_of("version = 1")


def test_every_fault_is_told_at_once() -> None:
    with pytest.raises(PolicyRefused) as caught:
        parse(TEXT.replace('"caution"', '"careful"').replace('"team"', '"gang"'))
    assert len(caught.value.faults) >= 2
    lines = [fault.line for fault in caught.value.faults]
    assert lines == sorted(lines)
