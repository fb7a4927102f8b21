"""An instrument with its words as a form to fill in, and its answers as replies to score."""

from __future__ import annotations

from tandem.forms.answering import Answers
from tandem.forms.definition import Condition, Definition, Item, Option
from tandem.forms.instruments import (
    AUDIT_C_MEN,
    AUDIT_C_WOMEN,
    DECLINED,
    INSTRUMENTS,
    Instrument,
    Replies,
    Reply,
    Result,
    Setting,
)
from tandem.forms.packs import TextPack

INSTRUMENT_URL = "urn:tandem:instrument:"
LOINC = "http://loinc.org"
REVERSED_CODE = "urn:tandem:form:reversed"
MODE, THRESHOLD, REVERSED = "mode", "threshold", "wording"
# When a question is asked at all: the C-SSRS Screener's own order.
_FOLLOWS = {
    "c-ssrs-screener": {"3": ("2", "1"), "4": ("2", "1"), "5": ("2", "1"), "6b": ("6", "1")},
}


def instrument_of(url: str) -> Instrument | None:
    """The instrument behind a form's address, if it is one."""
    return INSTRUMENTS.get(url.removeprefix(INSTRUMENT_URL)) if _is_one(url) else None


def _is_one(url: str) -> bool:
    return url.startswith(INSTRUMENT_URL)


def form_of(pack: TextPack) -> Definition:
    """The form: how it is asked, what decides how it is read, and each question in order."""
    instrument = pack.instrument
    items = [_mode()]
    if instrument.code == "audit-c":
        items.append(_threshold())
    if pack.reversed_items:
        items.append(_reversed(pack))
    if pack.intro:
        items.append(Item("intro", "display", pack.intro))
    items += [_question(pack, one.id, one.loinc) for one in instrument.questions]
    items.append(Item("notice", "display", pack.license.notice))
    return Definition(
        url=f"{INSTRUMENT_URL}{instrument.code}",
        # A number of the file's own bytes: other words are another version.
        version=f"1.{int(pack.version[:8], 16)}",
        title=instrument.title + (" · placeholder words, not for use" if pack.placeholder else ""),
        status="active",
        date=pack.effective.isoformat(),
        publisher=pack.license.holder,
        description=pack.edition,
        copyright=pack.license.terms,
        items=tuple(items),
    )


def _mode() -> Item:
    return Item(
        MODE,
        "choice",
        "How it was asked",
        "Cómo se preguntó",
        options=(
            Option("interview", "Read aloud by staff", "Leído por el personal"),
            Option("self", "Filled in by the person", "Respondido por la persona"),
        ),
    )


def _threshold() -> Item:
    return Item(
        THRESHOLD,
        "choice",
        "Which threshold applies",
        "Qué umbral se aplica",
        options=(
            Option("women", "For women: 3", "Para mujeres: 3"),
            Option("men", "For men: 4", "Para hombres: 4"),
        ),
    )


def _reversed(pack: TextPack) -> Item:
    named = ", ".join(sorted(pack.reversed_items))
    return Item(
        REVERSED,
        "display",
        f"In this wording, question {named} counts a no.",
        f"En esta redacción, la pregunta {named} cuenta el no.",
        # Kept with the version, so that an old result is read as it was meant.
        codes=tuple((REVERSED_CODE, question_id) for question_id in sorted(pack.reversed_items)),
    )


def _question(pack: TextPack, question_id: str, loinc: str) -> Item:
    follows = _FOLLOWS.get(pack.instrument.code, {}).get(question_id)
    return Item(
        question_id,
        "choice",
        f"{question_id}. {pack.words[question_id]}",
        required=True,
        options=tuple(
            Option(str(points), words) for points, words in enumerate(pack.answers_to(question_id))
        ),
        conditions=(Condition(follows[0], "=", follows[1]),) if follows else (),
        codes=((LOINC, loinc),) if loinc else (),
    )


def read_result(definition: Definition, answers: Answers) -> Result | None:
    """What the answers to an instrument's form say; None where the form is no instrument."""
    instrument = instrument_of(definition.url)
    if instrument is None:
        return None
    return instrument.score(_replies(instrument, answers), _setting(definition, answers))


def _replies(instrument: Instrument, answers: Answers) -> Replies:
    replies: dict[str, Reply] = {}
    for question in instrument.questions:
        answer = answers.get(question.id)
        if answer is not None and answer.values:
            replies[question.id] = int(str(answer.values[0]))
        elif answer is not None and answer.absent == "asked-declined":
            replies[question.id] = DECLINED
    return replies


def _setting(definition: Definition, answers: Answers) -> Setting:
    chosen = answers.get(THRESHOLD)
    floor = None
    if chosen is not None and chosen.values:
        floor = {"women": AUDIT_C_WOMEN, "men": AUDIT_C_MEN}[str(chosen.values[0])]
    turned = definition.by_id().get(REVERSED)
    ids = {code for system, code in turned.codes if system == REVERSED_CODE} if turned else set()
    return Setting(reversed_items=frozenset(ids), positive_from=floor)
