"""Writes canaries into every sealed class through the product's own acts; prints what it wrote."""

from __future__ import annotations

import itertools
import json
import os
import uuid
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

if TYPE_CHECKING:
    from tandem.storage.standing import Standing

CANARY = "canary7f3e"
ENCOUNTERS = 36
AMENDMENTS = 6
LEGAL = "legal_status"


def main() -> None:
    """Seed the cast, then play one night of encounters."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.local")
    import django

    django.setup()
    from tandem.demo.seed import seed
    from tandem.kernel.instance import Instance

    seed(Instance.find())
    share_remarks()
    night = Night()
    for number in range(ENCOUNTERS):
        night.encounter(number)
    print(json.dumps({"canaries": night.canaries, "records": night.records}))


def share_remarks() -> None:
    """One field of the feed's remarks is part of the call; the others are police only."""
    from tandem.calls.models import Feed
    from tandem.storage.standing import Standing, opened, standing_as

    with standing_as(Standing("owner")), opened():
        Feed.objects.update(remark_rules={"classes": {"shared": "D1"}})


def standings() -> dict[str, Standing]:
    """How each of the cast acts, by persona."""
    from tandem.demo.cast import load_cast
    from tandem.demo.seed import key
    from tandem.identity.sessions import LOGIN_OF_ROLE
    from tandem.storage.standing import Standing

    loaded = load_cast()
    kinds = {agency.code: agency.kind for agency in loaded.agencies}
    return {
        player.persona: Standing(
            login=LOGIN_OF_ROLE[player.role],
            role=player.role,
            staff_id=key("staff", player.persona),
            agency_id=key("agency", player.agency),
            program_id=key("program", loaded.program.code),
            agency_kind=kinds[player.agency],
        )
        for player in loaded.players
    }


class Night:
    """Two people on one unit, sent again and again."""

    def __init__(self) -> None:
        from tandem.demo.seed import key
        from tandem.dispatch.services import sign_on

        self.standings = standings()
        self.canaries: list[str] = []
        self.records: dict[str, list[str]] = {"police": [], "county": []}
        self._numbers = itertools.count()
        self.unit = key("unit", "CRU 1")
        for persona in ("cru-officer", "crisis-worker"):
            sign_on(self.doing(persona), self.unit)

    def doing(self, persona: str) -> Any:
        from django.utils import timezone

        from tandem.privacy.acts import Doing

        return Doing(self.standings[persona], persona, timezone.now())

    def word(self) -> str:
        """A canary that occurs nowhere else."""
        self.canaries.append(f"{CANARY}-{next(self._numbers):05d}")
        return self.canaries[-1]

    def encounter(self, number: int) -> None:
        """Call, sending, two records, how it ended; the last few stay drafts."""
        from tandem.dispatch.models import Member
        from tandem.dispatch.services import assign_unit, step_member
        from tandem.dispatch.states import MemberState
        from tandem.storage.standing import opened, standing_as

        call_id = self._call(number)
        response = assign_unit(self.doing("dispatcher"), call_id, self.unit)
        encounter_id = response.encounter_id
        signed = number < ENCOUNTERS - 4
        self._police(encounter_id, signed=signed)
        self._county(encounter_id, signed=signed)
        self._custody(encounter_id)
        self._told(encounter_id)
        with standing_as(self.standings["dispatcher"]), opened():
            members = list(
                Member.objects.filter(response_id=response.pk).values_list("pk", flat=True)
            )
        for member_id in members:
            step_member(self.doing("dispatcher"), member_id, MemberState.CLEARED)

    def _call(self, number: int) -> uuid.UUID:
        from django.utils import timezone

        from tandem.demo.personas import feed_token
        from tandem.demo.replay import SOURCE
        from tandem.interop.cad.services import receive
        from tandem.kernel.instance import Instance

        event = {
            "external_id": f"C-{number}",
            "sequence": 1,
            "occurred_at": timezone.now().isoformat(),
            "call_type": "welfare check",
            "disposition": self.word(),
            "remarks": [{"text": self.word()}, {"field": "shared", "text": self.word()}],
        }
        token = feed_token(Instance.find(), SOURCE)
        call_id = receive(token, [event], at=timezone.now())[0].incident
        assert call_id is not None
        return call_id

    def _police(self, encounter_id: uuid.UUID, *, signed: bool) -> None:
        from tandem.encounters import services as acts

        officer = "cru-officer"
        person = acts.describe_police_person(
            self.doing(officer),
            encounter_id,
            name=self.word(),
            age=40,
            age_how="known",
            may_be_minor=False,
        )
        note = self._police_draft(encounter_id)
        acts.estimate_patrol_alone(self.doing(officer), encounter_id, "arrest", self.word())
        if signed:
            acts.choose_police_draft(self.doing(officer), encounter_id, "both")
            facts = self._facts()
            acts.sign_police_note(self.doing(officer), encounter_id, self.word(), facts=facts)
            for _ in range(AMENDMENTS):
                acts.amend_police_note(self.doing(officer), encounter_id, self.word(), self.word())
        self.records["police"] += [str(person.pk), str(note.pk)]

    def _facts(self) -> Any:
        from tandem.encounters.facts import OvertAct, PoliceFacts

        return PoliceFacts(
            seen_other=self.word(),
            weapon_words=self.word(),
            belongings_words=self.word(),
            force_number=self.word(),
            video=self.word(),
            acts=(OvertAct(self.word(), "reported", self.word(), "12:00"),),
        )

    def _police_draft(self, encounter_id: uuid.UUID) -> Any:
        """Two open pages with different words."""
        from tandem.encounters.services import save_police_draft
        from tandem.kernel.typed import Tab

        for writer in ("a", "b"):
            note = save_police_draft(
                self.doing("cru-officer"),
                encounter_id,
                self.word(),
                1,
                facts=self._facts(),
                tab=Tab(1, writer),
            )
        return note

    def _county(self, encounter_id: uuid.UUID, *, signed: bool) -> None:
        from tandem.encounters import services as acts
        from tandem.kernel.typed import Tab

        worker = "crisis-worker"
        person = acts.describe_clinical_person(
            self.doing(worker), encounter_id, name=self.word(), age=40, age_how="said"
        )
        for writer in ("a", "b"):
            note = acts.save_clinical_draft(
                self.doing(worker), encounter_id, self.word(), 1, tab=Tab(1, writer)
            )
        if signed:
            acts.choose_clinical_draft(self.doing(worker), encounter_id, "both")
            acts.sign_clinical_note(self.doing(worker), encounter_id, self.word())
            for _ in range(AMENDMENTS):
                acts.amend_clinical_note(self.doing(worker), encounter_id, self.word(), self.word())
        filled = self._form(encounter_id, signed=signed)
        self.records["county"] += [str(person.pk), str(note.pk), str(filled)]

    def _form(self, encounter_id: uuid.UUID, *, signed: bool) -> uuid.UUID:
        """A form, an instrument with a word in no list, and an amendment with its reason."""
        from tandem.charting import services as acts
        from tandem.charting.definitions import url_of
        from tandem.kernel.typed import Tab

        worker, url = "crisis-worker", url_of("response-plan")
        filled = acts.save_form(
            self.doing(worker), encounter_id, url, {"a-services": [self.word()]}, Tab(1, "page")
        )
        if signed:
            typed = {"a-services": [self.word()]}
            acts.sign_form(self.doing(worker), encounter_id, url, typed, {})
            acts.amend_form(self.doing(worker), encounter_id, url, typed, self.word())
            points = {f"a-{number}": ["1"] for number in range(1, 10)}
            acts.sign_form(self.doing(worker), encounter_id, url_of("phq-9"), points, {})
        return filled.pk

    def _told(self, encounter_id: uuid.UUID) -> None:
        """Facts of custody, and what was told in confidence."""
        from tandem.encounters import services as acts
        from tandem.encounters.custody import Told

        told = Told("taken", "2026-07-01T12:00-05:00", self.word(), county=self.word())
        acts.note_custody(self.doing("cru-officer"), encounter_id, told)
        self._typed(encounter_id)
        from tandem.encounters.models import ClinicalReview, PoliceReview
        from tandem.reviews.services import review_crisis, review_police
        from tandem.storage.standing import opened, standing_as

        acts.set_police_axis(self.doing("cru-officer"), encounter_id, "adverse", ["near_miss"])
        acts.set_crisis_axis(self.doing("crisis-worker"), encounter_id, "adverse", ["near_miss"])
        with standing_as(self.standings["sergeant"]), opened():
            police = PoliceReview.objects.get(encounter_id=encounter_id)
        with standing_as(self.standings["crisis-supervisor"]), opened():
            county = ClinicalReview.objects.get(encounter_id=encounter_id)
        review_police(self.doing("sergeant"), police.pk, self.word())
        review_crisis(self.doing("crisis-supervisor"), county.pk, self.word())
        acts.tell_collateral(
            self.doing("crisis-worker"),
            encounter_id,
            words=self.word(),
            source=self.word(),
            relation=self.word(),
            safety="",
        )

    def _typed(self, encounter_id: uuid.UUID) -> None:
        """Words of pages that were never sent."""
        from tandem.encounters import services as acts
        from tandem.kernel.typed import Tab

        tab = Tab(1, "page")
        for who, save, form, field in (
            ("cru-officer", acts.save_police_words, "person", "name"),
            ("cru-officer", acts.save_custody_words, "custody-left", "place"),
            ("crisis-worker", acts.save_clinical_words, "amend", "text"),
            ("crisis-worker", acts.save_collateral_words, "told", "words"),
        ):
            save(self.doing(who), encounter_id, form, {field: self.word()}, tab)
        from tandem.people.models import ClinicalPerson
        from tandem.people.services import save_clinical_unsent
        from tandem.storage.standing import opened, standing_as

        worker = "crisis-worker"
        with standing_as(self.standings[worker]), opened():
            file_id = ClinicalPerson.objects.get(encounter_id=encounter_id).file_id
        assert file_id is not None
        save_clinical_unsent(self.doing(worker), file_id, "alias", {"value": self.word()}, tab)

    def _custody(self, encounter_id: uuid.UUID) -> None:
        """The act takes a value of a list alone, so that wall is taken down here and no other."""
        from tandem.encounters import services
        from tandem.encounters.services import ending
        from tandem.kernel.axes import AXES

        word = self.word()
        with patch.object(ending, "_checked", lambda *_: AXES[LEGAL]):
            services.set_police_axis(self.doing("cru-officer"), encounter_id, LEGAL, [word])


if __name__ == "__main__":
    main()
