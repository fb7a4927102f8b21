"""What the reader of files says, in the language of a page; files and consoles keep it English."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from tandem.kernel.maps.saying import Saying

# The sentences as the reader writes them, here so that the catalogs know them.
OWN_WORDS = (
    # Why a row would be rejected.
    gettext_noop("The record does not end: a quote is not closed, or it is too long."),
    gettext_noop("The file ends inside a quote."),
    gettext_noop("%(cells)s cells where the head line has %(columns)s."),
    gettext_noop("No time: %(columns)s is blank."),
    gettext_noop("%(column)s: not written as the map says."),
    gettext_noop("%(column)s: outside the calendar."),
    gettext_noop("%(column)s: a time that never existed there."),
    gettext_noop("%(column)s: an hour that happened twice."),
    gettext_noop("No key: the column %(column)r is blank."),
    gettext_noop("No key: the column %(column)r names none."),
    gettext_noop("The key is longer than %(most)s characters."),
    gettext_noop("The sequence in %(column)r is not a whole number."),
    gettext_noop("%(time)s: the year %(year)s lies ahead"),
    gettext_noop("%(time)s: the year %(year)s lies before %(first)s"),
    gettext_noop("%(place)s: %(why)s"),
    gettext_noop("a NUL character cannot be stored"),
    gettext_noop("looks like the return of a criminal-justice query"),
    gettext_noop("Input should lie between 1970 and 2199"),
    gettext_noop("String should have at most 120 characters"),
    gettext_noop("String should have at most 200 characters"),
    gettext_noop("String should have at most 60 characters"),
    gettext_noop("String should have at most 40 characters"),
    gettext_noop("String should have at most 30 characters"),
    # Why a sample cannot be used.
    gettext_noop("The file cannot be read: its .gz archive is damaged."),
    gettext_noop("The file cannot be read: %(why)s."),
    gettext_noop("it is an Excel workbook or a ZIP archive: save the table as CSV"),
    gettext_noop("it is an old Excel workbook: save the table as CSV"),
    gettext_noop("it is a PDF document: export the table as CSV"),
    gettext_noop("it is compressed twice: unpack it once"),
    gettext_noop("it is compressed by bzip2: unpack it, or compress it by gzip"),
    gettext_noop("it is compressed by xz: unpack it, or compress it by gzip"),
    gettext_noop("it is a 7-Zip archive: unpack it, or compress it by gzip"),
    gettext_noop("it is compressed by zstd: unpack it, or compress it by gzip"),
    gettext_noop("it is no text but a binary file"),
    gettext_noop("This is XML: a map is built here from a table."),
    gettext_noop("The sample's first line names no columns."),
    gettext_noop("The sample's first line must name each column once."),
    gettext_noop("Point at one column with a time at least."),
    gettext_noop("No common way of writing a time fits the column %(column)s."),
    gettext_noop("A map's name has small letters, digits and hyphens."),
    gettext_noop("There is no time zone %(zone)r."),
    gettext_noop("The format %(format)r holds no whole date."),
    gettext_noop("A unit's status needs three columns: the unit, its status, and the time."),
    gettext_noop("The sample is not kept any longer. Give it again."),
)


# Our names of times and columns, as the page's choices call them.
_NAMES = {
    "occurred": gettext_noop("Time it occurred"),
    "received": gettext_noop("Time received"),
    "dispatched": gettext_noop("Time dispatched"),
    "en_route": gettext_noop("Time en route"),
    "on_scene": gettext_noop("Time on scene"),
    "contact": gettext_noop("Time of contact"),
    "cleared": gettext_noop("Time cleared"),
    "updated": gettext_noop("Time of the last change"),
    "external_id": gettext_noop("Number of the call"),
    "call_type": gettext_noop("Type of call"),
    "call_type_text": gettext_noop("Type in plain words"),
    "channel": gettext_noop("Channel"),
    "location.text": gettext_noop("Place"),
    "location.area": gettext_noop("Area or beat"),
    "disposition": gettext_noop("Disposition"),
}


def in_words(said: object) -> str:
    """A sentence of the reader in the page's language; the file's own names stay as they are."""
    if not isinstance(said, Saying):
        return _(str(said))
    facts = dict(said.facts)
    if "why" in facts:
        facts["why"] = _(str(facts["why"]))
    for ours in ("time", "place"):
        if ours in facts:
            facts[ours] = _(_NAMES.get(facts[ours], facts[ours]))
    return _(said.words) % facts
