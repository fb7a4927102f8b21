"""Puts the demonstration's program, agencies, units and cast into an empty database, once."""

from __future__ import annotations

import hashlib
import uuid
from datetime import UTC, datetime

from tandem.calls.models import Feed, Numbering
from tandem.demo.cast import Cast, load_cast
from tandem.demo.personas import ensure_personas, remember_feed
from tandem.directory.models import Agency, Membership, Program, Staff, Unit
from tandem.identity.models import Account
from tandem.identity.services import add_account
from tandem.interop.cad.services import new_token, token_hash
from tandem.kernel.instance import Instance
from tandem.storage.standing import Standing, opened, standing_as

BEGAN = datetime(2021, 7, 1, tzinfo=UTC)  # the month the real program went into service


def key(kind: str, name: str) -> uuid.UUID:
    """The same key for the same cast at each start, so that seeding again changes nothing."""
    return uuid.UUID(bytes=hashlib.sha256(f"tandem demo {kind} {name}".encode()).digest()[:16])


def seed(instance: Instance) -> None:
    """Everything that is not there yet; run again it adds only what the cast gained."""
    cast = load_cast()
    personas = {persona.persona: persona for persona in ensure_personas(instance, cast)}
    with standing_as(Standing("owner")), opened():
        _seed_directory(cast)
        tokens = _seed_feeds(cast)
    for source, token in tokens.items():
        remember_feed(instance, source=source, token=token)
    known = set(Account.objects.values_list("username", flat=True))
    for player in cast.players:
        persona = personas[player.persona]
        if player.username not in known:
            add_account(
                key("staff", player.persona),
                player.username,
                persona.password,
                seed=persona.totp_secret,
            )


def _seed_directory(cast: Cast) -> None:
    program_id = key("program", cast.program.code)
    Program.objects.get_or_create(
        pk=program_id,
        defaults={
            "code": cast.program.code,
            "name": cast.program.name,
            "zone": cast.program.zone,
            "is_demo": True,
        },
    )
    for agency in cast.agencies:
        Agency.objects.get_or_create(
            pk=key("agency", agency.code),
            defaults={
                "program_id": program_id,
                "code": agency.code,
                "name": agency.name,
                "kind": agency.kind,
            },
        )
        Numbering.objects.get_or_create(agency_id=key("agency", agency.code))
    for unit in cast.units:
        Unit.objects.get_or_create(
            pk=key("unit", unit.callsign),
            defaults={
                "program_id": program_id,
                "agency_id": key("agency", unit.agency),
                "callsign": unit.callsign,
                "kind": unit.kind,
            },
        )
    for player in cast.players:
        staff_id = key("staff", player.persona)
        Staff.objects.get_or_create(
            pk=staff_id,
            defaults={
                "program_id": program_id,
                "display_name": player.name,
                "short_name": player.short_name,
            },
        )
        Membership.objects.get_or_create(
            pk=key("membership", player.persona),
            defaults={
                "program_id": program_id,
                "agency_id": key("agency", player.agency),
                "staff_id": staff_id,
                "role": player.role,
                "from_at": BEGAN,
            },
        )


def _seed_feeds(cast: Cast) -> dict[str, str]:
    """Tokens of the feeds that were made just now: a token is never stored."""
    made: dict[str, str] = {}
    for feed in cast.feeds:
        feed_id = key("feed", feed.source)
        if Feed.objects.filter(pk=feed_id).exists():
            continue
        made[feed.source] = new_token()
        Feed.objects.create(
            pk=feed_id,
            program_id=key("program", cast.program.code),
            agency_id=key("agency", feed.agency),
            source=feed.source,
            token_hash=token_hash(made[feed.source]),
            mode=feed.mode,
        )
    return made
