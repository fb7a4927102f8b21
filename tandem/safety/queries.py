"""When something was last heard of those on scene."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime

from django.db.models import Max

from tandem.safety.models import CheckAnswer
from tandem.storage.standing import Standing


def last_checks(standing: Standing, responses: Iterable[uuid.UUID]) -> dict[uuid.UUID, datetime]:
    """The last "all is well" of each of these responses."""
    rows = CheckAnswer.objects.visible_to(standing).filter(response_id__in=list(responses))
    return dict(rows.values_list("response_id").annotate(last=Max("at")))
