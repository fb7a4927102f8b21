"""Makes and keeps the cast's passwords and second factors, in the data folder alone, mode 0600."""

import base64
import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from tandem.demo.cast import Cast, Player, load_cast
from tandem.kernel.instance import Instance

VERSION = 1
# Without 0, 1, i, l and o: a password that is read aloud or copied by hand is typed right.
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


class NotADemo(Exception):
    """This data folder was not made by the demonstration, so it has no personas."""


@dataclass(frozen=True)
class Persona:
    """What a newcomer needs to sign in as one of the cast; the shape is a contract."""

    persona: str
    name: str
    agency: str
    role: str
    username: str
    password: str
    totp_secret: str
    landing: str


def make_password() -> str:
    """Twenty characters in groups of five, 99 bits."""
    groups = ("".join(secrets.choice(ALPHABET) for _ in range(5)) for _ in range(4))
    return "-".join(groups)


def make_totp_secret() -> str:
    """160 bits in base32, the length RFC 4226 recommends."""
    return base64.b32encode(secrets.token_bytes(20)).decode("ascii")


def is_demo(instance: Instance) -> bool:
    """Whether the folder was made by the demonstration."""
    try:
        _read(instance)
    except NotADemo:
        return False
    return True


def ensure_personas(instance: Instance, cast: Cast | None = None) -> list[Persona]:
    """The cast with passwords and second factors; what exists is kept, what is new is made."""
    cast = cast or load_cast()
    try:
        document = _read(instance)
    except NotADemo:
        document = {"version": VERSION, "program": cast.program.code}
    kept = {row["persona"]: row for row in document.get("personas", [])}
    personas = [_persona(player, kept.get(player.persona)) for player in cast.players]
    rows = [asdict(persona) for persona in personas]
    if rows != document.get("personas"):
        _write(instance, {**document, "personas": rows})
    return personas


def read_personas(instance: Instance) -> list[Persona]:
    """The personas of a demonstration's data folder."""
    return [Persona(**row) for row in _read(instance)["personas"]]


def remember_feed(instance: Instance, *, source: str, token: str) -> None:
    """Keep the token of a feed of the demonstration, so that the replay can post."""
    document = _read(instance)
    _write(instance, {**document, "feeds": {**document.get("feeds", {}), source: token}})


def feed_token(instance: Instance, source: str) -> str:
    """The token that `remember_feed` kept."""
    token = _read(instance).get("feeds", {}).get(source)
    if not isinstance(token, str):
        raise NotADemo(f"No token of the feed {source!r} is kept here: run `make demo` once.")
    return token


def _persona(player: Player, kept: Mapping[str, str] | None) -> Persona:
    return Persona(
        persona=player.persona,
        name=player.name,
        agency=player.agency,
        role=player.role,
        username=player.username,
        password=kept["password"] if kept else make_password(),
        totp_secret=kept["totp_secret"] if kept else make_totp_secret(),
        landing=player.landing,
    )


def _read(instance: Instance) -> dict[str, Any]:
    try:
        text = instance.read_private(instance.demo_file)
    except FileNotFoundError:
        raise NotADemo(
            "This data folder was not made by `make demo`: it has no personas."
        ) from None
    document: dict[str, Any] = json.loads(text)
    return document


def _write(instance: Instance, document: Mapping[str, Any]) -> None:
    instance.write_private(instance.demo_file, json.dumps(document, indent=2))
