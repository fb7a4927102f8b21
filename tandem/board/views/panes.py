"""The panes of a desk: how one person wants them, and the two that look back."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_GET, require_POST

from tandem.board.lately import lately_of
from tandem.board.place_map import map_frame, map_ground, map_of, map_tile
from tandem.board.views.common import unless_shown
from tandem.identity.chrome import fragment
from tandem.identity.desk_views import DeskView, changed, desk_of_role, keep_view, read_view
from tandem.identity.middleware import StaffRequest, by_acts, by_stream, for_roles
from tandem.kernel.shapes import DeskMap, Lately, Panes
from tandem.kernel.tiles import TilesUnreadable

_LATELY = ("closed", "activity")
_DESK_PAGES = {"dispatch": "board:desk", "crisis": "board:crisis"}


def view_of(request: StaffRequest) -> DeskView:
    """How who is signed in wants their desk."""
    return read_view(request.signed.desk_views, desk_of_role(request.signed.standing.role))


def panes_of(request: StaffRequest, *, selected: str = "") -> Panes:
    """The same for a template; a pane that the address names is the one drawn."""
    view = view_of(request)
    asked = request.GET.get("pane", "")
    drawn = asked if asked in view.side else "detail" if selected else _first(view)
    shown = [name for name in view.order if name in view.shown or name == asked]
    return Panes(
        lists=list(view.lists),
        side=list(view.side),
        shown=shown,
        may_fold=list(view.may_fold),
        density=view.density,
        drawn=drawn,
        view_url=reverse("board:view"),
        lately_url=reverse("board:lately"),
    )


def _first(view: DeskView) -> str:
    """What a desk without an open call shows first: who could be sent."""
    return "units" if view.desk == "dispatch" else "workers"


def lately_drawn(request: StaffRequest, panes: Panes) -> Lately:
    """What the page itself holds of the two panes that look back: only what stands open."""
    wanted = [name for name in _LATELY if name in panes.shown]
    return lately_of(request.signed.standing, wanted, timezone.now())


def map_drawn(request: StaffRequest, panes: Panes) -> DeskMap:
    """The map's frame; its points only where it stands open."""
    if "map" in panes.shown:
        return map_of(request.signed.standing, timezone.now())
    return map_frame()


def open_to_tiles(response: HttpResponseBase, shown: DeskMap) -> HttpResponseBase:
    """Let the page ask the tile server that the program's file names, and no other."""
    server = urlsplit(shown.tiles)
    if server.netloc:
        # django-csp reads it; without a tile server the page asks nobody but us.
        update = {"connect-src": [f"{server.scheme}://{server.netloc}"]}
        response._csp_update = update  # type: ignore[attr-defined]
    return response


@for_roles("TC", "MCW", "SUP")
@by_stream
@require_GET
@gzip_page
def place_map(request: StaffRequest) -> HttpResponseBase:
    """The map's table, from which the map draws its points."""
    shown = map_of(request.signed.standing, timezone.now())
    return unless_shown(request, fragment(request, "fragments/_map.html", map=shown))


@for_roles("TC", "MCW", "SUP")
@require_GET
@gzip_page
def ground(request: StaffRequest) -> HttpResponseBase:
    """What lies below the points: the program's own lines."""
    return HttpResponse(map_ground(), content_type="application/geo+json")


@for_roles("TC", "MCW", "SUP")
@by_stream
@require_GET
def tile(request: StaffRequest, z: int, x: int, y: int) -> HttpResponseBase:
    """One tile of the one file that the program names; no address reaches another file."""
    try:
        body, packed = map_tile(z, x, y)
    except TilesUnreadable:
        return HttpResponse(status=503)  # the desk says so in words when it is drawn anew
    response = HttpResponse(body, content_type="application/vnd.mapbox-vector-tile")
    if packed and body:
        response.headers["Content-Encoding"] = "gzip"
    return response


@for_roles("TC", "MCW", "SUP")
@by_stream
@require_GET
@gzip_page
def lately(request: StaffRequest) -> HttpResponseBase:
    """The panes that look back and were opened."""
    asked = request.GET.get("regions", "").split(",")
    wanted = [name for name in _LATELY if name in asked] or list(_LATELY)
    shown = lately_of(request.signed.standing, wanted, timezone.now())
    drawn = fragment(
        request, "fragments/_lately.html", lately=shown, lately_url=request.path, wanted=wanted
    )
    return unless_shown(request, drawn)


@for_roles("TC", "MCW", "SUP")
@by_acts
@require_POST
def view(request: StaffRequest) -> HttpResponseBase:
    """Keep one change of density or panes with the account; no record knows of it."""
    signed, now = request.signed, view_of(request)
    asked = {name: word for name, word in request.POST.items() if isinstance(word, str)}
    keep_view(signed.account_id, signed.desk_views, changed(now, asked))
    return redirect(f"{reverse(_DESK_PAGES[now.desk])}")
