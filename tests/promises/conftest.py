"""Every role's browser, and a story whose records exist while the pages are walked."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from tandem.dispatch.models import Response
from tests.conftest import Persona
from tests.scene import browser_of, send_pair

# One of the cast for each people-role that signs in.
ONE_OF_EACH = {
    "TC": "dispatcher",
    "PO": "patrol-officer",
    "CRU": "cru-officer",
    "MCW": "crisis-worker",
    "SUP": "crisis-supervisor",
    "RF": "facility-nurse",
    "CP": "provider",
    "AN": "analyst",
    "CH": "chief",
    "TR": "trainer",
    "IT": "administrator",
    "PRVP": "police-custodian",
    "PRVC": "county-custodian",
}


@pytest.fixture
def sent(cast: dict[str, Persona]) -> Response:
    """A pair on a call: records of every table of the spine exist."""
    return send_pair(cast)


@pytest.fixture
def browser(db: None, cast: dict[str, Persona]) -> Callable[[str], Client]:
    """The signed-in browser of a role, the same one each time."""
    held: dict[str, Client] = {}

    def of(role: str) -> Client:
        if role not in held:
            held[role] = browser_of(cast[ONE_OF_EACH[role]])
        return held[role]

    return of
