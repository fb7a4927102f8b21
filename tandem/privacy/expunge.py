"""Expunging a record by destroying its key: in its row, its versions, every backup and every index.

The row stays, with the columns that are not sealed; its texts never open again.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from django.db import connections
from django.utils import timezone
from psycopg import sql

from tandem.kernel.instance import Instance
from tandem.kernel.refusals import NotFound, TrailUnavailable
from tandem.privacy import audit, safe
from tandem.privacy.acts import Trail, act
from tandem.privacy.keys import KEY_TABLES, clean_tables
from tandem.storage.standing import Standing, opened, standing_as

# Each custodian's own tables, as the policy grants them; neither login can touch the other's.
TABLES_OF = {
    "custodian_police": (
        "storage_policekey",
        "storage_custodykey",
        "storage_feedkey",
        "storage_remarkkey",
        "storage_policeremarkkey",
    ),
    "custodian_county": ("storage_crisiskey", "storage_collateralkey"),
}
# What a person was found by goes with the key of their file.
TOKENS_OF = {
    "custodian_police": "people_policetoken",
    "custodian_county": "people_clinicaltoken",
}
# An encounter's person, and a contact of the crisis desk, tell the name to the person's file,
# which has a key of its own.
PERSONS_OF = {
    "custodian_police": (("people_policeperson",), "storage_policekey"),
    "custodian_county": (("people_clinicalperson", "people_contactperson"), "storage_crisiskey"),
}
# Words typed for custody or told in confidence that were never sent lie under keys of their own
# that nobody names: they go with the first fact of their encounter, or with their writer's note.
UNSENT_OF = {
    "custodian_police": (
        ("encounters_custodytyped", "storage_custodykey"),
        ("encounters_custodyfact", "encounters_custodyevent"),
        "encounters_policenote",
    ),
    "custodian_county": (
        ("encounters_collateraltyped", "storage_collateralkey"),
        ("encounters_collateraltold",),
        "encounters_clinicalnote",
    ),
}
ROLE_OF = {"custodian_police": "PRVP", "custodian_county": "PRVC"}


@act("record.expunged_police", "record")
def expunge_police(
    trail: Trail, record_id: uuid.UUID, *, with_file: bool = False
) -> uuid.UUID | None:
    """Destroy the key of a police, juvenile, custody or feed record. It cannot be undone.

    Gives the file that still opens and holds the name of the person whose record it was.
    """
    return _expunge(trail, record_id, with_file=with_file)


@act("record.expunged_county", "record")
def expunge_county(
    trail: Trail, record_id: uuid.UUID, *, with_file: bool = False
) -> uuid.UUID | None:
    """Destroy the key of a crisis record. It cannot be undone.

    Gives the file that still opens and holds the name of the person whose record it was.
    """
    return _expunge(trail, record_id, with_file=with_file)


def _expunge(trail: Trail, record_id: uuid.UUID, *, with_file: bool) -> uuid.UUID | None:
    login = trail.doing.standing.login
    data_class = _destroy(login, record_id)
    if data_class is None:
        raise NotFound
    with connections["default"].cursor() as cursor:
        cursor.execute(_files_of(login), [[record_id]])
        files = [row[1] for row in cursor.fetchall()]
        cursor.execute(_unsent_of(login), {"records": [record_id]})
        unsent = [row[0] for row in cursor.fetchall()]
    gone = [record_id, *(one for one in unsent if _destroy(login, one))]
    if with_file:
        gone += [file for file in files if _destroy(login, file)]
    trail.record("record", record_id, also=gone[1:], reason=data_class)
    _forget(gone, at=trail.doing.at)
    return next((file for file in files if file not in gone), None)


def _files_of(login: str) -> str:
    """The files that still open, of these persons met; of how many others each is."""
    tables, keys = PERSONS_OF[login]
    persons = " UNION ALL ".join(f"SELECT id, file_id FROM {table}" for table in tables)  # noqa: S608
    return (
        f"WITH persons AS ({persons})"  # noqa: S608
        " SELECT p.id, p.file_id, (SELECT count(*) FROM"
        " persons o WHERE o.file_id = p.file_id AND o.id <> p.id)"
        f" FROM persons p JOIN {keys} k ON k.record_id = p.file_id WHERE p.id = ANY(%s)"
    )


def _unsent_of(login: str) -> str:
    """Words that still open and belong to these records, though nobody can name them."""
    (typed, keys), facts, notes = UNSENT_OF[login]
    told = " UNION ALL ".join(
        f"SELECT encounter_id FROM {table} WHERE id = ANY(%(records)s)"  # noqa: S608
        for table in facts
    )
    return (
        f"SELECT t.id FROM {typed} t JOIN {keys} k ON k.record_id = t.id"  # noqa: S608
        f" WHERE t.encounter_id IN ({told}) OR EXISTS (SELECT 1 FROM {notes} n"
        " WHERE n.id = ANY(%(records)s) AND n.encounter_id = t.encounter_id"
        " AND n.author_id = t.author_id) ORDER BY t.id"
    )


def _destroy(login: str, record_id: uuid.UUID) -> str | None:
    """Delete the wrapped key under the custodian's login; the data class, if there was one."""
    with connections["default"].cursor() as cursor:
        for table in TABLES_OF.get(login, ()):
            cursor.execute(
                f"DELETE FROM {table} WHERE record_id = %s RETURNING data_class",  # noqa: S608
                [record_id],
            )
            row = cursor.fetchone()
            if row is not None:
                tokens = TOKENS_OF[login]
                cursor.execute(
                    f"DELETE FROM {tokens} WHERE file_id = %s",  # noqa: S608
                    [record_id],
                )
                return str(row[0])
    return None


def _forget(record_ids: Sequence[uuid.UUID], *, at: datetime) -> None:
    try:
        safe.forget(Instance.find(), record_ids, at=at)
    except (OSError, safe.SafeDamaged) as wrong:
        raise TrailUnavailable("the key safe cannot be rewritten") from wrong


@dataclass(frozen=True)
class Order:
    """A record that an order names: whose it is, and so under which login it is expunged."""

    record_id: uuid.UUID
    login: str
    program_id: uuid.UUID
    agency_id: uuid.UUID

    @property
    def standing(self) -> Standing:
        """The custodian's side of the record's agency; no person stands behind the console."""
        return Standing(
            self.login,
            role=ROLE_OF[self.login],
            program_id=self.program_id,
            agency_id=self.agency_id,
        )


@dataclass(frozen=True)
class OnFile:
    """The file of an encounter's person, and how many other encounters are on it."""

    record_id: uuid.UUID
    file_id: uuid.UUID
    others: int


def _on_file(instance: Instance, record_ids: Sequence[uuid.UUID]) -> list[OnFile]:
    with psycopg.connect(instance.dsn("owner")) as connection:
        return [
            OnFile(*row)
            for login in PERSONS_OF
            for row in connection.execute(_files_of(login).encode(), [list(record_ids)]).fetchall()
        ]


def _unsent(instance: Instance, record_ids: Sequence[uuid.UUID]) -> list[uuid.UUID]:
    with psycopg.connect(instance.dsn("owner")) as connection:
        found = [
            row[0]
            for login in UNSENT_OF
            for row in connection.execute(
                _unsent_of(login).encode(), {"records": list(record_ids)}
            ).fetchall()
        ]
    return [one for one in found if one not in record_ids]


def expunge_by_operator(
    instance: Instance, record_ids: Sequence[uuid.UUID], *, with_files: bool = False
) -> dict[str, Any]:
    """Carry out an order at the console; each record leaves a row in its own side's trail.

    `files` of the answer names what still holds the name of an expunged encounter's person;
    `with_files` expunges these too. `unsent` counts words never sent that went along.
    """
    files = _on_file(instance, record_ids)
    named = [one.file_id for one in files] if with_files else []
    wanted = list(dict.fromkeys([*record_ids, *named]))
    unsent = _unsent(instance, wanted)
    orders = _orders(instance, [*wanted, *unsent])
    outcomes = {order.record_id: "expunged" for order in orders}
    groups: dict[Standing, list[Order]] = {}
    for order in orders:
        groups.setdefault(order.standing, []).append(order)
    now = timezone.now()
    for standing, group in groups.items():
        with standing_as(standing), opened():
            for order in group:
                data_class = _destroy(order.login, order.record_id)
                audit.write(
                    "record.expunged_by_operator",
                    subject="record",
                    subject_id=order.record_id,
                    happened_at=now,
                    reason=data_class or "was_gone",
                )
            _forget([order.record_id for order in group], at=now)
    if orders:
        clean_tables(instance)
    gone = safe.expunged(safe.ledger_file(instance))
    for record_id in wanted:
        outcomes.setdefault(record_id, "already" if str(record_id) in gone else "unknown")
    rows = [{"record": str(one), "outcome": outcomes[one]} for one in wanted]
    counted = {word: sum(row["outcome"] == word for row in rows) for word in _OUTCOMES}
    still = {order.record_id for order in _orders(instance, [one.file_id for one in files])}
    open_files = [
        {"record": str(one.record_id), "file": str(one.file_id), "other_encounters": one.others}
        for one in files
        if one.file_id in still
    ]
    return {**counted, "records": rows, "files": open_files, "unsent": len(unsent)}


_OUTCOMES = ("expunged", "already", "unknown")


def _orders(instance: Instance, record_ids: Sequence[uuid.UUID]) -> list[Order]:
    login_of = {table: login for login, tables in TABLES_OF.items() for table in tables}
    found: list[Order] = []
    with psycopg.connect(instance.dsn("owner")) as connection:
        for table in KEY_TABLES:
            rows = connection.execute(
                sql.SQL(
                    "SELECT record_id, program_id, agency_id FROM {} WHERE record_id = ANY(%s)"
                ).format(sql.Identifier(table)),
                [list(record_ids)],
            ).fetchall()
            found += [Order(row[0], login_of[table], row[1], row[2]) for row in rows]
    return found
