"""Sequences of what a crisis desk does by itself, drawn from a seed and carried out by its people.

Every act that crisis workers and their supervisor can do alone and share with nobody: contacts from
their first word to their end, who is there, private notes, what they are told in confidence, the
clocks of those they sent, forms, endings of their own, numbers. An act that the moment does not
allow is refused and counts as none.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import connections

from tandem.calls.answers import Given
from tandem.charting.definitions import url_of
from tandem.charting.services import save_form
from tandem.directory.facts import program
from tandem.dispatch.services import enter_presence, sign_off, sign_on
from tandem.dispatch.states import Presence
from tandem.encounters.services import (
    describe_clinical_person,
    refuse_to_crisis,
    save_clinical_draft,
    save_clinical_words,
    set_crisis_axis,
    sign_clinical_note,
    tell_collateral,
)
from tandem.intake.language import Interpreting
from tandem.intake.rules import CONTACT_OUTCOMES, CONTACT_STEPS, CRISIS_CHANNELS
from tandem.intake.sealed import ContactFacts
from tandem.intake.services import crisis
from tandem.kernel.axes import AXES, Owner
from tandem.kernel.refusals import Refused
from tandem.kernel.typed import Tab
from tandem.paging.services import enter_number
from tandem.people.models import ContactPerson
from tandem.people.services import note_clinical_fact
from tandem.privacy.acts import Doing
from tandem.safety import services
from tandem.safety.models import Overdue
from tandem.safety.rules import WatchKind
from tandem.safety.services import see_overdue
from tandem.safety.visiting import watch_visits
from tandem.safety.watching import times_of, watch_over
from tandem.storage.standing import Standing, opened, standing_as
from tests.conftest import NOON
from tests.intake.worlds import Stand
from tests.scene import CRU_2, MOBILE

LONGEST = 12
SECRETS = ("Zyxolotl", "Quetzalin", "608-555-0199", "walks alone")
QUESTIONS = ("suicidal_ideation", "weapon_accessible", "threat_to_others")
PLAN = url_of("response-plan")
OWN_AXES = [axis for axis in AXES.values() if axis.owner is Owner.CRISIS]
ALONE = ("crisis-worker-2", "crisis-worker-3", "crisis-supervisor")


@dataclass
class Desk:
    """A crisis desk at work: what is open, who may act, and how much was done."""

    stand: Stand
    draw: random.Random
    minute: int = 0
    contacts: dict[uuid.UUID, str] = field(default_factory=dict)
    notes: int = 0
    done: list[str] = field(default_factory=list)

    @property
    def at(self) -> datetime:
        """When the next act is done: before the pair's own clock rings, which both worlds have."""
        return NOON + timedelta(seconds=4 * self.minute)

    def doing(self, who: str) -> Doing:
        """One of its people at this moment."""
        return self.stand.cast[who].doing(at=self.at)

    def word(self) -> str:
        """Something that nobody else may read."""
        return self.draw.choice(SECRETS)

    def contact(self) -> tuple[uuid.UUID, str]:
        """An open contact and whose it is."""
        if not self.contacts:
            raise Refused
        return self.draw.choice(list(self.contacts.items()))


def _open(desk: Desk) -> None:
    who = desk.draw.choice(("crisis-worker", *ALONE))
    contact = crisis.open_contact(
        desk.doing(who),
        uuid.UUID(int=desk.draw.getrandbits(128), version=4),
        channel=desk.draw.choice(CRISIS_CHANNELS),
        facts=ContactFacts(caller=desk.word(), place=desk.word(), words=desk.word()),
        answers=[_given(desk)],
        dropped=desk.draw.random() < 0.5,
    )
    desk.contacts[contact.pk] = who


def _given(desk: Desk) -> Given:
    value = desk.draw.choice(("yes", "no", "not_known"))
    return Given(desk.draw.choice(QUESTIONS), value, "first_party", desk.word())


def _describe(desk: Desk) -> None:
    contact, who = desk.contact()
    crisis.describe_contact(desk.doing(who), contact, ContactFacts(person=desk.word()))


def _answer(desk: Desk) -> None:
    contact, who = desk.contact()
    crisis.answer_contact(desk.doing(who), contact, [_given(desk)])


def _follow(desk: Desk) -> None:
    contact, who = desk.contact()
    kind = desk.draw.choice(sorted(CONTACT_STEPS))
    result = desk.draw.choice(CONTACT_STEPS[kind])
    more = Interpreting("Hmong", how="line", identity=desk.word())
    crisis.follow_contact(
        desk.doing(who),
        contact,
        kind=kind,
        result=result,
        words=desk.word(),
        interpreting=more if kind == "interpreter" else None,
    )


def _override(desk: Desk) -> None:
    contact, who = desk.contact()
    crisis.override_contact_advice(desk.doing(who), contact)
    crisis.explain_contact_advice(desk.doing(who), contact, desk.word())


def _hand(desk: Desk) -> None:
    contact, who = desk.contact()
    to = desk.draw.choice([one for one in ("crisis-worker", *ALONE) if one != who])
    crisis.hand_contact(desk.doing(who), contact, desk.stand.cast[to].staff_id)
    desk.contacts[contact] = to


def _close(desk: Desk) -> None:
    contact, who = desk.contact()
    outcome = desk.draw.choice(CONTACT_OUTCOMES)
    crisis.close_contact(desk.doing(who), contact, outcome, words=desk.word())
    del desk.contacts[contact]


def _come(desk: Desk) -> None:
    sign_on(desk.doing(desk.draw.choice(ALONE[:2])), desk.draw.choice((CRU_2, MOBILE)))


def _go(desk: Desk) -> None:
    # She who will be sent to a call of dispatch afterwards is there in both worlds.
    sign_off(desk.doing(desk.draw.choice(ALONE[:2])), desk.draw.choice(("sick", "pulled", "end")))


def _by_phone(desk: Desk) -> None:
    whom = desk.stand.cast[desk.draw.choice(ALONE[:2])]
    kind = desk.draw.choice(list(Presence))
    unit = CRU_2 if kind in (Presence.ON, Presence.BACK) else None
    enter_presence(desk.doing("crisis-supervisor"), whom.staff_id, kind, unit_id=unit)


def _private_note(desk: Desk) -> None:
    desk.notes += 1
    doing = desk.doing("crisis-worker")
    save_clinical_draft(doing, desk.stand.encounter_id, desk.word(), desk.notes)


def _person(desk: Desk) -> None:
    case, doing = desk.stand.encounter_id, desk.doing("crisis-worker")
    describe_clinical_person(doing, case, name=desk.word(), age=34, age_how="stated")


def _confided(desk: Desk) -> None:
    tell_collateral(
        desk.doing("crisis-worker"),
        desk.stand.encounter_id,
        words=desk.word(),
        source=desk.word(),
        relation="sister",
        safety="",
    )


def _clock(desk: Desk) -> None:
    by = desk.stand.cast["crisis-supervisor"]
    row = Overdue.objects.create(
        program_id=by.program_id,
        agency_id=by.agency_id,
        kind=desk.draw.choice(list(WatchKind)),
        desk="crisis",
        about_id=uuid.uuid4(),
        response_id=uuid.uuid4(),
        encounter_id=uuid.uuid4(),
        who=desk.word(),
        callsign="MC 1",
        call_number=7,
        since_at=NOON,
        rang_at=NOON,
        climbed_at=NOON,
    )
    see_overdue(desk.doing("crisis-supervisor"), row.pk)
    if desk.draw.random() < 0.5:
        with standing_as(Standing("worker")), opened():
            watch_over(connections["default"].connection, times_of(program()), at=desk.at)


def _visit(desk: Desk) -> None:
    """Begun alone, and missed or ended: her own desk's alone."""
    doing = desk.doing(desk.draw.choice(ALONE[:2]))
    key = uuid.UUID(int=desk.draw.getrandbits(128), version=4)
    visit = services.start_visit(doing, key, alone=True)
    if desk.draw.random() < 0.5:
        with standing_as(Standing("worker")), opened():
            late = desk.at + timedelta(hours=1)
            watch_visits(connections["default"].connection, timedelta(seconds=120), at=late)
    services.end_visit(desk.doing("crisis-supervisor"), visit.pk)


def _identify(desk: Desk) -> None:
    """Said to be a new person, and how she may be reached."""
    contact, who = desk.contact()
    crisis.identify_contact(desk.doing(who), contact, None)
    on_file = ContactPerson.objects.get(pk=contact).file_id
    if on_file is not None:
        told = {"way": "phone", "where": desk.word(), "must_not_know": desk.word()}
        note_clinical_fact(desk.doing(who), on_file, "contact", told)


def _note_signed(desk: Desk) -> None:
    sign_clinical_note(desk.doing("crisis-worker"), desk.stand.encounter_id, desk.word())


def _ending(desk: Desk) -> None:
    """What the clinical side alone says of how it ended."""
    axis = desk.draw.choice(OWN_AXES)
    value = desk.draw.choice(axis.values)
    set_crisis_axis(desk.doing("crisis-worker"), desk.stand.encounter_id, axis.code, [value])


def _refused(desk: Desk) -> None:
    scope = desk.draw.choice(("police", "crisis", "both"))
    refuse_to_crisis(desk.doing("crisis-worker"), desk.stand.encounter_id, scope, "person")


def _form(desk: Desk) -> None:
    desk.notes += 1
    typed = {"a-aims": [desk.word()]}
    tab = Tab(desk.notes, "page")
    save_form(desk.doing("crisis-worker"), desk.stand.encounter_id, PLAN, typed, tab)


def _typed(desk: Desk) -> None:
    desk.notes += 1
    doing, case = desk.doing("crisis-worker"), desk.stand.encounter_id
    save_clinical_words(doing, case, "amend", {"text": desk.word()}, Tab(desk.notes, "page"))


def _number(desk: Desk) -> None:
    who = desk.stand.cast[desk.draw.choice(ALONE)]
    number = f"+1608555{desk.draw.randrange(10_000):04d}"
    enter_number(who.doing(at=desk.at), who.staff_id, number, "es")


ACTS: dict[str, Callable[[Desk], None]] = {
    "contact opened": _open,
    "contact described": _describe,
    "contact answered": _answer,
    "contact followed": _follow,
    "advice overridden": _override,
    "contact handed": _hand,
    "contact closed": _close,
    "signed on": _come,
    "signed off": _go,
    "presence by phone": _by_phone,
    "private note": _private_note,
    "person described": _person,
    "told in confidence": _confided,
    "clock overdue": _clock,
    "visit": _visit,
    "contact identified": _identify,
    "clinical note signed": _note_signed,
    "ending of its own": _ending,
    "follow-up refused": _refused,
    "form filled in": _form,
    "words typed": _typed,
    "number entered": _number,
}


def carried_out(stand: Stand, seed: int) -> list[str]:
    """The sequence of this seed, in the world that is open now; what of it was not refused."""
    desk = Desk(stand, random.Random(f"worlds {seed}"))  # noqa: S311
    for _ in range(desk.draw.randint(3, LONGEST)):
        # Half of all acts open or go on with a contact: that is what a crisis desk does.
        name = desk.draw.choice(list(ACTS))
        if not desk.contacts and desk.draw.random() < 0.5:
            name = "contact opened"
        desk.minute += 1
        try:
            ACTS[name](desk)
        except Refused:
            continue
        desk.done.append(name)
    return desk.done
