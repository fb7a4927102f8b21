"""Which word stands of a kind on a person's file, and replacing it only by who was shown it."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from tandem.kernel.seen import ChangedMeanwhile, Seen, check_seen, version_of
from tandem.people.facts import ONE_STANDS
from tandem.people.filing import opened_value
from tandem.people.models import PersonFact, PersonMet
from tandem.people.search import group_of
from tandem.people.sides import Side


def version_of_facts(keys: Iterable[uuid.UUID]) -> str:
    """The version of what stands of one kind, merged files included."""
    return version_of(*sorted(keys))


def version_of_met(met: PersonMet | None) -> str:
    """The version of who on file a person is that was met or spoken of."""
    return version_of(met.file_id if met else None)


def check_met(met: PersonMet, file_id: uuid.UUID | None, seen: Seen | None) -> None:
    """Refuse to say who a person is to whoever was shown another answer."""
    says_the_same = file_id is not None and met.file_id == file_id
    check_seen(seen, version_of_met(met), says_the_same=says_the_same)


def said_already(
    side: Side,
    file_id: uuid.UUID,
    key: bytes,
    told: tuple[str, str | None, str],
    instead_of: uuid.UUID | None,
    seen: Seen | None,
) -> PersonFact | None:
    """The fact that says just this already, where the page showed an older one.

    `told` is kind, value and source. Raises ChangedMeanwhile where what stands is neither what
    was shown nor what is told.
    """
    kind, value, source = told
    stands = side.facts._default_manager.filter(
        file_id__in=group_of(side, file_id), kind=kind, replaced_at=None
    ).order_by("at", "id")
    if kind in ONE_STANDS:
        shown = seen is None or seen.version == version_of_facts(one.pk for one in stands)
    else:
        shown = instead_of is None or any(one.pk == instead_of for one in stands)
    if shown:
        return None
    for one in stands:
        own = one.file_id == file_id and one.source == source
        if own and (opened_value(one, key) or None) == value:
            return one
    raise ChangedMeanwhile
