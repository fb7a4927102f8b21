"""The first report of the own side: page, file and print."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from tandem.board.report import as_csv, joint_csv, joint_page, report_page
from tandem.board.views.common import carried_out, day_of
from tandem.encounters.joint import joint_report
from tandem.encounters.releasing import quarter_end, quarter_of
from tandem.identity.chrome import moment_of, page
from tandem.identity.middleware import StaffRequest, by_acts, doing_of, for_roles
from tandem.kernel.refusals import NotFound
from tandem.kernel.shapes import Sentence
from tandem.reviews.report import whole_report
from tandem.reviews.services import print_report
from tandem.storage.standing import opened

PERIOD, YEARS = timedelta(days=90), timedelta(days=2 * 366)


def _period(request: StaffRequest) -> tuple[date, date, bool]:
    """From when to when, and whether the two had to be turned round."""
    today = timezone.localdate()
    start = day_of(request.GET.get("from", ""), today - PERIOD)
    end = day_of(request.GET.get("to", ""), today)
    return min(start, end), max(start, end), end < start


@for_roles("PO", "CRU", "MCW", "SUP", "PRVP", "PRVC")
@require_GET
def report(request: StaffRequest) -> HttpResponseBase:
    """Encounters of the own side counted by axis and value, unknown included."""
    standing, now = request.signed.standing, timezone.now()
    start, end, turned = _period(request)
    counted = whole_report(standing, start, end, at=now)
    if request.GET.get("format") == "csv":
        return as_csv(counted)
    words = _("The period was turned round: its end came before its start.")
    sentence = Sentence(words) if turned else None
    shown = report_page(standing, counted, start, end, at=now)
    return page(request, "pages/report_first.html", "report", report=shown, sentence=sentence)


@for_roles("AN", "CH")
@require_GET
def joint(request: StaffRequest) -> HttpResponseBase:
    """Quarters as both sides released them, small numbers hidden."""
    end = day_of(request.GET.get("to", ""), timezone.localdate())
    start = day_of(request.GET.get("from", ""), end - YEARS)
    told = joint_report(request.signed.standing, min(start, end), max(start, end))
    if request.GET.get("format") == "csv":
        return joint_csv(told)
    return page(request, "pages/report_joint.html", "report_joint", joint=joint_page(told))


@for_roles("PO", "CRU", "MCW", "SUP", "PRVP", "PRVC")
@by_acts
@require_http_methods(["GET", "POST"])
def report_print(request: StaffRequest) -> HttpResponseBase:
    """One page to look at; the act that counts is the press of its button."""
    signed, now = request.signed, timezone.now()
    start, end, _turned = _period(request)
    sentence = None
    if request.method == "POST":
        sentence = carried_out(lambda: print_report(doing_of(request), start, end))
    with opened():
        counted = whole_report(signed.standing, start, end, at=now)
    shown = report_page(signed.standing, counted, start, end, at=now)
    if request.method == "POST" and sentence is None:
        shown.printed_by = signed.short_name
    more: dict[str, Any] = {"report": shown, "refusal": sentence}
    return page(
        request, "pages/print_report.html", "report", status=409 if sentence else 200, **more
    )


@for_roles("AN", "CH")
@by_acts
@require_http_methods(["GET", "POST"])
def joint_print(request: StaffRequest) -> HttpResponseBase:
    """One quarter on one page; the act that counts is the press of its button."""
    signed = request.signed
    start = quarter_of(day_of(request.GET.get("from", ""), timezone.localdate()))
    end = quarter_end(start) - timedelta(days=1)
    with opened():
        told = joint_report(signed.standing, start, end)
    sentence = None
    if request.method == "POST":
        if not told["quarters"]:
            raise NotFound
        sentence = carried_out(lambda: print_report(doing_of(request), start, end))
    shown = joint_page(told)
    shown.read_at = moment_of(timezone.now())
    if request.method == "POST" and sentence is None:
        shown.printed_by = signed.short_name
    more: dict[str, Any] = {"joint": shown, "refusal": sentence}
    return page(
        request, "pages/print_joint.html", "report_joint", status=409 if sentence else 200, **more
    )
