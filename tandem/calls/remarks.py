"""Opens the remarks of a call for who may read them; police-only ones leave a row in the trail."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from tandem.calls.models import PoliceRemarks, SharedRemarks
from tandem.privacy import audit
from tandem.storage.models import PoliceRemarkKey, RecordKey, RemarkKey
from tandem.storage.sealing import key_of, unseal
from tandem.storage.standing import Standing

# The logins that the policy lets read police-only remarks.
_POLICE = "police"


@dataclass(frozen=True)
class ReadRemark:
    """One remark of the source, opened."""

    at: datetime | None
    by: str
    text: str
    police_only: bool


def read_remarks(standing: Standing, call_id: uuid.UUID, *, at: datetime) -> list[ReadRemark]:
    """What the source remarked on a call, as far as this standing may read it, oldest first."""
    found = list(_opened(standing, call_id, SharedRemarks, RemarkKey))
    if standing.login == _POLICE:
        police = list(_opened(standing, call_id, PoliceRemarks, PoliceRemarkKey))
        if police:
            audit.read("policeremarks", call_id, at=at)
        found += police
    return sorted(found, key=lambda one: (one.at is None, one.at or at))


def _opened(
    standing: Standing,
    call_id: uuid.UUID,
    model: type[SharedRemarks] | type[PoliceRemarks],
    keys: type[RecordKey],
) -> Iterator[ReadRemark]:
    record = model.objects.visible_to(standing).filter(call_id=call_id).first()
    key = key_of(keys, record.pk) if record else None
    if record is None or key is None:
        return
    for moment, by, _field, text in json.loads(
        unseal(key, f"{record._meta.db_table}.text", record.pk, record.text)
    ):
        told = datetime.fromisoformat(moment) if moment else None
        yield ReadRemark(told, by, text, isinstance(record, PoliceRemarks))
