"""The wall: calls by number, age and team, and nothing that a visitor in the room may not read."""

from __future__ import annotations

from django.http.response import HttpResponseBase
from django.views.decorators.http import require_GET

from tandem.board.queries import desk_of
from tandem.board.views.common import unless_shown
from tandem.identity.chrome import fragment, page
from tandem.identity.middleware import StaffRequest, by_stream, for_roles
from tandem.kernel.shapes import Wall, WallLine
from tandem.storage.standing import Standing


def wall_of(standing: Standing) -> Wall:
    """Number, age, team and state of each open call: no place, name, type or remark is in it."""
    desk = desk_of(standing)
    lines = [
        WallLine(row.key, row.number, row.timer, row.units, row.state)
        for row in (*desk.pending, *desk.active)
    ]
    late = [line for line in lines if line.is_overdue]
    return Wall(overdue=late, rest=[line for line in lines if not line.is_overdue])


@for_roles("TC")
@require_GET
def wall(request: StaffRequest) -> HttpResponseBase:
    """The whole wall."""
    return page(request, "pages/wall.html", "wall", wall=wall_of(request.signed.standing))


@for_roles("TC")
@by_stream
@require_GET
def wall_list(request: StaffRequest) -> HttpResponseBase:
    """Its two columns alone."""
    shown = wall_of(request.signed.standing)
    return unless_shown(request, fragment(request, "fragments/_wall.html", wall=shown))
