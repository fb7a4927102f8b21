"""Reads `cast.toml` strictly: the demonstration's agencies, units, feeds and fictional people."""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TypeVar

CAST_FILE = Path(__file__).with_name("cast.toml")

AGENCY_KINDS = frozenset({"police", "county_crisis", "dispatch_center"})
UNIT_KINDS = frozenset({"ride_along", "patrol", "mobile_crisis"})
FEED_MODES = frozenset({"tandem_leads", "cad_leads"})
# Persons served and their families have no page yet, so no persona plays them.
ROLES = frozenset(
    {"TC", "PO", "CRU", "MCW", "SUP", "RF", "CP", "AN", "CH", "TR", "PRVP", "PRVC", "IT"}
)


class CastInvalid(Exception):
    """The cast cannot be used as it is written."""


@dataclass(frozen=True)
class CastProgram:
    """The program of the demonstration."""

    code: str
    name: str
    city: str
    county: str
    zone: str
    pack: str
    notice: str


@dataclass(frozen=True)
class CastAgency:
    """One agency of the program."""

    code: str
    name: str
    kind: str
    desk: str


@dataclass(frozen=True)
class CastUnit:
    """A unit that people sign on to."""

    agency: str
    callsign: str
    kind: str


@dataclass(frozen=True)
class CastFeed:
    """A source of calls."""

    agency: str
    source: str
    mode: str


@dataclass(frozen=True)
class Player:
    """One fictional person with one account, one agency and one role."""

    persona: str
    name: str
    short_name: str
    username: str
    agency: str
    role: str
    title: str
    unit: str
    landing: str


@dataclass(frozen=True)
class Cast:
    """The whole demonstration as written."""

    program: CastProgram
    agencies: tuple[CastAgency, ...]
    units: tuple[CastUnit, ...]
    feeds: tuple[CastFeed, ...]
    players: tuple[Player, ...]

    def player(self, persona: str) -> Player:
        """The person with that key."""
        for player in self.players:
            if player.persona == persona:
                return player
        raise CastInvalid(f"There is no persona {persona!r} in the cast.")


T = TypeVar("T", CastProgram, CastAgency, CastUnit, CastFeed, Player)


def load_cast(path: Path = CAST_FILE) -> Cast:
    """Read the cast and refuse one that contradicts itself."""
    raw = tomllib.loads(path.read_text(encoding="utf-8"))
    unknown = sorted(set(raw) - {"program", "agencies", "units", "feeds", "cast"})
    if unknown:
        raise CastInvalid(f"Unknown section {unknown[0]!r} in the cast.")
    cast = Cast(
        program=_only(CastProgram, raw.get("program", {})),
        agencies=tuple(_only(CastAgency, row) for row in raw.get("agencies", [])),
        units=tuple(_only(CastUnit, row) for row in raw.get("units", [])),
        feeds=tuple(_only(CastFeed, row) for row in raw.get("feeds", [])),
        players=tuple(_only(Player, row) for row in raw.get("cast", [])),
    )
    _check(cast)
    return cast


def _only(shape: type[T], row: dict[str, object]) -> T:
    wanted = {field.name for field in fields(shape)}
    if set(row) != wanted:
        odd = sorted(set(row) ^ wanted)[0]
        raise CastInvalid(f"{shape.__name__} in the cast: {odd!r} is missing or unknown.")
    return shape(**{key: str(value) for key, value in row.items()})


def _check(cast: Cast) -> None:
    agencies = {agency.code for agency in cast.agencies}
    callsigns = {unit.callsign for unit in cast.units}
    _among("agency kind", (agency.kind for agency in cast.agencies), AGENCY_KINDS)
    _among("unit kind", (unit.kind for unit in cast.units), UNIT_KINDS)
    _among("feed mode", (feed.mode for feed in cast.feeds), FEED_MODES)
    _among("role", (player.role for player in cast.players), ROLES)
    _among("agency", (unit.agency for unit in cast.units), agencies)
    _among("agency", (feed.agency for feed in cast.feeds), agencies)
    _among("agency", (player.agency for player in cast.players), agencies)
    _among("unit", (player.unit for player in cast.players), callsigns | {""})
    # One account, one role: this is also what keeps the two custodians apart.
    _once("persona", (player.persona for player in cast.players))
    _once("username", (player.username for player in cast.players))
    _once("short name", (player.short_name for player in cast.players))
    _once("callsign", (unit.callsign for unit in cast.units))
    _once("agency code", (agency.code for agency in cast.agencies))
    _once("feed", (feed.source for feed in cast.feeds))


def _among(what: str, values: Iterable[str], allowed: Iterable[str]) -> None:
    known = set(allowed)
    for value in values:
        if value not in known:
            raise CastInvalid(f"Unknown {what} {value!r} in the cast.")


def _once(what: str, values: Iterable[str]) -> None:
    seen: set[str] = set()
    for value in values:
        if value in seen:
            raise CastInvalid(f"The {what} {value!r} stands twice in the cast.")
        seen.add(value)
