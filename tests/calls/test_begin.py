"""Founding a program: whole or not at all, and its administrator can sign in."""

from __future__ import annotations

import uuid

import pytest

from tandem.calls.console import Founding, begin
from tandem.calls.models import Numbering
from tandem.directory.models import Agency, Membership, Program, Unit
from tandem.identity.services import check_name_and_password
from tandem.kernel.refusals import BadInput
from tests.conftest import NOON

pytestmark = pytest.mark.django_db(databases=["default", "identity"])
AGENCIES = ["PD:police:Police", "CC:county_crisis:Crisis desk", "DC:dispatch_center:Dispatch"]


def founding(**more: object) -> Founding:
    facts = {
        "name": "Example County",
        "zone": "America/Chicago",
        "agencies": AGENCIES,
        "units": ["CRU 1:PD:ride_along"],
        "administrator": "first.admin",
        "administrator_name": "First Admin",
        **more,
    }
    return Founding(**facts)  # type: ignore[arg-type]


def test_a_program_begins_with_agencies_units_and_an_administrator() -> None:
    password = begin(founding())
    program = Program.objects.get(code="example-county")
    assert not program.is_demo
    keys = set(Agency.objects.filter(program_id=program.pk).values_list("pk", flat=True))
    assert len(keys) == 3
    assert Numbering.objects.filter(agency_id__in=keys).count() == 3
    assert Unit.objects.get(program_id=program.pk).callsign == "CRU 1"
    membership = Membership.objects.get(program_id=program.pk)
    assert membership.role == "IT"
    account = check_name_and_password("first.admin", password, device=uuid.uuid4(), at=NOON)
    assert account.staff_id == membership.staff_id
    assert account.must_change


@pytest.mark.parametrize(
    "wrong",
    [
        {"agencies": []},
        {"agencies": ["PD:sheriff:Police"]},
        {"agencies": ["PD:police:Police", "PD:police:Again"]},
        {"agencies": ["PD:police"]},
        {"units": ["CRU 1:XX:ride_along"]},
        {"units": ["CRU 1:PD:boat"]},
        {"zone": "Mars/Olympus"},
        {"name": "!!!"},
        {"administrator": ""},
    ],
)
def test_what_cannot_be_read_makes_nothing(wrong: dict[str, object]) -> None:
    before = Program.objects.count()
    with pytest.raises(BadInput):
        begin(founding(**wrong))
    assert Program.objects.count() == before


def test_a_second_program_is_refused_and_makes_nothing() -> None:
    begin(founding())
    before = Program.objects.count()
    with pytest.raises(BadInput, match="Example County is here already"):
        begin(founding(name="Other County", administrator="second.admin"))
    assert Program.objects.count() == before
