"""Two worlds that differ in one contact of the crisis desk, and all that other roles can fetch."""

from __future__ import annotations

import itertools
import re
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import time_machine
from django.db import connections, transaction
from django.test import Client
from django.urls import reverse

from tandem.board import urls
from tandem.board.cursor import Cursors
from tandem.board.push import Push, Viewer
from tandem.calls.answers import Given
from tandem.calls.models import Feed
from tandem.demo.seed import key
from tandem.dispatch.services import enter_presence, sign_off, sign_on
from tandem.dispatch.states import Presence
from tandem.intake.language import Interpreting
from tandem.intake.models import Transfer
from tandem.intake.sealed import ContactFacts
from tandem.intake.services import crisis, requests
from tandem.intake.services.desk import Entered, NewCall, open_call
from tandem.intake.services.transfers import ask_transfer, take_transfer
from tandem.interop.cad.services import token_hash
from tandem.people import services
from tandem.people.models import ContactPerson
from tests.conftest import NOON, Persona
from tests.interop.conftest import EVENTS, event
from tests.scene import CRU_2, MOBILE, browser_of, eyes_of

# Everybody whose login is not of the clinical side.
LOOKING = (
    "dispatcher",
    "patrol-officer",
    "cru-officer",
    "police-custodian",
    "administrator",
    "trainer",
    "analyst",
    "chief",
    "provider",
    "facility-nurse",
)
# A training coordinator keeps the duty of all staff (D20): who worked, and nobody who was served.
DUTY = "trainer reads directory_dutyperiod"
NOT_TO_OPEN = 405
# The call that comes in both worlds after they parted.
LATER = uuid.UUID("00000000-0000-4000-8000-000000000417")
_ONLY_POSTED: set[str] = set()
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
# Made anew for each answer, of one length each: the form's token, the next act, the draft's writer.
ONE_TIME = re.compile(r'(name="(?:csrfmiddlewaretoken|act_id|(?:base_)?writer)" value=")([^"]*)(")')
# What the database's own clock gives, which no test can stop.
_CLOCK = re.compile(r'"received_at": "[^"]*"')
CANARIES = ("Zyxolotl", "Quetzalin", "608-555-0199", "Axolotl", "walks alone")


def steady(body: str) -> str:
    """The same text with keys named by their order and what is made anew marked by its length."""
    body = ONE_TIME.sub(lambda found: f"{found[1]}<{len(found[2])}>{found[3]}", body)
    names: dict[str, str] = {}
    body = _CLOCK.sub('"received_at": "now"', body)
    return UUID.sub(lambda found: names.setdefault(found[0], f"key-{len(names)}"), body)


@dataclass
class Stand:
    """The world both share: who looks, with sessions, a feed and a case that runs."""

    cast: dict[str, Persona]
    call_id: uuid.UUID
    encounter_id: uuid.UUID
    browsers: dict[str, Client] = field(default_factory=dict)
    token: str = "a-token-of-two-worlds"
    # Whose pages, streams and rows are fetched; a planted leak is looked for where it shows.
    looking: tuple[str, ...] = LOOKING

    def __post_init__(self) -> None:
        """Sign everybody in before the worlds part."""
        self.browsers = {who: browser_of(self.cast[who]) for who in LOOKING}
        desk = self.cast["dispatcher"]
        Feed.objects.create(
            program_id=desk.program_id,
            agency_id=key("agency", "LCED"),
            source="two-worlds",
            token_hash=token_hash(self.token),
        )

    def paths(self, later: uuid.UUID) -> list[str]:
        """Every address that one of them may open."""
        regions = "regions=counts,feeds,lists,detail,units,requests"
        shown = [
            path
            for call in (self.call_id, later)
            for path in (
                f"/desk/?call={call}",
                f"/desk/fragments/?{regions}&call={call}",
                f"/desk/fragments/?{regions}&keys={call}",
            )
        ]
        records = {"call_id": [self.call_id, later], "encounter_id": [self.encounter_id]}
        only_posted = self._only_posted()
        named = [path for name, path in addresses(records) if name not in only_posted]
        return [*shown, *named, "/api/v1/openapi.json"]

    def _only_posted(self) -> set[str]:
        """Addresses below a record that nobody can open: acts alone; looked up once."""
        if not _ONLY_POSTED:
            records = {"call_id": [self.call_id], "encounter_id": [self.encounter_id]}
            for name, path in addresses(records):
                for who in ("dispatcher", "cru-officer"):
                    if self.browsers[who].get(path).status_code == NOT_TO_OPEN:
                        _ONLY_POSTED.add(name)
        return _ONLY_POSTED


def addresses(records: Mapping[str, Sequence[uuid.UUID]]) -> list[tuple[str, str]]:
    """Every address of the board that needs no more than these: also those added after this.

    Each with its name.
    """
    found = []
    for one in urls.urlpatterns:
        names = list(one.pattern.converters)
        for values in itertools.product(*(records.get(name, ()) for name in names)):
            found.append((str(one.name), reverse(f"board:{one.name}", args=values)))
    return found


def contact_life(cast: dict[str, Persona]) -> uuid.UUID:
    """A contact of the crisis line from its first word to its end, with everything but sharing.

    Meanwhile crisis workers come on and go off the units of their desk, and ride alone.
    """
    worker, colleague = cast["crisis-worker"], cast["crisis-worker-2"]
    desk = cast["crisis-supervisor"]
    sign_on(cast["crisis-worker-3"].doing(), MOBILE)
    sign_on(colleague.doing(), CRU_2)
    contact = crisis.open_contact(
        worker.doing(),
        uuid.uuid4(),
        channel="crisis_line",
        facts=ContactFacts(
            caller="Zyxolotl",
            callback="608-555-0199",
            person="Quetzalin",
            place="4th St & Main St",
            words="Axolotl",
        ),
        answers=[Given("suicidal_ideation", "yes", "first_party", "walks alone")],
        dropped=True,
    )
    at = NOON + timedelta(minutes=2)
    crisis.describe_contact(worker.doing(at=at), contact.pk, ContactFacts(person="Quetzalin"))
    on_file = ContactPerson.objects.get(pk=contact.pk).file_id
    assert on_file is not None
    told = {"way": "phone", "where": "608-555-0199", "must_not_know": "Axolotl"}
    services.note_clinical_fact(worker.doing(at=at), on_file, "contact", told)
    crisis.identify_contact(worker.doing(at=at), contact.pk, None)
    answers = [Given("weapon_accessible", "not_known", "first_party")]
    crisis.answer_contact(worker.doing(at=at), contact.pk, answers)
    crisis.follow_contact(worker.doing(at=at), contact.pk, kind="call_back", result="reached")
    crisis.follow_contact(worker.doing(at=at), contact.pk, kind="told", result="cps")
    said = Interpreting("Hmong", how="line", identity="Axolotl")
    crisis.follow_contact(
        worker.doing(at=at), contact.pk, kind="interpreter", result="line_rung", interpreting=said
    )
    crisis.override_contact_advice(worker.doing(at=at), contact.pk)
    crisis.explain_contact_advice(worker.doing(at=at), contact.pk, "Axolotl")
    crisis.hand_contact(worker.doing(at=at), contact.pk, colleague.staff_id)
    crisis.close_contact(colleague.doing(at=at), contact.pk, "settled_by_phone", words="Axolotl")
    sign_off(colleague.doing(at=at), "sick")
    # She rings: the crisis desk signs her on again, and off.
    for kind, unit in ((Presence.BACK, CRU_2), (Presence.END, None)):
        enter_presence(desk.doing(at=at), colleague.staff_id, kind, unit_id=unit)
    return contact.pk


def _later(stand: Stand) -> uuid.UUID:
    """What happens afterwards in both worlds: calls, a transfer taken, requests answered."""
    desk, at = stand.cast["dispatcher"], NOON + timedelta(minutes=5)
    new = NewCall(caller=Entered(channel="911"), place="State St")
    open_call(desk.doing(at=at), LATER, new)
    transfer = ask_transfer(desk.doing(at=at), uuid.uuid4(), LATER, "wants to talk")
    take_transfer(stand.cast["crisis-worker"].doing(at=at), transfer.pk)
    assert Transfer.objects.filter(pk=transfer.pk, acknowledged_at=at).exists()
    _answered(stand, at)
    return LATER


def _answered(stand: Stand, at: datetime) -> None:
    """One request is declined, one countered, and to the third a crisis worker goes."""
    desk, crisis_desk = stand.cast["dispatcher"], stand.cast["crisis-supervisor"]
    alone = stand.cast["crisis-worker-3"]
    sign_on(alone.doing(at=at), MOBILE)
    for place in range(3):
        # Of two requests of one moment no page can say which one is the newest.
        at += timedelta(seconds=1)
        made = requests.ask_worker(desk.doing(at=at), uuid.uuid4(), stand.call_id)
        if place == 0:
            requests.decline_request(crisis_desk.doing(at=at), made.pk)
        elif place == 1:
            offer = requests.Counter("phone")
            requests.counter_request(crisis_desk.doing(at=at), made.pk, offer)
        else:
            requests.accept_request(crisis_desk.doing(at=at), made.pk, alone.staff_id)


def fetched(stand: Stand, before: Callable[[], Any]) -> dict[str, str]:
    """All that these roles get after `before` and the later acts; then the world is undone."""
    got: dict[str, str] = {}
    with undone(), time_machine.travel(NOON + timedelta(minutes=6), tick=False):
        before()
        planned_anew()
        later = _later(stand)
        got.update(_api(stand))
        for who in stand.looking:
            got.update(_pages(stand, who, stand.paths(later)))
        looking = {who: stand.cast[who] for who in stand.looking}
        got.update(streams_of(looking))
        got.update(rows_of(looking))
    return got


def boards(
    stand: Stand, before: Callable[[], Any], paths: Mapping[str, Sequence[str]]
) -> dict[str, str]:
    """Of all that, only these pages of these people and their streams: many times over."""
    got: dict[str, str] = {}
    with undone(), time_machine.travel(NOON + timedelta(minutes=6), tick=False):
        before()
        planned_anew()
        _later(stand)
        for who, opened in paths.items():
            got.update(_pages(stand, who, opened))
        streams = streams_of({who: stand.cast[who] for who in LOOKING})
        got.update({f"stream of {who}": streams[f"stream of {who}"] for who in paths})
    return got


def opened_by(got: Mapping[str, str], who: str) -> list[str]:
    """The addresses that answered this person with something."""
    start = f"{who} /"
    return [
        what.removeprefix(f"{who} ")
        for what, text in got.items()
        if what.startswith(start) and text.startswith("200 ")
    ]


def _pages(stand: Stand, who: str, paths: Sequence[str]) -> dict[str, str]:
    got = {}
    for path in paths:
        answer = stand.browsers[who].get(path)
        head = {k: v for k, v in answer.headers.items() if k not in {"Set-Cookie", "Date"}}
        body = steady(answer.content.decode())
        got[f"{who} {path}"] = f"{answer.status_code} {sorted(head.items())} {body}"
    return got


def differing(stand: Stand, does: Callable[[dict[str, Persona]], Any]) -> list[str]:
    """What can be fetched in the world in which the crisis desk did this, and not in the other."""
    without = fetched(stand, lambda: None)
    with_it = fetched(stand, lambda: does(stand.cast))
    assert set(with_it) == set(without)
    found = [what for what in without if with_it[what] != without[what]]
    return [what for what in found if what != DUTY]


@contextmanager
def undone() -> Iterator[None]:
    """Whatever is done inside is taken back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


# The database may read a table in another way at any time: two worlds are read in two.
_PLANS = itertools.cycle(
    (
        ("seqscan hashjoin", "indexscan bitmapscan indexonlyscan nestloop mergejoin"),
        ("indexscan bitmapscan indexonlyscan nestloop mergejoin", "seqscan hashjoin"),
    )
)


def planned_anew() -> None:
    """Until this is undone, read and join tables as the world before did not, where one can."""
    ways, not_by = next(_PLANS)
    with connections["default"].cursor() as cursor:
        for said, names in (("on", ways), ("off", not_by)):
            for name in names.split():
                cursor.execute(f"SET LOCAL enable_{name} = {said}")


def _api(stand: Stand) -> dict[str, str]:
    client = Client(headers={"Authorization": f"Bearer {stand.token}"})
    sent = client.post(EVENTS, event(), content_type="application/json")
    asked = client.get(EVENTS, {"external_id": "2026-0417"})
    return {
        f"feed {verb}": f"{answer.status_code} {steady(answer.content.decode())}"
        for verb, answer in (("POST", sent), ("GET", asked))
    }


def streams_of(looking: Mapping[str, Persona]) -> dict[str, str]:
    """The frames that the push process would send each of them, news by news."""
    push = Push.__new__(Push)
    push.cursors, push.place = Cursors("two worlds"), 0
    push.viewers = set()
    viewers = {}
    for who, person in looking.items():
        audience = frozenset({person.standing.login, f"staff:{person.staff_id}"})
        viewers[who] = Viewer(who.encode(), person.program_id, audience, 0)
        push.viewers.add(viewers[who])
    with connections["default"].cursor() as cursor:
        # One transaction has one time; each act in it has a number of its own, in order.
        cursor.execute(
            "SELECT program_id, audience, keys, urgent FROM storage_outbox"
            " ORDER BY xmin::text::bigint, audience, keys"
        )
        news = cursor.fetchall()
    sent: dict[str, list[str]] = {who: [] for who in looking}
    names: dict[str, dict[str, str]] = {who: {} for who in looking}
    for place, row in enumerate(news, start=1):
        push._tell_all([(place, *row)])
        for who, viewer in viewers.items():
            if viewer.news.is_set():
                frame = push.frame(viewer).decode()
                sent[who].append(_named(frame, names[who], [str(key) for key in row[2]]))
    return {f"stream of {who}": "\n".join(frames) for who, frames in sent.items()}


def _named(frame: str, names: dict[str, str], told: list[str]) -> str:
    """A frame whose keys are named by the order of the news: keys of one world alone are random."""
    for one in told:
        names.setdefault(one, f"key-{len(names):03d}")
    word = re.sub(r"(?m)^id: (.*)$", lambda found: f"id: <{len(found[1])}>", frame)
    keys = sorted(names[found] for found in UUID.findall(word))
    return UUID.sub(lambda _found: keys.pop(0), word)


_TABLES = """
SELECT c.relname, array_agg(CASE WHEN a.atttypid = 'bytea'::regtype
         THEN 'octet_length(' || quote_ident(a.attname) || ')' ELSE quote_ident(a.attname) END
         ORDER BY a.attnum)
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'v', 'm', 'S')
  AND has_column_privilege(c.oid, a.attnum, 'SELECT')
GROUP BY c.relname ORDER BY c.relname
"""
# Sealed bytes and wrapped keys are drawn anew each time: their lengths are compared.
# When an act was written is the database's clock, which no test can stop.
_CLOCKS = {"entered_at", "server_at", "made_at"}


def rows_of(looking: Mapping[str, Persona]) -> dict[str, str]:
    """Every row of every table that their logins may read: what any page ever could show."""
    found = {}
    for who, person in looking.items():
        with eyes_of(person.standing) as cursor:
            cursor.execute(_TABLES)
            for table, columns in cursor.fetchall():
                shown = ", ".join(c for c in columns if c not in _CLOCKS)
                if not shown:
                    continue
                cursor.execute(f"SELECT {shown} FROM {table}")
                lines = sorted(steady(repr(row)) for row in cursor.fetchall())
                found[f"{who} reads {table}"] = "\n".join(lines)
    return found
