"""Saying who a person is that was met or spoken of: the file they are on, what it then tells."""

from __future__ import annotations

import uuid

from django.utils.translation import gettext as _

from tandem.kernel.refusals import NotFound, OutOfState
from tandem.people.facts import NAMES
from tandem.people.filing import (
    Told,
    add_fact,
    current_facts,
    keep_on_file,
    key_of_file,
    opened_value,
    put_on_file,
    refresh,
)
from tandem.people.models import PersonFile, PersonMet
from tandem.people.sides import Side
from tandem.privacy.acts import Trail
from tandem.storage.sealing import key_of


def file_of(trail: Trail, side: Side, file_id: uuid.UUID) -> PersonFile:
    """A file that somebody is still meant by, and that who acts may read; raises NotFound."""
    files = side.files._default_manager.filter(program_id=trail.doing.program_id, left_at=None)
    file = files.filter(pk=file_id).first()
    if file is None:
        raise NotFound
    return file


def put_on(
    trail: Trail, side: Side, met: PersonMet, told: Told, file_id: uuid.UUID | None
) -> uuid.UUID | None:
    """Put a person on a file, or with none on one of their own; the file they were on before."""
    before = met.file_id
    target = file_of(trail, side, file_id) if file_id else None
    if target is not None and target.pk == before:
        raise OutOfState(_("That is the file already."))
    if before is not None:
        _leave(trail, side, met, before)
    put_on_file(met, target.pk if target else None)
    if target is None:
        keep_on_file(trail, side, met, told)
    else:
        _carry_over(trail, side, met, target, told)
    return before


def _others_on(side: Side, met: PersonMet, file_id: uuid.UUID) -> list[uuid.UUID]:
    """Where else a person on this file was met, as far as who acts may read it."""
    found = []
    for people in (side.persons, side.contacts):
        if people is not None:
            rows = people._default_manager.filter(file_id=file_id).exclude(pk=met.pk)
            found += [row.met_in for row in rows]
    return found


def _leave(trail: Trail, side: Side, met: PersonMet, file_id: uuid.UUID) -> None:
    """What this encounter told of the former file is replaced; a file of nobody else is left.

    Another encounter whose person is only known by a name told here keeps that name.
    """
    doing = trail.doing
    file = side.files._default_manager.get(pk=file_id)
    key = key_of(side.lane.keys, file_id)
    told = [one for one in current_facts(side, file_id) if one.encounter_id == met.met_in]
    side.facts._default_manager.filter(pk__in=[one.pk for one in told]).update(
        replaced_at=doing.when
    )
    stay = current_facts(side, file_id)
    # The rows of encounters where one was not are behind the wall, their facts are not.
    others = [one.encounter_id for one in stay if one.encounter_id]
    others += _others_on(side, met, file_id)
    if key and others and not any(one.kind in NAMES for one in stay):
        for one in told:
            if one.kind in NAMES:
                value = opened_value(one, key)
                _add(trail, side, file, key, kind=one.kind, value=value, of=others[0])
    if not others and not stay:
        side.files._default_manager.filter(pk=file_id).update(
            left_at=doing.at, left_by_id=doing.staff_id
        )
    if key:  # else it was expunged: nothing of it opens, and one may leave it
        refresh(side, file, key)


def _add(
    trail: Trail,
    side: Side,
    file: PersonFile,
    key: bytes,
    *,
    kind: str,
    value: str,
    of: uuid.UUID,
) -> None:
    add_fact(trail, side, file, key, kind=kind, value=value, source="other", encounter_id=of)


def _carry_over(trail: Trail, side: Side, met: PersonMet, file: PersonFile, told: Told) -> None:
    """What this encounter tells of the file it is on now, also where another told the same."""
    key = key_of_file(side, file.pk)
    age = told.age_words(trail.doing.when.year)
    for kind, value in {"identified": file.pk.hex, "alias": told.name, "age": age}.items():
        if value:
            _add(trail, side, file, key, kind=kind, value=value, of=met.met_in)
    refresh(side, file, key)
