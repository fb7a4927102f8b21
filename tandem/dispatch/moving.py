"""Moves one member: the step with who says so, beside CAD where it leads, and where they stand."""

from __future__ import annotations

from tandem.dispatch.from_cad import settle
from tandem.dispatch.leading import lead_of
from tandem.dispatch.models import Member
from tandem.dispatch.sending import write_step
from tandem.dispatch.states import MemberState
from tandem.privacy.acts import Trail


def move(
    trail: Trail,
    member: Member,
    state: MemberState,
    *,
    out_of_order: bool = False,
    before_stable: bool = False,
) -> None:
    """Write the step; the member stands there, unless CAD leads and says otherwise.

    What is entered late, of a time before the status that holds, moves nobody back.
    """
    lead = lead_of(member, at=trail.doing.at)
    write_step(
        trail,
        member,
        state,
        out_of_order=out_of_order,
        before_stable=before_stable,
        beside_cad=lead.beside,
    )
    if lead.beside:
        settle(member, lead.spoken_at)
        return
    if trail.doing.happened_at is not None and trail.doing.when < member.state_at:
        return
    member.state, member.state_at = state, trail.doing.when
    member.save(update_fields=["state", "state_at"])
