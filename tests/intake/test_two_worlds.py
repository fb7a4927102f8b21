"""A contact of the crisis desk leaves dispatch and police no differing byte, until it is shared.

One world holds the contact with its whole life, the other does not; then both go on alike, and all
pages, fragments, streams, API answers and readable rows are compared byte for byte.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from django.db import connections

from tandem.board.facts import pack
from tandem.calls.answers import Given
from tandem.calls.models import Call, CallNote, Numbering
from tandem.dispatch.services import duty
from tandem.intake.services import crisis
from tandem.intake.services.sharing import Chosen, share_contact
from tests.intake.worlds import CANARIES, DUTY, LOOKING, Stand, contact_life, differing, fetched

pytestmark = pytest.mark.django_db(databases=["default", "identity"])


def test_a_contact_with_its_whole_life_leaves_no_differing_byte(stand: Stand) -> None:
    assert differing(stand, contact_life) == []


def test_the_comparison_itself_is_steady_and_looks_everywhere(stand: Stand) -> None:
    first, second = fetched(stand, lambda: None), fetched(stand, lambda: None)
    assert first == second
    for who in LOOKING:
        assert any(what.startswith(f"{who} reads") for what in first)
    opened = [what for what, text in first.items() if text.startswith("200 ")]
    for path in ("dispatcher /desk/", "cru-officer /my-calls/", "police-custodian /audit/", "feed"):
        assert any(what.startswith(path) for what in opened), path
    # The acts of both worlds afterwards reach these roles: the comparison is not of empty things.
    assert "changed" in first["stream of dispatcher"]
    assert "0001" in "".join(first.values())


def _number_of_dispatch(trail: Any) -> int:
    center = Numbering.objects.exclude(agency_id=trail.doing.agency_id).order_by("-next_number")
    drawn = center.filter(agency_id__in=Call.objects.values("agency_id")).first() or center.first()
    assert drawn is not None
    Numbering.objects.filter(pk=drawn.pk).update(next_number=drawn.next_number + 1)
    return drawn.next_number + 1_000


def _loud(trail: Any, contact: Any, *_more: uuid.UUID) -> None:
    trail.announce(contact.pk, to=["dispatch"])


def _empty_tick(trail: Any, _contact: Any, *_more: uuid.UUID) -> None:
    trail.announce(to=["police"])


def _everybody(_trail: Any, _beside: Any, *, at_dispatch: bool) -> list[str]:
    return ["clinical", "dispatch"] if not at_dispatch else ["dispatch"]


@pytest.mark.parametrize(
    ("module", "place", "planted", "seen"),
    [
        (crisis, "_next_number", _number_of_dispatch, "dispatcher"),
        (crisis, "_announce", _loud, "stream of dispatcher"),
        (crisis, "_announce", _empty_tick, "stream of patrol-officer"),
        (duty, "_who_sees_unit", _everybody, "stream of dispatcher"),
    ],
    ids=["a number gap", "a key on the stream", "a tick without a key", "a sign-on told"],
)
def test_a_planted_leak_is_found(
    stand: Stand,
    monkeypatch: pytest.MonkeyPatch,
    module: ModuleType,
    place: str,
    planted: Callable[..., Any],
    seen: str,
) -> None:
    monkeypatch.setattr(module, place, planted)
    stand.looking = (seen.removeprefix("stream of "),)
    assert any(what.startswith(seen) for what in differing(stand, contact_life))


def test_a_sign_on_that_police_may_read_is_found(stand: Stand) -> None:
    """The wall itself is taken down: whoever rides alone is read by the police custodian."""

    def open_wall() -> None:
        contact_life(stand.cast)
        with connections["default"].cursor() as cursor:
            cursor.execute("RESET ROLE")
            cursor.execute(
                "CREATE POLICY broken ON dispatch_unitmember FOR SELECT"
                " TO tandem_custodian_police USING (true)"
            )

    stand.looking = ("police-custodian",)
    without, with_it = fetched(stand, lambda: None), fetched(stand, open_wall)
    found = [what for what in without if with_it[what] != without[what]]
    assert set(found) - {DUTY} == {"police-custodian reads dispatch_unitmember"}


def test_a_slip_that_is_left_too_early_is_found(stand: Stand) -> None:
    def leaky() -> None:
        contact_life(stand.cast)
        desk = stand.cast["dispatcher"]
        CallNote.objects.create(
            program_id=desk.program_id,
            agency_id=desk.agency_id,
            call_id=stand.call_id,
            text="crisis desk knows the person",
            by_id=desk.staff_id,
            by_name=desk.short_name,
            at=desk.doing().at,
        )

    stand.looking = ("dispatcher",)
    without, with_it = fetched(stand, lambda: None), fetched(stand, leaky)
    assert with_it != without


def shared(stand: Stand) -> None:
    """The same contact, of which the worker lets a place and one danger go."""
    contact_id = contact_life(stand.cast)
    chosen = Chosen(
        authority="imminent_threat",
        place="Hixon Forest",
        safety=[Given("weapon_accessible", "not_known", "crisis_worker")],
        words="a dog behind the gate",
        threat="said that tonight it ends",
    )
    share_contact(
        stand.cast["crisis-worker"].doing(), contact_id, uuid.uuid4(), chosen, pack=pack()
    )


def test_once_shared_what_was_chosen_shows_and_nothing_else(stand: Stand) -> None:
    without, with_it = fetched(stand, lambda: None), fetched(stand, lambda: shared(stand))
    changed = "".join(with_it[what] for what in without if with_it[what] != without[what])
    assert "Hixon Forest" in changed
    assert "a dog behind the gate" in changed
    for kept in (*CANARIES, "said that tonight it ends", "Quetzal"):
        assert kept not in "".join(with_it.values()), kept
