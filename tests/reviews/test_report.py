"""The whole report of a side: one set of figures on page, paper, in file and at the console."""

from __future__ import annotations

import argparse
import csv
import io
import json
import uuid
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from tandem.encounters.models import PoliceReview
from tandem.encounters.services import set_crisis_axis, set_police_axis
from tandem.kernel.verbs import DONE
from tandem.privacy.models import AuditIntake
from tandem.reviews import verbs
from tandem.reviews.report import whole_report
from tandem.reviews.services import review_police
from tandem.storage.standing import opened, standing_as
from tests.conftest import NOON, Persona
from tests.scene import CRU_2, browser_of, send_pair

pytestmark = pytest.mark.django_db(databases=["default", "identity"])
DAY = date(2026, 7, 1)
DAYS = {"from": "2026-07-01", "to": "2026-07-01"}

OF_POLICE = ("cru-officer", "patrol-officer", "police-custodian")
OF_COUNTY = ("crisis-worker", "crisis-supervisor", "county-custodian")


@pytest.fixture
def encounters(cast: dict[str, Persona]) -> list[uuid.UUID]:
    """Two pairs of one day; both sides stated something, force was used once."""
    found = [
        send_pair(cast).encounter_id,
        send_pair(cast, "cru-officer-2", "crisis-worker-2", unit=CRU_2, number=420).encounter_id,
    ]
    set_police_axis(cast["cru-officer"].doing(), found[0], "adverse", ["force_used"])
    set_police_axis(cast["cru-officer"].doing(), found[0], "enforcement", ["warrant_served"])
    set_crisis_axis(cast["crisis-worker"].doing(), found[0], "clinical", ["dementia_primary"])
    return found


def report_of(persona: Persona, *, days_later: int = 0) -> dict[str, Any]:
    """What this person's page says."""
    at = NOON + timedelta(days=days_later)
    with standing_as(persona.standing), opened(), timezone.override("America/Chicago"):
        return whole_report(persona.standing, DAY, DAY, at=at)


def at_console(side: str, capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """What `tandem report first` prints."""
    parser = argparse.ArgumentParser()
    verbs.register(parser.add_subparsers())
    told = ["report", "first", "--side", side, "--from", str(DAY), "--to", str(DAY), *words]
    args = parser.parse_args(told)
    assert args.handler(args) == DONE
    return capsys.readouterr().out


@pytest.mark.parametrize(
    ("reader", "side"), [("police-custodian", "police"), ("county-custodian", "county")]
)
def test_page_file_and_console_hold_the_same_figures(
    encounters: list[uuid.UUID],
    cast: dict[str, Persona],
    capsys: pytest.CaptureFixture[str],
    reader: str,
    side: str,
) -> None:
    printed = json.loads(at_console(side, capsys, "--json"))
    seen = report_of(cast[reader])
    for told in (printed, seen):
        told["reviews"].pop("oldest_days")
    assert printed == json.loads(json.dumps(seen))
    words = at_console(side, capsys)
    assert f"reviews due {seen['reviews']['due']}" in words
    answer = browser_of(cast[reader]).get("/report/", {**DAYS, "format": "csv"})
    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    for axis in seen["axes"]:
        of = ("axis", axis["axis"])
        held = {row["value"]: int(row["n"]) for row in rows if (row["part"], row["of"]) == of}
        assert held == {cell["value"]: cell["count"] for cell in axis["values"]}
    for time in seen["times"]:
        (row,) = [r for r in rows if (r["of"], r["value"]) == (time["from"], time["to"])]
        assert (row["n"], row["N"]) == (str(time["n"]), str(time["N"]))
        assert row["median"] == ("" if time["median"] is None else str(time["median"]))


def test_what_is_due_is_counted_until_it_is_done_on_the_own_side_alone(
    encounters: list[uuid.UUID], cast: dict[str, Persona]
) -> None:
    report = report_of(cast["police-custodian"], days_later=9)
    expected = {"due": 1, "oldest_days": 9, "opened": 1, "opened_and_done": 0}
    assert report["reviews"] == expected
    county = report_of(cast["crisis-supervisor"], days_later=9)
    assert county["reviews"]["due"] == 0
    assert county["reviews"]["plans_due"] == 0
    review = PoliceReview.objects.get()
    review_police(cast["cru-officer-2"].doing(), review.pk, "Read, in order.")
    after = report_of(cast["police-custodian"], days_later=9)["reviews"]
    assert after == {"due": 0, "oldest_days": 0, "opened": 1, "opened_and_done": 1}


@pytest.mark.parametrize("address", ["/report/", "/report/print/", "/report/?format=csv"])
@pytest.mark.parametrize(
    ("readers", "never"),
    [
        (
            ("cru-officer", "patrol-officer", "police-custodian"),
            ("dementia", "Dementia", "Destination", "destination", "Referral"),
        ),
        (("crisis-worker", "crisis-supervisor", "county-custodian"), ("warrant_served", "Warrant")),
    ],
)
def test_no_side_reads_a_value_of_the_other_in_any_form(
    encounters: list[uuid.UUID],
    cast: dict[str, Persona],
    address: str,
    readers: tuple[str, ...],
    never: tuple[str, ...],
) -> None:
    for reader in readers:
        answer = browser_of(cast[reader]).get(address, DAYS)
        assert answer.status_code == 200
        told = answer.content.decode().split("<main", 1)[-1]
        hidden = [word for word in never if word in told]
        assert [word for word in hidden if word not in {"clinical"}] == [], (reader, hidden)


def test_a_print_is_looked_at_first_and_counted_when_it_is_made(
    encounters: list[uuid.UUID], officer: Persona, trail: Callable[[], list[str]]
) -> None:
    browser = browser_of(officer)
    seen = browser.get("/report/print/", DAYS)
    assert 'data-printed="no"' in seen.content.decode()
    assert "report.printed" not in trail()
    fields = {"act_id": uuid.uuid4()}
    for _sent_twice in range(2):
        made = browser.post("/report/print/?from=2026-07-01&to=2026-07-01", fields)
    assert 'data-printed="yes"' in made.content.decode()
    assert f"Printed by {officer.short_name}" in made.content.decode()
    (row,) = AuditIntake.objects.filter(act="report.printed")
    assert (row.staff_id, row.reason) == (officer.staff_id, "2026-07-01/2026-07-01")
