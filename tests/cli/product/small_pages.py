"""A page that says whether the database answers."""

from collections.abc import Callable, Iterable

import psycopg

from tandem.kernel.instance import Instance

DSN = Instance.find().dsn("owner")
Start = Callable[[str, list[tuple[str, str]]], object]


def application(request: dict[str, str], start: Start) -> Iterable[bytes]:
    """Answer the health question at once and every other one with a query."""
    kind = [("Content-Type", "text/plain")]
    if request["PATH_INFO"] == "/healthz":
        start("200 OK", kind)
        return [b"ok"]
    try:
        with psycopg.connect(DSN, connect_timeout=2) as connection:
            connection.execute("SELECT 1")
    except psycopg.Error:
        start("503 Service Unavailable", kind)
        return [b""]
    start("200 OK", kind)
    return [b"the database answers"]
