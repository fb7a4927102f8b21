"""The word for what a desk shows: of everything people read, and of no clock."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from tandem.board.shown import HEADER, shown_hash
from tandem.calls.models import Call
from tests.conftest import Persona
from tests.scene import browser_of, open_call

pytestmark = pytest.mark.django_db(databases=["default", "identity"])
ROW = """<div data-region="lists"><tbody data-keyed="{list}"><tr class="call" data-key="{key}">
<td>{place}</td><td><span class="timer__digits">{digits}</span></td></tr></tbody></div>"""
FACTS = {"list": "pending", "key": "k1", "place": "Cass St", "digits": "1:00"}


def word(**other: str) -> str:
    return shown_hash(ROW.format(**{**FACTS, **other}))


@pytest.mark.parametrize(
    "other", [{"list": "active"}, {"key": "k2"}, {"place": "Jay St"}, {"place": "Cass&amp;St"}]
)
def test_the_word_hears_of_everything(other: dict[str, str]) -> None:
    assert word(**other) != word()
    assert word() != shown_hash("")


def test_it_hears_no_clock_no_order_and_no_blank() -> None:
    assert word(digits="2:00") == word() == word(place="Cass\n  St")
    one, two = ROW.format(**FACTS), ROW.format(**{**FACTS, "key": "k2"})
    rows = re.findall("<tr.*</tr>", one + two, re.DOTALL)
    both = '<div data-region="lists"><tbody data-keyed="pending">{}</tbody></div>'
    assert shown_hash(both.format("".join(rows))) == shown_hash(both.format("".join(rows[::-1])))


@pytest.fixture
def client(dispatcher: Persona) -> Client:
    open_call(dispatcher, number=8417)
    return browser_of(dispatcher)


def test_who_shows_it_already_is_sent_the_word_alone(client: Client, dispatcher: Persona) -> None:
    path, regions = "/desk/fragments/", "counts,lists,units"
    assert HEADER not in client.get(path, {"regions": regions}).headers
    whole = client.get(path, {"regions": regions, "state": ""})
    own = shown_hash(whole.content.decode())
    assert (whole.status_code, whole.headers[HEADER]) == (200, own)
    facts = {"regions": regions, "state": own}
    same = client.get(path, facts)
    assert (same.status_code, same.content, same.headers[HEADER]) == (204, b"", own)
    Call.objects.filter(number=8417).update(place="Elsewhere")
    other = client.get(path, facts)
    assert (other.status_code, "Elsewhere" in other.content.decode()) == (200, True)
    assert other.headers[HEADER] != own
