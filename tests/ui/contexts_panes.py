"""Invented panes that look back: what ended and what happened at either desk."""

from __future__ import annotations

from typing import Any

from .contexts import moment, s

SIDES = {"dispatch": ["detail", "units", "requests"], "crisis": ["workers"]}
LISTS = {"dispatch": ["pending", "active"], "crisis": ["asked", "callers", "contacts"]}


def put_away(desk: str) -> Any:
    """Every pane in its order; the two that look back are not open."""
    side = [*SIDES[desk], "map", "closed", "activity"]
    away = [name for name in side if name != "detail"]
    return s.Panes(
        LISTS[desk],
        side,
        SIDES[desk],
        away,
        drawn=side[0],
        view_url="/view",
        lately_url="/lately",
    )


def looking_back(desk: str) -> tuple[Any, Any]:
    """Every pane in its order, the two that look back open."""
    panes = put_away(desk)
    panes.shown, panes.drawn = panes.side, "activity"
    happened = [
        s.CallEvent(moment("02:13:33"), "en_route", unit="2B25", by="T. Brandvold", known="radio"),
        s.CallEvent(moment("02:12:50"), "worker_asked", by="T. Brandvold"),
        s.CallEvent(moment("02:10:02"), "cleared", unit="2B18", by="T. Brandvold", odd=True),
    ]
    closed = s.ClosedLine("0398", "Fight, ended", "Copeland Park", moment("02:01:10"), url="/c")
    contact = s.ClosedLine(
        "0006", "crisis_line", "", moment("01:58:00"), url="/k", who="M. Lindqvist"
    )
    lately = s.Lately(
        [closed if desk == "dispatch" else contact],
        [s.ActivityLine("0417", event, url="/desk") for event in happened],
    )
    return panes, lately


def placed() -> Any:
    """A map with a call that nobody is on, one with a unit, and one without a point."""
    urls = {"map_url": "/map", "ground_url": "/static/ui/icon.svg"}
    points = [
        s.MapPoint("k1", "0409", "Gillette St", "triaged", 43.84, -91.25, [], None, url="/c"),
        s.MapPoint("k2", "0391", "Rose St", "on_scene", 43.81, -91.24, ["2B11"], None, url="/c"),
        s.MapPoint("k3", "0421", "", "received", None, None, [], None),
    ]
    for point, precision in zip(points, ("address", "block", "unknown"), strict=True):
        point.precision = precision
    posts = [
        s.MapPost("CRU 1", "Fire Station 4", 43.825, -91.235),
        s.MapPost("2B25", "North Side Neighborhood Center", None, None),
    ]
    return s.DeskMap(points, **urls, posts=posts)
