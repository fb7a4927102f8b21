"""The signs of criminal-justice returns, read from `return_signs.toml` once, when imported."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

# From this weight on a line is cut.
DECIDES = 3
TOLD_WEIGHS = 3

_FILE: dict[str, Any] = tomllib.loads(
    Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")
)
_PARTS: dict[str, Any] = _FILE["parts"]


def _filled(sign: str) -> str:
    """The sign with the lists that it names."""
    return re.sub(r"<(\w+)>", lambda found: _any_of(_PARTS[found[1]]), sign)


def _any_of(signs: list[str]) -> str:
    return f"(?:{'|'.join(_filled(sign) for sign in signs)})"


class Signs:
    """Signs of one weight, each counted once in a line."""

    def __init__(self, name: str) -> None:
        filled = [_filled(sign) for sign in _FILE[name]]
        self.each = tuple(re.compile(f"(?<![A-Z0-9])(?:{sign})") for sign in filled)
        # Most lines hold none: asked together they cost a tenth of one after the other.
        self._any = re.compile(f"(?<![A-Z0-9])(?:{'|'.join(f'(?:{sign})' for sign in filled)})")

    def count(self, plain: str) -> int:
        """How many of the signs stand in a line as `plainly` makes it."""
        if not self._any.search(plain):
            return 0
        return sum(bool(sign.search(plain)) for sign in self.each)


HARD = re.compile(f"(?<![A-Z0-9]){_any_of(_FILE['decides'])}(?![A-Z])")
# The same for a line from which every blank was taken: there no word stands apart from another.
_LONG_ENOUGH = 5
TIGHT = re.compile(
    "|".join(
        _filled(sign).replace(" ?", " ").replace(" ", "")
        for sign in _FILE["decides"]
        if len(sign) > _LONG_ENOUGH
    )
)
TIGHT_FIELD = re.compile(f"(?:{_PARTS['fields'].replace(' ', '|')})/(?=[A-Z0-9#])")
TIGHT_WORDS = re.compile("|".join(_PARTS["tight"]))
TIGHT_NUMBER = re.compile(_PARTS["tight_number"])
CODED = Signs("coded")
TELLABLE = Signs("told")
HINTS = Signs("hints")
FIELD = re.compile(f"(?<![A-Z0-9])(?:{_PARTS['fields'].replace(' ', '|')})/ ?(?=[A-Z0-9#])")
LABEL = re.compile(
    f"(?<![A-Z0-9])(?:{_PARTS['labels'].replace(' ', '|')})(?: ?NO)? ?[:=] ?(?=[A-Z0-9#$])"
)
TOLD = re.compile(
    f"(?<![A-Z])(?:{_any_of(_PARTS['who'])} (?:[A-Z]+ ){{0,3}}?{_any_of(_PARTS['says'])}"
    f"|PER (?:HIS |HER |THE )?{_any_of(_PARTS['who'])}"
    "|ACCORDING TO|SCAM|GIVEN BY|QUESTION)(?![A-Z])"
)
ERRAND = re.compile(f"(?<![A-Z]){_any_of(_PARTS['errands'])}")
MAYBE = tuple(_FILE["maybe"].split())
NUMBERED = re.compile(r"[A-Z]\d{3}[- ]?\d{4}|\d\d[- ]?(?:CF|CM|JV|TR|CT)[- ]?\d{3}")
