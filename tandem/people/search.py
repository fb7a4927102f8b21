"""Finding a person on one's own side: keyed hashes compared by `=`, then names ranked in memory.

No query of the database holds a name or a part of one; the trail gets keys, never what was typed.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from tandem.people.filing import Summary, find_secret, token_of
from tandem.people.matching import Judged, Known, Verdict, birth_of, judge, name_of, search_keys
from tandem.people.models import PersonToken
from tandem.people.sides import Side
from tandem.privacy import audit
from tandem.storage.keyring import Unreadable
from tandem.storage.sealing import ring, unseal
from tandem.storage.standing import Standing

MOST_RANKED = 200  # opened and judged: each costs two keys and a look at every name
MOST_ROWS = 500
MOST_SHOWN = 20


@dataclass(frozen=True)
class Found:
    """A file that may be meant, and why."""

    file_id: uuid.UUID
    summary: Summary
    judged: Judged


def search(
    standing: Standing, side: Side, text: str, born: str = "", *, at: datetime
) -> list[Found]:
    """Who may be meant by a name, or its beginning, and a birth: best first, own side alone."""
    asked = Known((text,) if text.strip() else (), birth_of(born))
    found = [
        one
        for one in _ranked(standing, side, asked)
        if one.judged.verdict is not Verdict.NO
        or _begins(one.summary, text)
        or (not asked.names and asked.birth.day and one.summary.known.birth == asked.birth)
    ]
    return _shown(standing, side, found, at=at)


def matches_of(standing: Standing, side: Side, file_id: uuid.UUID, *, at: datetime) -> list[Found]:
    """Which other files may be this person; those that a steward called two are left out."""
    own = summaries(side, [file_id]).get(file_id)
    if own is None:
        return []
    decided = decided_with(side, file_id)
    found = [
        one
        for one in _ranked(standing, side, own.known)
        if one.judged.verdict is not Verdict.NO and one.file_id not in decided
    ]
    return _shown(standing, side, found, at=at)


def _shown(standing: Standing, side: Side, found: list[Found], *, at: datetime) -> list[Found]:
    found = _once_each(side, found)[:MOST_SHOWN]
    if found:
        keys = [one.file_id for one in found]
        audit.write(
            f"{side.subject}.found",
            subject=side.subject,
            subject_id=keys[0],
            also=keys[1:],
            happened_at=at,
            outcome="read",
        )
    return found


def _begins(summary: Summary, text: str) -> bool:
    """Whether what was typed is the beginning of a name, part by part."""
    typed = name_of(text).parts
    return bool(typed) and any(
        all(any(part.startswith(word) for part in name_of(name).parts) for word in typed)
        for name in summary.names
    )


def _ranked(standing: Standing, side: Side, asked: Known) -> list[Found]:
    if standing.agency_id is None:
        return []
    keys = candidates(side, standing.agency_id, asked)
    held = summaries(side, keys)
    found = [Found(key, one, judge(asked, one.known)) for key, one in held.items()]
    found.sort(key=lambda one: (-one.judged.score, one.summary.names))
    return found


def candidates(side: Side, agency_id: uuid.UUID, asked: Known) -> list[uuid.UUID]:
    """Files that share a key: of the same day, then by narrow keys, then wide; most keys first."""
    secret = find_secret(side, agency_id)
    if secret is None:
        return []
    narrow, wide = search_keys(asked)
    hits: Counter[uuid.UUID] = Counter()
    day = {word for word in narrow if word.startswith("day ")}
    for words, few in ((day, MOST_ROWS), (narrow - day, MOST_ROWS), (wide, MOST_SHOWN)):
        # Wide keys find thousands: they are asked only where the narrow ones find few.
        if words and len(hits) < few:
            rows = _rows(side.tokens, agency_id, [token_of(secret, word) for word in words])
            hits.update(rows)
    return [key for key, _count in hits.most_common(MOST_RANKED)]


def _rows(
    tokens: type[PersonToken], agency_id: uuid.UUID, wanted: Collection[int]
) -> list[uuid.UUID]:
    rows = tokens._default_manager.filter(agency_id=agency_id, token__in=wanted)
    return list(rows.values_list("file_id", flat=True)[:MOST_ROWS])


def summaries(side: Side, keys: Collection[uuid.UUID]) -> Mapping[uuid.UUID, Summary]:
    """Names and births of these files, opened; expunged and left ones are not among them."""
    if not keys:
        return {}
    files = dict(
        side.files._default_manager.filter(pk__in=keys, left_at=None)
        .exclude(summary=None)
        .values_list("pk", "summary")
    )
    wrapped = side.lane.keys._default_manager.filter(record_id__in=list(files))
    lanes = ring()
    place = f"{side.files._meta.db_table}.summary"
    found = {}
    for key, lane, held in wrapped.values_list("record_id", "lane", "wrapped"):
        try:
            plain = lanes.unwrap(lane, key.bytes, bytes(held))
            found[key] = Summary.read(unseal(plain, place, key, files[key] or b""))
        except Unreadable:
            continue  # the doctor tells of it; a search goes on
    return found


def _once_each(side: Side, found: list[Found]) -> list[Found]:
    """Files that a steward merged are one line: the kept file's, or that of a file found here
    where the kept one is behind the reader's wall."""
    kept = kept_of(side, [one.file_id for one in found])
    files = side.files._default_manager.filter(pk__in=set(kept.values()))
    opens = set(files.values_list("pk", flat=True))
    best: dict[uuid.UUID, Found] = {}
    for one in found:
        root = kept.get(one.file_id, one.file_id)
        key = root if root in opens else one.file_id
        best.setdefault(root, Found(key, one.summary, one.judged))
    return list(best.values())


def kept_of(side: Side, keys: Collection[uuid.UUID]) -> Mapping[uuid.UUID, uuid.UUID]:
    """For merged files: the file that was kept, through every merge."""
    found: dict[uuid.UUID, uuid.UUID] = {}
    asked = set(keys)
    while asked:
        merged = dict(
            side.pairs._default_manager.filter(
                file_id__in=asked, decision="merged", undone_at=None
            ).values_list("file_id", "kept_id")
        )
        found |= merged
        asked = set(merged.values()) - set(found)
    return {key: _end(found, key) for key in keys if key in found}


def _end(steps: Mapping[uuid.UUID, uuid.UUID], key: uuid.UUID) -> uuid.UUID:
    while key in steps:
        key = steps[key]
    return key


def group_of(side: Side, file_id: uuid.UUID) -> list[uuid.UUID]:
    """The kept file first, then every file merged into it."""
    root = kept_of(side, [file_id]).get(file_id, file_id)
    found, asked = [root], [root]
    while asked:
        pairs = side.pairs._default_manager.filter(
            kept_id__in=asked, decision="merged", undone_at=None
        )
        asked = [key for key in pairs.values_list("file_id", flat=True) if key not in found]
        found += asked
    return found


def decided_with(side: Side, file_id: uuid.UUID) -> set[uuid.UUID]:
    """The file itself, what it is merged with, and what it was kept apart from."""
    group = set(group_of(side, file_id))
    pairs = side.pairs._default_manager.filter(decision="apart", undone_at=None)
    apart = {
        key
        for one, other in pairs.filter(kept_id__in=group).values_list("kept_id", "file_id")
        for key in (one, other)
    } | {
        key
        for one, other in pairs.filter(file_id__in=group).values_list("kept_id", "file_id")
        for key in (one, other)
    }
    return group | apart
