"""The mapper and the reader judged by material whose author had read no rule (`cases_blind/`)."""

import pytest

from tandem.triage.types import default_reader
from tests.triage.cases.judge import cues, faults
from tests.triage.cases_blind.judge import precision, remarks, type_strings

RIGHT, CUES_FOUND = 0.95, 0.97
# The recall that the field asks for, and a precision at which the answers are still of use.
RECALL = {"behavioral_health": 0.92, "suicide": 0.98, "overdose": 0.98}
PRECISION = 0.9


def test_remarks_are_right() -> None:
    judged = {case["id"]: faults(case) for case in remarks()}
    wrong = {key: found for key, found in judged.items() if found}
    assert len(judged) >= 150
    assert len(wrong) <= (1 - RIGHT) * len(judged), wrong


def test_safety_cues_that_stand_in_the_remarks_are_found() -> None:
    asked, found = cues(remarks())
    assert found >= CUES_FOUND * asked


@pytest.mark.parametrize("kind", RECALL)
def test_type_strings_of_many_cities(kind: str) -> None:
    strings = type_strings()
    wanted = [string for string in strings if kind in string.wanted]
    missed = [string.text for string in wanted if kind not in string.found]
    assert len(wanted) - len(missed) >= RECALL[kind] * len(wanted), missed
    assert precision(strings, kind) >= PRECISION


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("EDPS", "EDP"),
        ("EDP1", "EDP"),
        ("27SUICIDE", "SUICIDE"),
        ("WELCHK", "WEL CHK"),
        ("BEHAVORIAL HEALTH", "BEHAVIORAL HEALTH"),
        ("WELLFARE CHECK", "WELFARE CHECK"),
    ],
)
def test_a_plural_a_number_a_joint_and_a_slip_change_no_kind(written: str, plain: str) -> None:
    reader = default_reader()
    assert set(reader.read(written).kinds) == set(reader.read(plain).kinds)
