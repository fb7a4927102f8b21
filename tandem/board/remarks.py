"""How a source's remarks are drawn on the desk and on the page of an encounter."""

from __future__ import annotations

import uuid
from datetime import datetime

from tandem.calls.remarks import read_remarks
from tandem.identity.chrome import moment
from tandem.kernel.shapes import RemarkLine
from tandem.storage.standing import Standing


def remark_lines(standing: Standing, call_id: uuid.UUID | None, at: datetime) -> list[RemarkLine]:
    """The remarks of a call that this standing may read, oldest first."""
    if call_id is None:
        return []
    return [
        RemarkLine(moment(one.at), one.by, one.text, one.police_only)
        for one in read_remarks(standing, call_id, at=at)
    ]
