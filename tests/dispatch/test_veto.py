"""A "no" of either profession is in no count, report or export: walls, code and bytes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tandem.dispatch.models import EntryVeto
from tandem.dispatch.services import say_stable, step_member, veto_entry
from tandem.dispatch.states import MemberState
from tandem.privacy.policy.load import policy
from tests.conftest import NOON, Persona
from tests.intake.worlds import Stand, fetched
from tests.scene import browser_of, member_of, send_pair

pytestmark = pytest.mark.django_db(databases=["default", "identity"])
ROOT = Path(__file__).resolve().parents[2] / "tandem"
TABLE = EntryVeto._meta.db_table
# Where it is entered, where the gate reads it, and what those who go and the desks read.
MAY_NAME_IT = {
    "dispatch/gate.py",
    "dispatch/models.py",
    "dispatch/services/scene.py",
    "board/scene.py",
}
WHO_GOES = {"dispatcher", "cru-officer"}


def naming(text_of: dict[str, str]) -> set[str]:
    """The modules that name the table or its model."""
    return {where for where, text in text_of.items() if re.search(f"EntryVeto|{TABLE}", text)}


def modules() -> dict[str, str]:
    """Every module of the product but migrations."""
    return {
        str(path.relative_to(ROOT)): path.read_text(encoding="utf-8")
        for path in ROOT.rglob("*.py")
        if "migrations" not in path.parts
    }


def test_only_those_who_go_and_their_desks_have_a_right_on_it() -> None:
    assert set(policy().tables[TABLE].grants) == {"dispatch", "police", "clinical"}


def test_no_code_that_counts_names_it() -> None:
    assert naming(modules()) == MAY_NAME_IT
    counting = modules() | {"encounters/report.py": "rows = EntryVeto.objects.count()"}
    assert "encounters/report.py" in naming(counting)


def test_who_does_not_go_in_counts_as_one_who_went_by_phone_to_the_byte(
    cast: dict[str, Persona],
) -> None:
    """Every report, export and measure that others can fetch, with a "no" and without."""
    officer, worker = cast["cru-officer"], cast["crisis-worker"]
    sent = send_pair(cast)
    assert sent.call_id is not None
    stand = Stand(cast, sent.call_id, sent.encounter_id)
    stand.browsers |= {who: browser_of(cast[who]) for who in ("county-custodian",)}
    hers = member_of(sent, worker)

    def by_phone() -> None:
        say_stable(officer.doing(at=NOON), member_of(sent, officer).pk)
        step_member(worker.doing(at=NOON), hers.pk, MemberState.REMOTE_SUPPORT)

    def no() -> None:
        say_stable(officer.doing(at=NOON), member_of(sent, officer).pk)
        veto_entry(worker.doing(at=NOON), hers.pk)

    with_phone, with_no = fetched(stand, by_phone), fetched(stand, no)
    differing = {what for what in with_no if with_no[what] != with_phone.get(what)}
    reports = {what for what in with_no if "/report" in what}
    assert reports
    assert differing & reports == set()
    # The desk and the crew read it; what differs elsewhere is the trail that an act was done.
    elsewhere = {
        what
        for what in differing
        if not any(who in what for who in WHO_GOES) and "audit" not in what
    }
    assert elsewhere == set()
