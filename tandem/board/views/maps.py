"""The page on which an administrator builds a map from a sample file by pointing at columns.

The sample is kept sealed for an hour; the key to it stands on the administrator's page alone.
"""

from __future__ import annotations

import uuid

from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from tandem.board.facts import program
from tandem.board.map_codes import asked_codes, meanings_of
from tandem.board.map_words import in_words
from tandem.board.views.common import carried_out
from tandem.identity.chrome import page, say
from tandem.identity.middleware import StaffRequest, by_acts, doing_of, for_roles
from tandem.interop.cad.files.rows import Wanted, refusal_of
from tandem.interop.cad.files.samples import Given, forget_sample, keep_sample, open_sample
from tandem.interop.cad.files.services import keep_built_map
from tandem.interop.cad.returns import cut_text
from tandem.kernel.instance import Instance
from tandem.kernel.maps import Map, MapError, shipped_maps
from tandem.kernel.maps.builder import (
    CHOICES,
    MOST_SHOWN,
    Pointed,
    Trial,
    checked,
    read_sample,
    text_of,
    try_out,
    write_map,
)
from tandem.kernel.maps.format import kept_maps
from tandem.kernel.shapes import (
    MapBuilder,
    MapColumn,
    MapReject,
    MapRow,
    MapTrial,
    Option,
    Sentence,
)

_LONGEST_VALUE = 60
_LONGEST_READ = 2_000
_SAMPLES = 3


def _choices() -> list[Option]:
    """What a column can be, in words."""
    words = {
        "": _("Not read"),
        "key": _("Number of the call"),
        "sequence": _("Revision number"),
        "remark": _("Remarks (police only)"),
        "time:occurred": _("Time it occurred"),
        "time:received": _("Time received"),
        "time:dispatched": _("Time dispatched"),
        "time:en_route": _("Time en route"),
        "time:on_scene": _("Time on scene"),
        "time:contact": _("Time of contact"),
        "time:cleared": _("Time cleared"),
        "time:updated": _("Time of the last change"),
        "column:call_type": _("Type of call"),
        "column:call_type_text": _("Type in plain words"),
        "column:priority": _("Priority"),
        "column:status": _("Open or closed"),
        "column:channel": _("Channel"),
        "column:location": _("Place"),
        "column:lat": _("Latitude"),
        "column:lon": _("Longitude"),
        "column:area": _("Area or beat"),
        "column:jurisdiction": _("Jurisdiction: whose ground it is on"),
        "column:units": _("Units"),
        "column:disposition": _("Disposition"),
        "unit": _("Each row is a unit's status: the unit"),
        "unit_status": _("Each row is a unit's status: the status"),
        "unit_time": _("Each row is a unit's status: its time"),
    }
    return [Option(choice, words[choice]) for choice in CHOICES]


@for_roles("IT")
@by_acts
@require_http_methods(["GET", "POST"])
def maps(request: StaffRequest) -> HttpResponseBase:
    """Give a sample, point at its columns, see what would become of it, keep the map."""
    step = request.POST.get("step", "")
    built = _empty(request)
    sentence = None
    if step == "keep":
        text = request.POST.get("text", "").replace("\r\n", "\n")
        sentence = carried_out(lambda: keep_built_map(doing_of(request), uuid.uuid4(), text=text))
        if sentence is None:
            forget_sample(Instance.find(), request.signed.standing.me)
            return say("board:maps", done=_("Kept. Imports find it by its name."))
    elif request.method == "POST":
        try:
            _fill(request, built, step)
        except MapError as wrong:
            sentence = Sentence(in_words(wrong.args[0]))
    more = {"sentence": sentence} if sentence else {}
    status = 409 if sentence else 200
    return page(request, "pages/maps.html", "maps", status=status, maps=built, **more)


def _empty(request: StaffRequest) -> MapBuilder:
    instance = Instance.find()
    return MapBuilder(
        url=reverse("board:maps"),
        kept=kept_maps(instance),
        shipped=shipped_maps(),
        name=request.POST.get("name", "").strip(),
        zone=request.POST.get("zone", "").strip() or program(timezone.now()).zone.key,
        times=request.POST.get("times", "").strip(),
        choices=_choices(),
    )


def _fill(request: StaffRequest, built: MapBuilder, step: str) -> None:
    """Show the columns of the sample, and after pointing what would become of it."""
    uploaded = request.FILES.get("file")
    instance, me = Instance.find(), request.signed.standing.me
    if step == "try":
        built.sample_key = request.POST.get("sample_key", "")
        given = open_sample(instance, me, built.sample_key)
    elif uploaded is None:
        raise MapError(_("Choose a file of at most 2 MB: the first part of an export is enough."))
    else:
        given = Given(*text_of(uploaded.read()))
    sample = read_sample(given.text)
    if step != "try":
        built.sample_key = keep_sample(instance, me, given)
    choices = {
        column: request.POST.get(f"c{place}", "") for place, column in enumerate(sample.head)
    }
    built.is_part, built.rows = given.is_part, len(sample.rows)
    built.columns = [
        MapColumn(
            f"c{place}",
            column,
            _samples(sample.values(column)),
            choices[column],
        )
        for place, column in enumerate(sample.head)
    ]
    if step == "try":
        built.codes = asked_codes(sample, choices, request.POST)
        codes = meanings_of(built.codes)
        pointed = Pointed(built.name, built.zone, choices, built.times, codes)
        text = write_map(sample, pointed)
        source_map = checked(text)
        wanted = Wanted(timezone.now())
        trial = try_out(sample, source_map, lambda row: refusal_of(row, source_map, wanted))
        built.trial = _shown(trial, source_map)
        built.text = text


def _samples(values: list[str]) -> list[str]:
    """The first cells of a column; a return of a criminal-justice query is shown to nobody."""
    kept = (cut_text(value[:_LONGEST_READ]).kept.strip() for value in values[:_SAMPLES])
    return [value[:_LONGEST_VALUE] for value in kept if value]


def _shown(trial: Trial, source_map: Map) -> MapTrial:
    rows = [
        MapRow(
            line=row.line,
            at=f"{row.occurred_at.astimezone(source_map.zone):%Y-%m-%d %H:%M}",
            key=row.external_id[:12],
            type=cut_text(row.values.get("call_type", "")).kept,
            place=cut_text(row.values.get("location", "")).kept,
            status=cut_text(row.values.get("status", "")).kept,
        )
        for row in trial.shown[:MOST_SHOWN]
    ]
    return MapTrial(
        rows=trial.rows,
        accepted=trial.accepted,
        rejected=trial.rejected,
        unmapped=trial.unmapped,
        suspect=trial.suspect,
        shown=list(rows),
        rejects=[MapReject(reject.line, in_words(reject.reason)) for reject in trial.rejects],
    )
