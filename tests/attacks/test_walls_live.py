"""The walls from outside: what a stranger's request, stream, connection or file can get."""

from __future__ import annotations

import re
import socket
import threading
import urllib.parse
import uuid
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tandem.cli.front import passed_on
from tandem.demo.browser import Browser, Page, Stream
from tests.attacks.conftest import Stage, until

PLANTED = {
    "remark": "CANARY-REMARK-NCIC",
    "unknown": "CANARY-UNKNOWN-MEMBER",
    "police": "CANARY-POLICE-WORDS",
    "crisis": "CANARY-CRISIS-WORDS",
    "police_name": "CANARY-POLICE-NAME",
    "crisis_name": "CANARY-CRISIS-NAME",
    "reason": "CANARY-REASON",
    "desk": "CANARY-DESK-NOTE",
    "place": "CANARY-PLACE",
    "code": "CANARY-CODE",
}
IN_CLEAR = {PLANTED["desk"], PLANTED["place"]}  # of classes that are not sealed
FORMS = [
    f"/encounters/KEY/{lane}/{act}/"
    for lane in ("police", "crisis")
    for act in ("draft", "sign", "amend", "person", "axis")
]


def send(browser: Browser, method: str, path: str, **headers: str) -> Page:
    """One request as it is, with everything that any of our forms may hold."""
    fields = {
        "csrfmiddlewaretoken": browser.cookies.get("tandem_csrf", ""),
        "act_id": str(uuid.uuid4()),
        "text": "x",
        "reason": "x",
        "sequence": "9",
        "age": "20",
        "axis": "contact",
        "value": "refused_entry",
    }
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    body = urllib.parse.urlencode(fields) if method == "POST" else None
    return browser._send(method, path, body, {**kind, **headers})


def same(one: Page, other: Page) -> bool:
    """Whether two answers are equal in every byte but the clock's and the cookie's."""
    heads = [
        {name: value for name, value in page.headers.items() if name not in {"date", "set-cookie"}}
        for page in (one, other)
    ]
    return (one.status, one.text, heads[0]) == (other.status, other.text, heads[1])


@pytest.mark.parametrize("persona", ["sergeant", "patrol-officer", "crisis-worker-3"])
@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}], ids=["page", "fragment"])
def test_what_is_hidden_answers_like_what_is_not_there(
    stage: Stage, persona: str, headers: dict[str, str]
) -> None:
    call, encounter = stage.send("CRU 1", "cru-officer", "crisis-worker")
    member = stage.one("SELECT id FROM dispatch_member WHERE encounter_id = %s LIMIT 1", encounter)
    browser, ghost = stage.at(persona), str(uuid.uuid4())
    browser.get("/why/")
    mine = "crisis" if persona.startswith("crisis") else "police"
    asked = [("GET", "/encounters/KEY/", encounter), ("GET", "/encounters/KEY/spine/", encounter)]
    asked += [("POST", form, encounter) for form in FORMS if f"/{mine}/" in form]
    if mine == "police":  # the county's workers see every member of the spine
        asked.append(("POST", "/my-calls/step/KEY/?state=cleared", str(member)))
    for method, path, key in asked:
        answers = [
            send(browser, method, path.replace("KEY", one), **headers) for one in (key, ghost)
        ]
        assert answers[0].status == 404, path
        assert same(*answers), path
    stage.clear(call, "CRU 1")


def test_a_refused_act_leaves_one_row_and_nothing_else(stage: Stage) -> None:
    call, encounter = stage.send("CRU 1", "cru-officer", "crisis-worker")
    browser = stage.at("sergeant")
    browser.get("/why/")
    trail = """SELECT (SELECT count(*) FROM privacy_auditintake)
        + (SELECT count(*) FROM privacy_auditentry)"""
    records = "SELECT count(*) FROM encounters_policenote"
    for form in FORMS:  # hidden to this officer, or another role's page
        before, kept = stage.one(trail), stage.one(records)
        assert send(browser, "POST", form.replace("KEY", encounter)).status in {403, 404}
        assert (stage.one(trail), stage.one(records)) == (before + 1, kept), form
    stage.clear(call, "CRU 1")


def follow(browser: Browser, since: str = "") -> list[tuple[str, dict[str, Any]]]:
    """Listen at the stream; the list grows."""
    stream = Stream(browser, since)
    heard: list[tuple[str, dict[str, Any]]] = []

    def listen() -> None:
        try:
            while not heard or heard[-1][0] not in {"bye", "closed"}:
                heard.append(stream.next())
        except (OSError, ValueError):
            heard.append(("closed", {}))

    threading.Thread(target=listen, daemon=True).start()
    until(lambda: heard)
    return heard


def test_the_crisis_side_s_own_acts_are_no_news_to_anyone_else(stage: Stage) -> None:
    call, encounter = stage.send("CRU 1", "cru-officer", "crisis-worker")
    # Older news goes out before: nothing of it may be taken for what must not come.
    until(lambda: stage.one("SELECT count(*) FROM storage_outbox WHERE cursor IS NULL") == 0)
    others = ["dispatcher", "cru-officer", "patrol-officer", "crisis-worker-3", "police-custodian"]
    heard = {who: follow(stage.at(who)) for who in others}
    worker, base = stage.at("crisis-worker"), f"/encounters/{encounter}/crisis"
    worker.post(f"{base}/draft/", text="words", sequence="1")
    worker.post(f"{base}/person/", name="N", age="20", age_known="said")
    worker.post(f"{base}/axis/", axis="clinical", value="unknown")
    with psycopg.connect(stage.product.dsn("police"), autocommit=True) as connection:
        for _knock in range(300):
            connection.execute(f"SELECT pg_notify('tandem_outbox', '{{\"keys\":[\"{call}\"]}}')")
    # A note of the desk is news to the desk: when it has come, nothing else is on its way.
    stage.at("dispatcher-2").post(f"/desk/{call}/note/", text="news")
    until(lambda: len(heard["dispatcher"]) > 1)
    told = {who: list(frames[1:]) for who, frames in heard.items()}
    stage.clear(call, "CRU 1")
    assert told.pop("dispatcher") == [("changed", {"keys": [call]})]
    assert told == {who: [] for who in told}


def test_a_cursor_of_another_session_tells_nothing(stage: Stage) -> None:
    stream = Stream(stage.at("dispatcher"))
    stream.next()
    for word in (stream.cursor, "x", "A" * 300, "%00%ff"):
        assert follow(stage.at("cru-officer"), word)[0] == ("reset", {})
    stream.close()


def test_a_removed_person_loses_page_and_stream_in_five_seconds(stage: Stage) -> None:
    browser = stage.at("patrol-officer-3")
    heard = follow(browser)
    held = "SELECT id FROM directory_membership WHERE staff_id = %s AND until_at IS NULL"
    membership = stage.one(held, stage.staff("patrol-officer-3"))
    stage.at("administrator").post(f"/staff/roles/{membership}/end/")
    assert browser.get("/my-calls/").url.startswith("/sign-in/")
    assert until(lambda: heard[-1][0] == "bye") < 5


SMUGGLED = {
    "two lengths": "Content-Length: 5\r\nContent-Length: 6",
    "length and chunks": "Content-Length: 6\r\nTransfer-Encoding: chunked",
    "two codings": "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
    "odd coding": "Transfer-Encoding: xchunked\r\nContent-Length: 5",
    "signed length": "Content-Length: +5",
    "two hosts": "Host: elsewhere.example\r\nContent-Length: 5",
    "space before colon": "Content-Length : 5",
    "bare return": "X-A: b\rTransfer-Encoding: chunked",
}


@pytest.mark.parametrize("lines", SMUGGLED.values(), ids=SMUGGLED)
def test_no_second_request_is_smuggled_past_the_front(stage: Stage, lines: str) -> None:
    inner = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
    head = f"POST /sign-in/ HTTP/1.1\r\nHost: localhost\r\n{lines}\r\n\r\n0\r\n\r\n{inner}"
    port = urllib.parse.urlsplit(stage.product.url).port or 0
    with socket.create_connection(("127.0.0.1", port), timeout=5) as raw:
        raw.sendall(head.encode())
        told = b"".join(iter(lambda: raw.recv(65536), b""))
    assert re.findall(rb"HTTP/1\.\d (\d+)", told) == [b"400"]


def test_a_header_with_an_underscore_is_not_taken_for_ours() -> None:
    claims = [("X_Forwarded_Proto", "https"), ("HX-Request", "true")]
    assert list(passed_on(claims, "")) == ["HX-Request"]


@pytest.mark.parametrize(
    "path",
    [
        "/static/../secrets.json",
        "/static/ui/..%2f..%2f..%2fkeys.json",
        "/static/ui/%2e%2e/%2e%2e/config/settings/base.py",
        "/static//etc/passwd",
    ],
)
def test_no_file_outside_is_served(stage: Stage, path: str) -> None:
    assert send(Browser(stage.product.url), "GET", path).status == 404


def plant(stage: Stage) -> None:
    """Write a canary into everything that a person or a feed can write into."""
    call, encounter = stage.send(
        "CRU 1",
        "cru-officer",
        "crisis-worker",
        location={"text": PLANTED["place"], "x": PLANTED["unknown"]},
        remarks=[{"text": PLANTED["remark"], "by": PLANTED["remark"]}],
        units=[{"id": "A1", "note": PLANTED["unknown"]}],
        **{PLANTED["unknown"]: PLANTED["unknown"]},
    )
    stage.at("dispatcher").post(f"/desk/{call}/note/", text=PLANTED["desk"])
    for persona, lane in (("cru-officer", "police"), ("crisis-worker", "crisis")):
        browser, base = stage.at(persona), f"/encounters/{encounter}/{lane}"
        browser.post(f"{base}/draft/", text=PLANTED[lane], sequence="1")
        browser.post(f"{base}/person/", name=PLANTED[f"{lane}_name"], age="30", age_known="said")
        browser.post(f"{base}/sign/", text=PLANTED[lane])
        browser.post(f"{base}/amend/", text=PLANTED[lane], reason=PLANTED["reason"])
        page = browser.get(f"/encounters/{encounter}/")
        assert PLANTED[lane] in page.text
        assert "CANARY" not in "".join(
            re.findall(r"<title>.*?</title>|(?:href|action)=\S+", page.text)
        )
    stranger = Browser(stage.product.url)
    stranger.get("/sign-in/")
    stranger.post("/sign-in/", name=PLANTED["code"], password=PLANTED["code"])
    stage.clear(call, "CRU 1")


def test_no_canary_is_in_the_database_or_a_log(stage: Stage) -> None:
    plant(stage)
    found: set[str] = set()
    tables = "SELECT oid::regclass::text FROM pg_class WHERE relkind = 'r' AND relnamespace = %s"
    with psycopg.connect(stage.product.dsn("superuser")) as connection:
        space = connection.execute("SELECT 'public'::regnamespace::oid").fetchone()
        for (table,) in connection.execute(tables, space).fetchall():
            with connection.cursor().copy(f"COPY {table} TO STDOUT".encode()) as rows:
                dump = b"".join(bytes(part) for part in rows)
            found |= {
                word
                for word in PLANTED.values()
                if word.encode() in dump or word.encode().hex().encode() in dump
            }
    assert found == IN_CLEAR
    logs = list(Path(stage.product.instance.data, "log").glob("*.log"))
    assert logs
    assert not [log.name for log in logs if "CANARY" in log.read_text(errors="replace")]


ODD_WAYS = [
    "SELECT query_to_xml('SELECT * FROM encounters_clinicalnote', true, true, '')",
    "EXPLAIN SELECT * FROM encounters_clinicalnote",
    "LOCK TABLE encounters_clinicalnote IN ACCESS SHARE MODE",
    "COPY encounters_clinicalnote TO STDOUT",
    "SET ROLE tandem_clinical",
    "SET SESSION AUTHORIZATION tandem_clinical",
    "CREATE TEMP TABLE t (a int)",
    "CREATE EXTENSION pageinspect",
    "SELECT pg_read_file('PG_VERSION')",
    "SELECT * FROM pg_largeobject",
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'tandem_sealer'",
]


@pytest.mark.parametrize("statement", ODD_WAYS)
def test_no_odd_way_leads_police_round_the_wall(stage: Stage, statement: str) -> None:
    with (
        psycopg.connect(stage.product.dsn("police")) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(statement.encode())


def test_police_see_of_the_clinical_side_s_work_no_statement_and_no_value(stage: Stage) -> None:
    told = """SELECT count(*) FROM pg_stat_activity WHERE usename <> current_user
        AND query NOT IN ('', '<insufficient privilege>')"""
    values = "SELECT count(*) FROM pg_stats WHERE tablename LIKE '%%clinical%%'"
    columns = "SELECT count(*) FROM information_schema.columns WHERE table_name LIKE '%%clinical%%'"
    for question in (told, values, columns):
        assert stage.ask(question, login="police") == [(0,)]
