"""A feed with a token that the tests know, and the two addresses that it uses."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tandem.calls.models import Feed
from tandem.demo.seed import key
from tandem.interop.cad.services import token_hash
from tests.conftest import Persona
from tests.interop.elm import Elm

TOKEN = "a-token-that-only-the-tests-know"
EVENTS = "/api/v1/cad/events"


def event(**facts: Any) -> dict[str, Any]:
    """A plain event; a fact given as None is left out."""
    whole = {
        "external_id": "2026-0417",
        "sequence": 1,
        "occurred_at": "2026-07-01T12:00:00-05:00",
        "call_type": "WELFARE CHECK",
        "priority": 2,
        "status": "open",
        "location": {"text": "Riverside Park", "lat": 43.8, "lon": -91.25},
        **facts,
    }
    return {name: value for name, value in whole.items() if value is not None}


@dataclass(frozen=True)
class Source:
    """The outside system: posts and asks with its token."""

    feed: Feed
    client: Client

    def post(self, body: Any, *, token: str = TOKEN, **more: Any) -> Any:
        """POST a body, as JSON unless it is bytes already."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return self.client.post(
            EVENTS, raw, content_type=more.pop("content_type", "application/json"), headers=headers
        )

    def get(self, external_id: str, *, token: str = TOKEN) -> Any:
        """What is stored of one external id."""
        return self.client.get(
            EVENTS, {"external_id": external_id}, headers={"Authorization": f"Bearer {token}"}
        )

    def sent(self, *events: dict[str, Any]) -> list[str]:
        """Send a batch and give the outcome of each."""
        answer = self.post(list(events))
        assert answer.status_code == 200, answer.content
        return [result["outcome"] for result in answer.json()["results"]]


@pytest.fixture
def source(db: None, dispatcher: Persona) -> Source:
    """A feed of the dispatch center."""
    feed = Feed.objects.create(
        program_id=dispatcher.program_id,
        agency_id=key("agency", "LCED"),
        source="tests",
        token_hash=token_hash(TOKEN),
    )
    return Source(feed, Client(raise_request_exception=False))


@pytest.fixture
def elm(tmp_path: Path, dispatcher: Persona) -> Elm:
    """The county's folder."""
    return Elm(tmp_path)
