"""An instrument as a form, a form as JSON and back."""

from __future__ import annotations

import json

import pytest

from tandem.forms.answering import Answer, check_answers
from tandem.forms.asking import form_of, instrument_of, read_result
from tandem.forms.instruments import INSTRUMENTS
from tandem.forms.packs import FOLDER, TextPack, parse_pack, shipped_packs
from tandem.forms.reading import read_document
from tandem.forms.shipped import CODES, shipped_form
from tandem.forms.writing import to_json, to_questionnaire

PACKS = [
    *shipped_packs().values(),
    *[parse_pack(path.read_bytes()) for path in sorted((FOLDER / "samples").glob("*.toml"))],
]
BY_CODE = {pack.instrument.code: pack for pack in PACKS}


@pytest.mark.parametrize("code", CODES)
def test_a_form_is_written_as_it_was_read(code: str) -> None:
    assert read_document(json.loads(to_json(shipped_form(code)))) == shipped_form(code)


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.instrument.code)
def test_an_instrument_is_a_form_that_can_be_kept_and_read_again(pack: TextPack) -> None:
    made = form_of(pack)
    assert instrument_of(made.url) is pack.instrument
    assert read_document(to_questionnaire(made)) == made
    assert check_answers(made, {}).faults == ()


def test_other_words_are_another_version() -> None:
    raw = (FOLDER / "samples" / "audit-c.en.toml").read_text(encoding="utf-8")
    other = parse_pack(raw.replace("question 1", "question one").encode())
    assert form_of(other).version != form_of(BY_CODE["audit-c"]).version


def test_answers_of_the_form_are_scored_as_replies() -> None:
    made = form_of(BY_CODE["phq-9"])
    answers = {str(n): Answer(("1",)) for n in range(1, 10)}
    result = read_result(made, answers)
    assert result is not None
    assert (result.score, result.level, result.critical) == (9, "mild", ("9",))
    declined = read_result(form_of(BY_CODE["asq"]), {"1": Answer(absent="asked-declined")})
    assert declined is not None
    assert declined.level == "non_acute_positive"
    assert read_result(shipped_form("linkage"), {}) is None


def test_the_screener_asks_on_only_after_a_yes() -> None:
    made = form_of(BY_CODE["c-ssrs-screener"])
    checked = check_answers(made, {"1": Answer(("0",)), "2": Answer(("0",)), "6": Answer(("0",))})
    assert checked.missing == ()
    opened = check_answers(made, {"2": Answer(("1",))})
    assert [item.link_id for item in opened.missing] == ["1", "3", "4", "5", "6"]


def test_the_wording_and_the_threshold_are_read_from_the_form() -> None:
    dast = form_of(BY_CODE["dast-10"])
    noes = {one.id: Answer(("0",)) for one in INSTRUMENTS["dast-10"].questions}
    result = read_result(dast, noes)
    assert result is not None
    assert result.score == 1
    audit = form_of(BY_CODE["audit-c"])
    three = {"1": Answer(("3",)), "2": Answer(("0",)), "3": Answer(("0",))}
    levels = []
    for chosen in ("men", "women"):
        read = read_result(audit, {**three, "threshold": Answer((chosen,))})
        levels.append(read.level if read else "")
    assert levels == ["negative", "positive"]
