"""What callers of one incident say of danger: a yes on any call counts on the one that leads."""

from __future__ import annotations

from tandem.calls.answers import Given, rows_of
from tandem.calls.models import Answer, Call
from tandem.calls.queries import answers_of
from tandem.calls.questions import SAFETY
from tandem.dispatch.sending import tell_crew
from tandem.intake.asking import tell_answers
from tandem.intake.queries import links_of
from tandem.intake.telling import follow_advice
from tandem.privacy.acts import Trail


def carry_to_leader(trail: Trail, call: Call) -> list[Answer]:
    """Keep on the call that leads what was affirmed on this one; whoever goes is told of it."""
    standing, way = trail.doing.standing, [call.pk]
    # The call that led once may tell of another's incident since: the last of them leads.
    while further := links_of(standing, way[-1:]).get(way[-1]):
        if further in way:  # two desks linked at once, each to the other
            break
        way.append(further)
    if way[-1] == call.pk:
        return []
    leader = Call.objects.get(pk=way[-1], program_id=trail.doing.program_id)
    here, there = answers_of(standing, call.pk), answers_of(standing, leader.pk)
    dangers = [
        Given(code, "yes", here[code].said_by, f"{call.number:04d}: {here[code].words}".strip(" :"))
        for code in SAFETY
        if code in here
        and here[code].value == "yes"
        and (code not in there or there[code].value != "yes")
    ]
    if not dangers:
        return []
    rows = rows_of(leader, dangers, trail.doing)
    Answer.objects.bulk_create(rows)
    tell_answers(trail, leader.pk)
    follow_advice(trail, leader)
    trail.announce(leader.pk, to=["dispatch"])
    tell_crew(trail, leader.pk)
    return rows
