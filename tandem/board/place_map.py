"""The map beside a desk: open calls at the points they were given, on the program's own lines."""

from __future__ import annotations

import functools
import json
import uuid
from collections import defaultdict
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.urls import reverse

from tandem.board.facts import number_of, program
from tandem.calls.models import Call
from tandem.calls.precision import precision_of
from tandem.dispatch.models import Member, Response, UnitMember
from tandem.dispatch.states import ENDED
from tandem.identity.chrome import timer
from tandem.intake.models import WorkerRequest
from tandem.intake.states import RUNNING
from tandem.kernel.instance import checkout
from tandem.kernel.jurisdictions import below
from tandem.kernel.shapes import DeskMap, MapPoint, MapPost
from tandem.kernel.tiles import TilesUnreadable, facts_of, tile_of
from tandem.storage.standing import Standing

MOST = 600
VECTOR = (".mvt", ".pbf")  # how the address of a server of vector tiles ends
_FURTHEST = ("on_scene", "at_address", "staged", "remote_support", "en_route", "acknowledged")


def map_of(standing: Standing, at: datetime) -> DeskMap:
    """Every open call that this desk may see, by number; no point is made up."""
    crews: dict[uuid.UUID, list[Member]] = defaultdict(list)
    members = Member.objects.visible_to(standing).filter(response__ended_at=None)
    members = members.exclude(state__in=ENDED).select_related("response")
    for member in members.order_by("response__callsign", "pk"):
        if member.response.call_id and (standing.role == "TC" or member.side == "county"):
            crews[member.response.call_id].append(member)
    calls = Call.objects.visible_to(standing).filter(state="open", history=False)
    if standing.role != "TC":
        # A crisis desk's map is of its own workers and of what dispatch asks.
        asked = WorkerRequest.objects.visible_to(standing).filter(state__in=list(RUNNING))
        calls = calls.filter(pk__in=[*crews, *asked.values_list("call_id", flat=True)])
    shown = map_frame()
    shown.points = [
        _point(call, crews.get(call.pk, []), standing, at)
        for call in calls.order_by("number")[:MOST]
    ]
    shown.posts = _posts(standing)
    return shown


def map_frame() -> DeskMap:
    """What the map is drawn on: the program's own lines, and the tiles that its file names."""
    facts = program().map
    shown = DeskMap(
        map_url=reverse("board:map"),
        ground_url=reverse("board:map_ground"),
        tiles=facts.tiles,
        credit=facts.credit,
        kind="vector" if urlsplit(facts.tiles).path.endswith(VECTOR) else "raster",
    )
    if not facts.pmtiles:
        return shown
    try:
        held = facts_of(below(checkout(), facts.pmtiles))
    except TilesUnreadable:
        shown.unreadable = True
        return shown
    shown.tiles = f"{shown.map_url}tiles/{{z}}/{{x}}/{{y}}.mvt"
    shown.kind, shown.credit = "vector", facts.credit or held.credit
    shown.zooms, shown.bounds = (held.least, held.most), held.bounds
    return shown


def map_tile(z: int, x: int, y: int) -> tuple[bytes, bool]:
    """One tile of the file that the program names, and whether it is packed.

    What the file does not draw is an empty tile, and all are without a file. Raises TilesUnreadable
    for a broken one.
    """
    named = program().map.pmtiles
    if not named:
        return b"", False
    path = below(checkout(), named)
    return tile_of(path, z, x, y) or b"", facts_of(path).packed


def _point(call: Call, crew: list[Member], standing: Standing, at: datetime) -> MapPoint:
    state, since = "received", call.received_at
    if crew:
        lead = min(crew, key=lambda one: (_rank(one.state), one.state_at))
        state, since = lead.state, lead.state_at
    return MapPoint(
        key=str(call.pk),
        number=number_of(call.number),
        place=call.place,
        state=state,
        lat=call.lat,
        lon=call.lon,
        units=list(dict.fromkeys(member.response.callsign for member in crew)),
        timer=timer(since, now=at),
        url=f"{reverse('board:desk')}?call={call.pk}" if standing.role == "TC" else "",
        precision=precision_of(call.place, call.area),
    )


def _posts(standing: Standing) -> list[MapPost]:
    """The duty posts of units that somebody signed on to and nobody sent: dispatch reads those of
    officers and pairs, a crisis desk those of its own people."""
    on = UnitMember.objects.visible_to(standing).filter(off_at=None)
    if standing.role != "TC":
        on = on.filter(side="county")
    busy = Response.objects.visible_to(standing).filter(ended_at=None, split_at=None)
    free = set(on.values_list("callsign", flat=True)) - set(busy.values_list("callsign", flat=True))
    return [
        MapPost(unit.callsign, unit.post, *(unit.post_at or (None, None)))
        for unit in sorted(program().units, key=lambda one: one.callsign)
        if unit.post and unit.callsign in free
    ]


def _rank(state: str) -> int:
    return _FURTHEST.index(state) if state in _FURTHEST else len(_FURTHEST)


def map_ground() -> bytes:
    """Boundaries and streets of the program's files, as one GeoJSON; nothing from anywhere else."""
    facts = program()
    named = [("boundary", place.boundary) for place in facts.jurisdictions.places]
    named.append(("street", facts.map.streets))
    files = tuple((kind, below(checkout(), name)) for kind, name in named if name)
    changed = tuple(path.stat().st_mtime_ns if path.is_file() else 0 for _kind, path in files)
    return _ground(files, changed)


@functools.lru_cache(maxsize=4)
def _ground(files: tuple[tuple[str, Path], ...], changed: tuple[int, ...]) -> bytes:
    features: list[dict[str, Any]] = []
    for (kind, path), there in zip(files, changed, strict=True):
        if not there:
            continue
        try:
            read = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue  # the program's file was refused with it; one that broke later draws nothing
        found = read.get("features", [read]) if isinstance(read, dict) else []
        features += [
            {"type": "Feature", "properties": {"kind": kind}, "geometry": one["geometry"]}
            for one in found
            if isinstance(one, dict) and isinstance(one.get("geometry"), dict)
        ]
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()
