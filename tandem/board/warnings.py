"""How a reported hazard is drawn on a board, a card and a page."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from tandem.cautions.models import HazardReport
from tandem.identity.chrome import moment_of
from tandem.kernel.shapes import Hazard

_SHORT = 40


def hazard_shape(report: HazardReport, at: datetime) -> Hazard:
    """The words as given, who reported them, and how old they are."""
    by = report.by_name
    if report.said_by:
        by = _("%(who)s, told by %(said)s") % {"who": report.by_name, "said": report.said_by}
    age = max(0, int((at - report.at).total_seconds() // 60))
    return Hazard(words=report.words, by=by, at=moment_of(report.at), age_minutes=age)


def shortened(words: str) -> str:
    """For a row: the beginning, and a sign that there is more."""
    line = " ".join(words.split())
    return line if len(line) <= _SHORT else f"{line[: _SHORT - 1]}…"
