"""A center's own codes, laid over the table that ships: the same number means other things."""

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from tandem.triage.reader.lexicon import LexiconError, checked_codes, shipped


@dataclass(frozen=True, slots=True)
class CodeTable:
    """Codes in lower case, each with the cue or the safety cues that it stands for."""

    name: str
    codes: dict[str, dict[str, Any]]

    @classmethod
    def shipped(cls) -> "CodeTable":
        """The table that ships with the reader."""
        return _shipped()

    @classmethod
    def load(cls, path: Path) -> "CodeTable":
        """A center's TOML file over the shipped table; `off = true` takes a code out.

        Raises LexiconError with one sentence for a file that cannot be read or used.
        """
        try:
            document = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise LexiconError(
                f"The code table {path.name} cannot be read ({error}); nothing was changed: it"
                " must be a TOML file in UTF-8."
            ) from None
        return cls.over_shipped(str(document.get("name", path.stem)), document, path.name)

    @classmethod
    def over_shipped(cls, name: str, document: dict[str, Any], source: str) -> "CodeTable":
        """The codes of a parsed document over the shipped ones."""
        codes = {**cls.shipped().codes, **checked_codes(document, source)}
        kept = {code: entry for code, entry in codes.items() if entry.get("off") is not True}
        return cls(name, kept)


@lru_cache(maxsize=1)
def _shipped() -> CodeTable:
    return CodeTable("shipped", shipped().codes)
