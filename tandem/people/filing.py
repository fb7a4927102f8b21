"""Keeping a person's file true: facts, the sealed summary, and the keyed hashes it is found by."""

from __future__ import annotations

import hmac
import json
import secrets
import uuid
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from tandem.kernel.refusals import OutOfState
from tandem.people.facts import NAMES
from tandem.people.matching import Birth, Known, birth_by_age, birth_of, search_keys
from tandem.people.models import PersonFact, PersonFile, PersonMet, PoliceFact, PoliceFile
from tandem.people.sides import Side
from tandem.privacy.acts import Trail
from tandem.storage.models import JUVENILE, POLICE, Lane
from tandem.storage.sealing import key_of, move_key, new_key, ring, seal, unseal

_LONGEST = 200


@dataclass(frozen=True)
class Summary:
    """Names and birth, as a search needs them."""

    names: tuple[str, ...] = ()
    birth: str = ""
    age: tuple[int, str, int] | None = None  # years, how known, in which year

    @classmethod
    def read(cls, text: str) -> Summary:
        """From the sealed text."""
        raw = json.loads(text)
        age = raw.get("age")
        return cls(tuple(raw["names"]), raw["birth"], tuple(age) if age else None)

    def text(self) -> str:
        """To be sealed."""
        return json.dumps({"names": self.names, "birth": self.birth, "age": self.age})

    @property
    def known(self) -> Known:
        """What the matching engine takes: a birth date before a year, a year before an age."""
        birth = birth_of(self.birth)
        if birth == Birth() and self.age:
            years, how, year = self.age
            birth = birth_by_age(years, year, how=how)
        return Known(self.names, birth)


def lane_of(side: Side, data_class: str) -> Lane:
    """Under which lane key a file of this class lies."""
    if side.code != "police":
        return side.lane
    return JUVENILE if data_class == "D12" else POLICE


def new_file(trail: Trail, side: Side, data_class: str) -> tuple[PersonFile, bytes]:
    """An empty file of one's own agency, and its key."""
    doing = trail.doing
    file = side.files(
        program_id=doing.program_id,
        agency_id=doing.agency_id,
        made_by_id=doing.staff_id,
        made_at=doing.at,
    )
    if isinstance(file, PoliceFile):
        file.data_class = data_class
    key = new_key(
        lane_of(side, data_class),
        file.pk,
        program_id=doing.program_id,
        agency_id=doing.agency_id,
    )
    file.save(force_insert=True)
    return file, key


def key_of_file(side: Side, file_id: uuid.UUID) -> bytes:
    """The key, or a refusal: nothing is added to what was expunged."""
    key = key_of(side.lane.keys, file_id)
    if key is None:
        raise OutOfState(_("This record was expunged. Nothing can be added to it."))
    return key


def add_fact(
    trail: Trail,
    side: Side,
    file: PersonFile,
    key: bytes,
    *,
    kind: str,
    value: str | None,
    source: str,
    encounter_id: uuid.UUID | None = None,
) -> PersonFact:
    """One more fact; no value means that the person declined to say."""
    doing = trail.doing
    fact = side.facts(
        program_id=file.program_id,
        agency_id=file.agency_id,
        encounter_id=encounter_id,
        file_id=file.pk,
        kind=kind,
        state="declined" if value is None else "stated",
        source=source,
        by_id=doing.staff_id,
        by_name=doing.short_name,
        at=doing.when,
    )
    if isinstance(fact, PoliceFact) and isinstance(file, PoliceFile):
        fact.data_class = file.data_class
    if value is not None:
        fact.value = seal(key, f"{fact._meta.db_table}.value", fact.pk, value)
    fact.save(force_insert=True)
    return fact


def opened_value(fact: PersonFact, key: bytes) -> str:
    """What was stated, opened."""
    if fact.value is None:
        return ""
    return unseal(key, f"{fact._meta.db_table}.value", fact.pk, fact.value)


def current_facts(side: Side, file_id: uuid.UUID) -> list[PersonFact]:
    """What stands now, oldest first."""
    facts = side.facts._default_manager.filter(file_id=file_id, replaced_at=None)
    return list(facts.order_by("at", "id"))


def refresh(side: Side, file: PersonFile, key: bytes) -> None:
    """Seal the summary anew from what stands; it is found by the hashes of that and by no other."""
    facts = current_facts(side, file.pk)
    # A name stands before an alias.
    names = [opened_value(fact, key) for kind in NAMES for fact in facts if fact.kind == kind]
    births = [opened_value(fact, key) for fact in facts if fact.kind == "birth"]
    ages = [opened_value(fact, key).split() for fact in facts if fact.kind == "age"]
    age = (int(ages[-1][0]), ages[-1][1], int(ages[-1][2])) if ages else None
    summary = Summary(tuple(dict.fromkeys(names)), births[-1] if births else "", age)
    file.summary = seal(key, f"{file._meta.db_table}.summary", file.pk, summary.text())
    side.files._default_manager.filter(pk=file.pk).update(summary=file.summary)
    _keep_tokens(side, file, summary.known)


def _keep_tokens(side: Side, file: PersonFile, known: Known) -> None:
    secret = search_secret(side, file.program_id, file.agency_id)
    narrow, wide = search_keys(known)
    wanted = {token_of(secret, word) for word in narrow | wide}
    tokens = side.tokens._default_manager
    held = set(tokens.filter(file_id=file.pk).values_list("token", flat=True))
    tokens.filter(file_id=file.pk, token__in=held - wanted).delete()
    tokens.bulk_create(
        side.tokens(
            program_id=file.program_id, agency_id=file.agency_id, file_id=file.pk, token=token
        )
        for token in sorted(wanted - held)
    )


def token_of(secret: bytes, word: str) -> int:
    """64 bits of a keyed hash, as the database counts them."""
    digest = hmac.digest(secret, word.encode(), "sha256")
    return int.from_bytes(digest[:8], "big", signed=True)


def search_secret(side: Side, program_id: uuid.UUID, agency_id: uuid.UUID) -> bytes:
    """The key of this agency's hashes; made with the first file. The database holds it wrapped."""
    found = find_secret(side, agency_id)
    if found is not None:
        return found
    key = secrets.token_bytes(32)
    row = side.secrets(program_id=program_id, agency_id=agency_id)
    row.wrapped = ring().wrap(side.lane.name, row.pk.bytes, key)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:  # somebody else's first file came at the same moment
        found = find_secret(side, agency_id)
        if found is None:
            raise
        return found
    return key


def find_secret(side: Side, agency_id: uuid.UUID) -> bytes | None:
    """The key of this agency's hashes, if it has any file."""
    row = side.secrets._default_manager.filter(agency_id=agency_id).first()
    if row is None:
        return None
    return ring().unwrap(side.lane.name, row.pk.bytes, bytes(row.wrapped))


@dataclass(frozen=True)
class Told:
    """What was told of a person where they were met; the class is the police side's alone."""

    name: str = ""
    age: int | None = None
    age_how: str = "unknown"
    data_class: str = ""

    def age_words(self, year: int) -> str:
        """The age as a fact keeps it: years, how known, in which year; empty where not known."""
        return "" if self.age is None else f"{self.age} {self.age_how} {year}"


def put_on_file(met: PersonMet, file_id: uuid.UUID | None) -> None:
    """Say which file a person met is on."""
    met.file_id = file_id
    type(met)._default_manager.filter(pk=met.pk).update(file_id=file_id)


def keep_on_file(trail: Trail, side: Side, met: PersonMet, told: Told) -> None:
    """After a person was described: a named one is on file, and their file says the same.

    The person's row has been saved. What this encounter said before is replaced, not removed.
    """
    if met.file_id is None:
        if not told.name:
            return
        file, key = new_file(trail, side, told.data_class)
        put_on_file(met, file.pk)
    else:
        file = side.files._default_manager.get(pk=met.file_id)
        key = key_of_file(side, file.pk)
        if file.left_at is not None:
            side.files._default_manager.filter(pk=file.pk).update(left_at=None, left_by_id=None)
        move_file(side, file, told.data_class)
    _replace(trail, side, file, key, met, "name", told.name[:_LONGEST])
    _replace(trail, side, file, key, met, "age", told.age_words(trail.doing.when.year))
    refresh(side, file, key)


def _replace(
    trail: Trail,
    side: Side,
    file: PersonFile,
    key: bytes,
    met: PersonMet,
    kind: str,
    value: str,
) -> None:
    mine = side.facts._default_manager.filter(
        file_id=file.pk, kind=kind, encounter_id=met.met_in, replaced_at=None
    )
    if value and [opened_value(fact, key) for fact in mine] == [value]:
        return
    mine.update(replaced_at=trail.doing.when)
    if value:
        add_fact(
            trail,
            side,
            file,
            key,
            kind=kind,
            value=value,
            source="other",
            encounter_id=met.met_in,
        )


def move_file(side: Side, file: PersonFile, data_class: str) -> None:
    """A corrected age moves the file with the encounter's records."""
    if not isinstance(file, PoliceFile) or file.data_class == data_class:
        return
    move_key(file.pk, lane_of(side, data_class))
    file.data_class = data_class
    PoliceFile.objects.filter(pk=file.pk).update(data_class=data_class)
    PoliceFact.objects.filter(file_id=file.pk).update(data_class=data_class)
