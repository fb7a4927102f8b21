"""Reads the words of an instrument from a pack: a file with its license, refused whole."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from tandem.forms.instruments import INSTRUMENTS, Instrument
from tandem.forms.plain_json import text_fault
from tandem.kernel.instance import Instance, acting_as, service_account
from tandem.kernel.strict_toml import Section, read_document
from tandem.kernel.versions import in_force

FOLDER = Path(__file__).parent / "texts"
MOST_BYTES = 256 * 1024
LONGEST_WORDS = 1_000
# Only where a wording turns a question round does the same instrument need other points.
REVERSIBLE = {"dast-10": frozenset({"3"})}


@dataclass(frozen=True)
class License:
    """Who owns the words, on what terms they may be used, and how that is known."""

    holder: str
    terms: str
    evidence: str
    notice: str
    until: date | None


@dataclass(frozen=True)
class TextPack:
    """The words of one instrument in one language."""

    instrument: Instrument
    language: str
    edition: str
    effective: date
    version: str  # SHA-256 of the file
    license: License
    intro: str
    answers: tuple[str, ...]  # for 0 points, 1 point, and so on, unless a question has its own
    words: dict[str, str]
    own_answers: dict[str, tuple[str, ...]]
    reversed_items: frozenset[str]
    placeholder: bool

    def answers_to(self, question_id: str) -> tuple[str, ...]:
        """The words for 0 points and up of one question."""
        return self.own_answers.get(question_id, self.answers)

    @property
    def shelf(self) -> str:
        """Where loaded versions are kept in the data folder."""
        return shelf_of(self.instrument.code, self.language)


def shelf_of(code: str, language: str) -> str:
    """The shelf of one instrument's words in one language."""
    return f"texts/{code}/{language}"


def parse_pack(raw: bytes) -> TextPack:
    """One pack, whole; FileRefused tells every fault with its line."""
    document = read_document(raw[: MOST_BYTES + 1])
    if len(raw) > MOST_BYTES:
        document.fault((), f"The file is longer than {MOST_BYTES:,} bytes.")
    root = document.root()
    root.number("version", low=1, high=1)
    instrument = INSTRUMENTS.get(root.text("instrument", of=INSTRUMENTS), INSTRUMENTS["phq-9"])
    language = root.text("language", of=("en", "es"))
    edition = root.text("edition")
    effective = root.day("effective")
    placeholder = root.flag("placeholder", False)
    intro = _plain(root, "intro", root.text("intro", ""))
    answers = root.texts("answers")
    held = _license(root.section("license"))
    words, own = _questions(root, instrument, answers)
    turned = root.texts("reversed", ())
    for question_id in set(turned) - REVERSIBLE.get(instrument.code, frozenset()):
        root.fault(f"Question {question_id!r} of {instrument.code} has one wording.", "reversed")
    root.close()
    document.refuse_if_faulty()
    return TextPack(
        instrument,
        language,
        edition,
        effective,
        document.version,
        held,
        intro,
        answers,
        words,
        own,
        frozenset(turned),
        placeholder,
    )


def _license(section: Section) -> License:
    held = License(
        holder=section.text("holder"),
        terms=section.text("terms"),
        evidence=section.text("evidence"),
        notice=_plain(section, "notice", section.text("notice")),
        until=section.day_or_none("until"),
    )
    section.close()
    return held


def _questions(
    root: Section, instrument: Instrument, answers: tuple[str, ...]
) -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    known = {question.id: question for question in instrument.questions}
    words: dict[str, str] = {}
    own: dict[str, tuple[str, ...]] = {}
    for section in root.sections("questions"):
        question_id = section.text("id", of=known)
        if question_id in words:
            section.fault(f"Question {question_id!r} stands twice.", "id")
        words[question_id] = _plain(section, "text", section.text("text"))
        if "answers" in section:
            own[question_id] = section.texts("answers")
        offered = own.get(question_id, answers)
        if question_id in known and len(offered) != known[question_id].most + 1:
            section.fault(
                f"Question {question_id!r} needs {known[question_id].most + 1} answers,"
                f" for 0 to {known[question_id].most} points."
            )
        for answer in offered:
            _plain(section, "answers", answer)
        section.close()
    missing = [question_id for question_id in known if question_id not in words]
    if missing:
        root.fault(f"The words of these questions are missing: {', '.join(missing)}.", "questions")
    return words, own


def _plain(section: Section, key: str, text: str) -> str:
    wrong = text_fault(text, LONGEST_WORDS) if text else ""
    if wrong:
        section.fault(f"`{key}` {wrong}.", key)
    return text


@cache
def shipped_packs() -> dict[tuple[str, str], TextPack]:
    """The words that ship, by instrument and language: only where the license clearly allows."""
    packs = [parse_pack(path.read_bytes()) for path in sorted(FOLDER.glob("*.toml"))]
    return {(pack.instrument.code, pack.language): pack for pack in packs}


def pack_in_force(instance: Instance, code: str, language: str, on: date) -> TextPack | None:
    """The words that hold on a day: the county's own before those that ship, none if run out."""
    stored = in_force(instance, shelf_of(code, language), on)
    if stored is None:
        return shipped_packs().get((code, language))
    with acting_as(service_account()):
        pack = parse_pack(stored.path.read_bytes())
    return None if pack.license.until is not None and pack.license.until < on else pack
