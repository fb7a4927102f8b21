"""Reads JSON that anybody may have written: bounded, strict, nothing in it that cannot be kept."""

from __future__ import annotations

import json
import re
from typing import Any

from tandem.forms.faults import Fault, FormRefused

# Tags, comments and processing instructions; a "<" before a number or a space is a comparison.
MARKUP = re.compile(r"<[A-Za-z/!?]")
# Control characters, and the marks that make text read in another order than it is written.
UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]"
)


def load_json(raw: bytes, *, most_bytes: int) -> Any:
    """The value of a JSON text; FormRefused names what is wrong with the text itself."""
    if len(raw) > most_bytes:
        raise _refused(
            f"The file is {len(raw):,} bytes; {most_bytes:,} bytes are the most that is read."
        )
    try:
        return json.loads(
            raw.decode("utf-8-sig"), object_pairs_hook=_once, parse_constant=_no_number
        )
    except UnicodeDecodeError:
        raise _refused("This is not UTF-8 text.") from None
    except json.JSONDecodeError as error:
        raise _refused(f"This is not JSON: {error.msg}, line {error.lineno}.") from None
    except RecursionError:
        raise _refused("The file is nested too deep to be read.") from None
    except ValueError as error:  # a number of thousands of digits, and our own below
        said = str(error)
        raise _refused(
            said if said.endswith(".") else "A number in the file is too long."
        ) from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"The key {key[:60]!r} stands twice in one object.")
        found[key] = value
    return found


def _no_number(word: str) -> Any:
    raise ValueError(f"{word} is not a number of JSON.")


def _refused(sentence: str) -> FormRefused:
    return FormRefused([Fault("file", sentence)])


def text_fault(text: str, longest: int) -> str:
    """Why a text cannot be a label, or nothing; the words continue "The … of …"."""
    if not text.strip():
        return "is empty"
    if len(text) > longest:
        return f"has {len(text):,} characters; {longest:,} are the most"
    if MARKUP.search(text):
        return "holds markup; labels are plain words"
    if UNSEEN.search(text):
        return "holds characters that cannot be seen"
    try:
        text.encode()
    except UnicodeEncodeError:
        return "holds half a character"
    return ""
