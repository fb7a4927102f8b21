"""Connecting a source and cutting it off: by the administrator, with a token kept as a hash."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest

from tandem.calls.models import Call, Feed
from tandem.calls.services import create_feed, revoke_feed
from tandem.demo.seed import key
from tandem.interop.cad.services import token_hash
from tandem.kernel.refusals import BadInput, NotFound, NotPermitted
from tests.conftest import Persona
from tests.interop.conftest import TOKEN, Source, event
from tests.interop.conftest import source as source  # noqa: PLC0414 (a fixture of the feed)
from tests.scene import browser_of, eyes_of

pytestmark = pytest.mark.django_db(databases=["default", "identity"])
LCED = key("agency", "LCED")


@pytest.fixture
def admin(cast: dict[str, Persona]) -> Persona:
    """The administrator of the installation."""
    return cast["administrator"]


def connected(admin: Persona, name: str = "cad-1", agency: uuid.UUID = LCED) -> uuid.UUID:
    """A new feed's key."""
    feed_id = uuid.uuid4()
    create_feed(
        admin.doing(), feed_id, agency_id=agency, source=name, token_hash=token_hash("secret")
    )
    return feed_id


def test_a_feed_is_connected_in_the_mode_that_is_built(
    admin: Persona, trail: Callable[[], list[str]]
) -> None:
    feed = Feed.objects.get(pk=connected(admin))
    assert (feed.source, feed.agency_id, feed.mode) == ("cad-1", LCED, "cad_leads")
    assert bytes(feed.token_hash) == token_hash("secret")
    assert b"secret" not in bytes(feed.token_hash)
    assert trail() == ["feed.created"]


@pytest.mark.parametrize(
    ("name", "agency", "refusal"),
    [
        ("", LCED, BadInput),
        ("  ", LCED, BadInput),
        ("demo-replay", LCED, BadInput),  # connected already
        ("cad-2", uuid.UUID(int=1), NotFound),
        ("a\x00b", LCED, BadInput),
    ],
)
def test_what_cannot_be_connected(
    admin: Persona,
    name: str,
    agency: uuid.UUID,
    refusal: type[Exception],
    trail: Callable[[], list[str]],
) -> None:
    before = Feed.objects.count()
    with pytest.raises(refusal):
        connected(admin, name, agency)
    assert Feed.objects.count() == before
    assert trail() == ["feed.created.refused"]


def test_a_revoked_feed_brings_nothing_more_and_what_it_brought_stays(
    admin: Persona, source: Source, trail: Callable[[], list[str]]
) -> None:
    source.sent(event())
    revoke_feed(admin.doing(), source.feed.pk)
    assert source.post(event(sequence=2)).status_code == 401
    assert Call.objects.filter(feed_id=source.feed.pk).count() == 1
    with pytest.raises(NotFound):
        revoke_feed(admin.doing(), source.feed.pk)
    assert trail()[-2:] == ["feed.revoked", "feed.revoked.refused"]


@pytest.mark.parametrize("persona", ["trainer", "dispatcher", "cru-officer", "police-custodian"])
def test_nobody_else_connects_or_cuts_off(
    cast: dict[str, Persona], persona: str, source: Source, trail: Callable[[], list[str]]
) -> None:
    with pytest.raises(NotPermitted):
        connected(cast[persona])
    with pytest.raises(NotPermitted):
        revoke_feed(cast[persona].doing(), source.feed.pk)
    assert trail() == ["feed.created.refused", "feed.revoked.refused"]
    assert source.post(event()).status_code == 200


def test_no_desk_and_no_administrator_reads_a_tokens_hash(
    cast: dict[str, Persona], source: Source
) -> None:
    for persona in ("administrator", "trainer", "dispatcher", "cru-officer"):
        with (
            pytest.raises(Exception, match="permission denied"),
            eyes_of(cast[persona].standing) as cursor,
        ):
            cursor.execute("SELECT token_hash FROM calls_feed")


def test_a_new_token_is_on_the_page_once(admin: Persona) -> None:
    client = browser_of(admin)
    made = client.post("/feeds/", {"source": "cad-9", "agency": str(LCED)})
    assert made.status_code == 200
    feed = Feed.objects.get(source="cad-9")
    words = {word.strip('<>"=/') for word in made.content.decode().replace("<", " ").split()}
    shown = {w for part in words for w in part.replace(">", " ").split()}
    tokens = [w for w in shown if token_hash(w) == bytes(feed.token_hash)]
    assert len(tokens) == 1
    assert tokens[0] not in client.get("/feeds/").content.decode()


def test_the_tests_token_is_no_token_of_the_demo() -> None:
    assert not Feed.objects.filter(token_hash=token_hash(TOKEN)).exists()
