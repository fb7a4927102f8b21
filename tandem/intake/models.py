"""Callers of the dispatch side, contacts of the crisis desk, and what the two desks ask each other.

A contact is a treatment record from its first word: its tables belong to the clinical compartment
and share no number, key or count with a call.
"""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from tandem.intake.states import RequestState
from tandem.kernel.states import choices
from tandem.storage.records import ActRecord, ScopedRecord


class Caller(ActRecord):
    """One who called about a call, and what they said. No caller is told of another."""

    agency_id = models.UUIDField()
    call_id = models.UUIDField()
    channel = models.CharField(max_length=20)
    party = models.CharField(max_length=20, blank=True)
    name = models.CharField(max_length=120, blank=True)
    callback = models.CharField(max_length=40, blank=True)
    line = models.CharField(max_length=10, default="voice")  # voice | text | rtt | vrs
    language = models.CharField(max_length=40, blank=True)
    interpreter = models.CharField(max_length=60, blank=True)  # who interprets: number or name
    words = models.CharField(max_length=1000, blank=True)
    # Of a line that relays: who told it and from where.
    counselor = models.CharField(max_length=80, blank=True)
    center = models.CharField(max_length=80, blank=True)
    dropped = models.BooleanField(default=False)  # the line ended before we were done

    class Meta:
        indexes = [models.Index(fields=["call_id", "at"], name="caller_of_call")]


class CallerStep(ActRecord):
    """Something a desk did for a call: called back, looked for the place, told a relay its name."""

    agency_id = models.UUIDField()
    call_id = models.UUIDField()
    caller_id = models.UUIDField(null=True)
    kind = models.CharField(max_length=20)
    result = models.CharField(max_length=20)
    words = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [models.Index(fields=["call_id", "at"], name="caller_step_of_call")]


class LanguageStep(ActRecord):
    """Where the interpreter of a call stands; the newest row holds. Who was sent names the case."""

    agency_id = models.UUIDField()
    call_id = models.UUIDField()
    encounter_id = models.UUIDField(null=True)
    language = models.CharField(max_length=60)
    state = models.CharField(max_length=20)
    how = models.CharField(max_length=20, blank=True)
    identity = models.CharField(max_length=60, blank=True)  # the interpreter's number or name
    life_threat = models.BooleanField(default=False)
    entered_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["call_id", "at"], name="language_of_call")]


class OnView(ActRecord):
    """What an officer saw: a call opened on view, or told beside the CAD's call of the same event.

    The relation by which the officer may make that call and add to it.
    """

    agency_id = models.UUIDField()
    call_id = models.UUIDField()
    seen = models.CharField(max_length=120, blank=True, default="", db_default="")
    encounter_id = models.UUIDField(null=True)
    unit_id = models.UUIDField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["by_id", "call_id"], name="on_view_by"),
            models.Index(fields=["call_id"], name="on_view_of_call"),
            models.Index(fields=["at"], name="on_view_at"),
        ]


class CallLink(ActRecord):
    """A call that tells of the same incident as another; the newest row of a call holds."""

    agency_id = models.UUIDField()
    call_id = models.UUIDField()
    into_id = models.UUIDField(null=True)  # none: taken apart again

    class Meta:
        indexes = [models.Index(fields=["call_id", "at"], name="link_of_call")]


class PreAlert(ActRecord):
    """That a team is told of a call before it is sent: one row for each officer of a pair.

    The pair's crisis worker has none: what dispatch tells crosses to her by her officer's word, or
    when both are sent.
    """

    agency_id = models.UUIDField()
    call_id = models.UUIDField()
    number = models.IntegerField()
    call_type = models.CharField(max_length=120, blank=True)
    place = models.CharField(max_length=200, blank=True)
    staff_id = models.UUIDField()
    short_name = models.CharField(max_length=60)
    callsign = models.CharField(max_length=20)
    seen_at = models.DateTimeField(null=True)
    rang_at = models.DateTimeField(null=True)  # once more, on the officer's page
    climbed_at = models.DateTimeField(null=True)  # the desk is to tell them by radio

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["call_id", "staff_id"], name="alerted_once_of_a_call")
        ]
        indexes = [
            models.Index(fields=["staff_id"], name="alert_waits", condition=models.Q(seen_at=None))
        ]


class Transfer(ScopedRecord):
    """A caller whom dispatch hands to the crisis desk; it ends with the name of who took them."""

    agency_id = models.UUIDField()
    call_id = models.UUIDField()
    number = models.IntegerField()  # of the call, as dispatch says it
    told = models.CharField(max_length=1000)
    asked_at = models.DateTimeField()
    asked_by_id = models.UUIDField()
    asked_by_name = models.CharField(max_length=60)
    rings = models.SmallIntegerField(default=0)  # times it rang again without an answer
    rang_at = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by_id = models.UUIDField(null=True)
    acknowledged_by_name = models.CharField(max_length=60, blank=True)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by_id = models.UUIDField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(acknowledged_at=None, acknowledged_by_id=None)
                | models.Q(acknowledged_at__isnull=False, acknowledged_by_id__isnull=False),
                name="transfer_acknowledged_by_somebody",
            ),
            models.CheckConstraint(
                condition=models.Q(withdrawn_at=None, withdrawn_by_id=None)
                | models.Q(withdrawn_at__isnull=False, withdrawn_by_id__isnull=False),
                name="transfer_withdrawn_by_somebody",
            ),
            models.UniqueConstraint(
                fields=["call_id"],
                condition=models.Q(acknowledged_at=None, withdrawn_at=None),
                name="transfer_open_once",
            ),
        ]


class WorkerRequest(ScopedRecord):
    """The slip by which dispatch asks the crisis desk for a worker: what was pushed, the answer.

    Nothing else of the call goes along: no caller, no name, no remark. Who the crisis desk sends is
    its own choice; `sent_by_id` is the relation by which it may add that worker to the call.
    """

    agency_id = models.UUIDField()
    call_id = models.UUIDField()
    encounter_id = models.UUIDField(null=True)  # an officer asked from this one
    number = models.IntegerField()  # of the call, as dispatch says it
    call_type = models.CharField(max_length=120, blank=True)
    priority = models.SmallIntegerField(default=3)
    place = models.CharField(max_length=200, blank=True)
    safety = models.JSONField(default=dict)  # question: value, of the answers about danger and harm
    words = models.CharField(max_length=500, blank=True)
    state = models.CharField(
        max_length=10, choices=choices(RequestState), default=RequestState.ASKED
    )
    asked_at = models.DateTimeField()
    asked_by_id = models.UUIDField()
    asked_by_name = models.CharField(max_length=60)
    rang_at = models.DateTimeField(null=True)  # once more, without an answer
    climbed_at = models.DateTimeField(null=True)  # past its limit, to the crisis supervisor
    first_answer_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    answered_by_id = models.UUIDField(null=True)
    answered_by_name = models.CharField(max_length=60, blank=True)
    counter = models.CharField(max_length=10, blank=True)  # phone | telehealth | later | meet
    counter_at = models.DateTimeField(null=True)
    counter_place = models.CharField(max_length=200, blank=True)
    sent_by_id = models.UUIDField(null=True)
    worker_name = models.CharField(max_length=60, blank=True)
    callsign = models.CharField(max_length=20, blank=True)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by_id = models.UUIDField(null=True)  # none: the call ended elsewhere
    # call_ended | asked_again; blank: a dispatcher took it back
    withdrawn_why = models.CharField(max_length=20, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["call_id"],
                condition=models.Q(state=RequestState.ASKED),
                name="worker_asked_once",
            ),
            models.CheckConstraint(
                condition=models.Q(answered_at=None, answered_by_id=None)
                | models.Q(answered_at__isnull=False, answered_by_id__isnull=False),
                name="request_answered_by_somebody",
            ),
            models.CheckConstraint(
                condition=models.Q(state=RequestState.ACCEPTED, sent_by_id__isnull=False)
                | ~models.Q(state=RequestState.ACCEPTED) & models.Q(sent_by_id=None),
                name="request_accepted_by_who_sends",
            ),
            # A call that ended elsewhere withdraws it by nobody.
            models.CheckConstraint(
                condition=models.Q(withdrawn_at__isnull=False) | models.Q(withdrawn_by_id=None),
                name="request_withdrawn_by_whom_then",
            ),
        ]
        indexes = [
            models.Index(fields=["call_id", "asked_at"], name="request_of_call"),
            models.Index(fields=["sent_by_id", "call_id"], name="request_sent_by"),
            models.Index(
                fields=["program_id", "asked_at"],
                name="request_running",
                condition=models.Q(state__in=[RequestState.ASKED, RequestState.COUNTERED]),
            ),
        ]


class Contact(ScopedRecord):
    """One contact of the crisis desk; everything said in it is sealed with a key of its own."""

    agency_id = models.UUIDField()
    number = models.IntegerField()  # the crisis desk's own; a call's numbers know nothing of it
    channel = models.CharField(max_length=20)
    state = models.CharField(max_length=10, default="open")  # open | closed
    outcome = models.CharField(max_length=30, blank=True)
    dropped = models.BooleanField(default=False)
    transfer_id = models.UUIDField(null=True)
    holder_id = models.UUIDField()
    holder_name = models.CharField(max_length=60)
    facts = models.BinaryField()  # sealed
    opened_at = models.DateTimeField()
    opened_by_id = models.UUIDField()
    closed_at = models.DateTimeField(null=True)
    closed_by_id = models.UUIDField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agency_id", "number"], name="contact_number_once"),
            models.CheckConstraint(
                condition=models.Q(closed_at=None, closed_by_id=None)
                | models.Q(closed_at__isnull=False, closed_by_id__isnull=False),
                name="contact_closed_by_somebody",
            ),
        ]
        indexes = [
            models.Index(
                fields=["agency_id", "opened_at"],
                name="contact_open",
                condition=models.Q(state="open"),
            )
        ]


class ContactNumbering(ScopedRecord):
    """The next number of a crisis desk's contacts."""

    agency_id = models.UUIDField(unique=True)
    next_number = models.IntegerField(default=1)


class ContactWorker(ScopedRecord):
    """Who works or worked on a contact: the relation that opens it."""

    agency_id = models.UUIDField()
    contact_id = models.UUIDField()
    staff_id = models.UUIDField()
    by_id = models.UUIDField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["contact_id", "staff_id"], name="contact_worker_once")
        ]
        indexes = [models.Index(fields=["staff_id", "contact_id"], name="contact_of_worker")]


class ContactAnswer(ActRecord):
    """One answer in a contact, value and words sealed; the newest of a question holds."""

    agency_id = models.UUIDField()
    contact_id = models.UUIDField()
    question = models.CharField(max_length=40)
    sealed = models.BinaryField()
    entered_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["contact_id", "at"], name="answer_of_contact")]


class ContactStep(ActRecord):
    """Something done in a contact: called back, handed over, closed."""

    agency_id = models.UUIDField()
    contact_id = models.UUIDField()
    kind = models.CharField(max_length=20)
    result = models.CharField(max_length=30)
    sealed = models.BinaryField(null=True)

    class Meta:
        indexes = [models.Index(fields=["contact_id", "at"], name="step_of_contact")]


class ContactAdvice(ActRecord):
    """The advice for a contact as it stood when the crisis desk overrode it or acted, sealed."""

    agency_id = models.UUIDField()
    contact_id = models.UUIDField()
    rules_version = models.CharField(max_length=64)
    program_version = models.CharField(max_length=64)
    sealed = models.BinaryField()  # what the desk did, the answers, who was on, the advice
    reason = models.BinaryField(null=True)  # sealed; never demanded, may follow later
    reason_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["contact_id", "at"], name="advice_of_contact")]


class Disclosure(ActRecord):
    """What a crisis worker let go to dispatch, word for word, and by which authority."""

    agency_id = models.UUIDField()
    contact_id = models.UUIDField()
    call_id = models.UUIDField()  # the call that was born from it
    call_number = models.IntegerField()
    authority = models.CharField(max_length=60)  # a code of the pack
    pack_version = models.CharField(max_length=80)
    recipient = models.CharField(max_length=30)
    sealed = models.BinaryField()

    class Meta:
        indexes = [models.Index(fields=["contact_id", "at"], name="disclosure_of_contact")]
