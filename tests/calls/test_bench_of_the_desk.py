"""The rows that the desk's benchmark writes by SQL are rows of today's table."""

from __future__ import annotations

import pytest
from django.db import connection

from tandem.calls.models import Call
from tandem.storage.standing import Standing, opened, standing_as
from tests.bench.desk import CLOSED
from tests.conftest import Persona

pytestmark = pytest.mark.django_db(databases=["default", "identity"])


def test_closed_calls_can_be_written(cast: dict[str, Persona]) -> None:
    assert cast
    with standing_as(Standing("owner")), opened(), connection.cursor() as cursor:
        cursor.execute(CLOSED, [1, 3])
        written = Call.objects.filter(external_id__startswith="closed-", state="closed")
        assert written.count() == 3
