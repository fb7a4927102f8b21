"""Reads a TOML file strictly: what is unknown, missing or of the wrong kind is said with its line.

A file is taken whole or not at all, so the reader goes on after a fault and lists every one.
"""

import datetime as dt
import hashlib
import re
import tomllib
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

from tandem.kernel.toml_lines import Path, key_lines

T = TypeVar("T")
LONGEST_TEXT = 4000


@dataclass(frozen=True, order=True)
class Fault:
    """One reason why a file is refused; the shape is a contract."""

    line: int
    sentence: str

    def as_json(self) -> dict[str, int | str]:
        return {"line": self.line, "sentence": self.sentence}


class FileRefused(Exception):
    """A settings, law or map file is refused whole."""

    def __init__(self, faults: Collection[Fault]) -> None:
        self.faults = sorted(faults)
        super().__init__(" ".join(f"Line {f.line}: {f.sentence}" for f in self.faults))


@dataclass
class Document:
    """One file: its values, its lines, and what was found wrong in it."""

    values: dict[str, Any]
    lines: dict[Path, int]
    version: str
    faults: set[Fault] = field(default_factory=set)

    def root(self) -> "Section":
        return Section(self, self.values, ())

    def fault(self, path: Path, sentence: str) -> None:
        self.faults.add(Fault(self.line(path), sentence))

    def line(self, path: Path) -> int:
        """The line of a key, or of the nearest thing around it that has one."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def refuse_if_faulty(self) -> None:
        if self.faults:
            raise FileRefused(self.faults)


def read_document(raw: bytes) -> Document:
    """Parse the bytes of a file; the version is the hash of exactly these bytes."""
    try:
        text = raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise FileRefused([Fault(line, "This is not UTF-8 text.")]) from None
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"\(at line (\d+), column \d+\)", str(error))
        line = int(found.group(1)) if found else text.count("\n") + 1
        sentence = re.sub(r" \(at .*\)$", "", str(error))
        raise FileRefused([Fault(line, f"This is not TOML: {sentence}.")]) from None
    except RecursionError:
        raise FileRefused([Fault(1, "This is nested too deeply.")]) from None
    except ValueError:  # what Python does not take for a number: thousands of digits
        raise FileRefused([Fault(1, "A number in this file is too long.")]) from None
    return Document(values, key_lines(text), hashlib.sha256(raw).hexdigest())


class Section:
    """One table of a file. Every key that is not asked for is a fault when it is closed."""

    def __init__(
        self, document: Document, values: dict[str, Any], path: Path, *, absent: bool = False
    ) -> None:
        self.document = document
        self.values = values
        self.path = path
        self.absent = absent
        self.asked: set[str] = set()

    def fault(self, sentence: str, *keys: str | int) -> None:
        """Note a fault at a key of this section, or at the section itself."""
        # That the whole table is missing was said once; each of its keys need not be said as well.
        if not self.absent:
            self.document.fault((*self.path, *keys), sentence)

    def __contains__(self, key: str) -> bool:
        return key in self.values

    def text(
        self, key: str, default: str | None = None, *, pattern: str = "", of: Collection[str] = ()
    ) -> str:
        """A string; without a default it must be there and must say something."""
        value = self._plain(key, str, "a text in quotes", default)
        if value is None or value is default:
            return value or ""
        if default is None and not value.strip():
            self.fault(f"`{key}` is empty.", key)
        elif len(value) > LONGEST_TEXT:
            self.fault(f"`{key}` is longer than {LONGEST_TEXT} characters.", key)
        elif of and value not in of:
            self.fault(f"`{key}` is {value!r}; it must be one of: {', '.join(sorted(of))}.", key)
        elif pattern and not re.fullmatch(pattern, value):
            form = _in_words(pattern)
            self.fault(f"`{key}` is {value!r}, which is not of the expected form{form}.", key)
        return value

    def number(self, key: str, default: int | None = None, *, low: int, high: int) -> int:
        """A whole number between two bounds, both included."""
        value = self._plain(key, int, "a whole number", default)
        if value is None:
            return low
        if not low <= value <= high:
            self.fault(f"`{key}` is {value}; it must lie between {low} and {high}.", key)
        return value

    def flag(self, key: str, default: bool | None = None) -> bool:
        return bool(self._plain(key, bool, "true or false", default))

    def day(self, key: str) -> dt.date:
        """A date that must be there, written bare: 2026-01-01."""
        value = self._plain(key, dt.date, "a date such as 2026-01-01, without quotes", None)
        return value if value is not None else dt.date.min

    def day_or_none(self, key: str) -> dt.date | None:
        """A date that may be absent."""
        if key in self.values:
            return self.day(key)
        self.asked.add(key)
        return None

    def texts(
        self, key: str, default: tuple[str, ...] | None = None, *, of: Collection[str] = ()
    ) -> tuple[str, ...]:
        """A list of strings, each once."""
        value = self._plain(key, list, "a list of texts", list(default) if default else default)
        if value is None:
            return default or ()
        items: list[str] = []
        for index, item in enumerate(value):
            if not isinstance(item, str):
                self.fault(f"Item {index + 1} of `{key}` must be a text in quotes.", key, index)
            elif of and item not in of:
                known = ", ".join(sorted(of))
                self.fault(f"`{key}` holds {item!r}; it must be one of: {known}.", key, index)
            elif item in items:
                self.fault(f"`{key}` holds {item!r} twice.", key, index)
            else:
                items.append(item)
        return tuple(items)

    def section(self, key: str, *, needed: bool = True) -> "Section":
        """The table of that name; an absent one that is not needed reads as empty."""
        self.asked.add(key)
        value = self.values.get(key, {})
        if not isinstance(value, dict):
            self.fault(f"`{key}` must be a table.", key)
            return Section(self.document, {}, (*self.path, key), absent=True)
        if needed and key not in self.values:
            self.fault(f"The table `{key}` is missing.")
        absent = needed and key not in self.values
        return Section(self.document, value, (*self.path, key), absent=absent)

    def sections(self, key: str, *, needed: bool = True) -> Iterator["Section"]:
        """The tables of a list `[[key]]`, one after the other."""
        self.asked.add(key)
        value = self.values.get(key, [])
        if not isinstance(value, list):
            self.fault(f"`{key}` must be a list of tables.", key)
            return
        if needed and not value:
            self.fault(f"The list of tables `{key}` is missing.")
        for index, item in enumerate(value):
            if isinstance(item, dict):
                yield Section(self.document, item, (*self.path, key, index))
            else:
                self.fault(f"Item {index + 1} of `{key}` must be a table.", key, index)

    def named(self, *, of: Collection[str] = ()) -> Iterator[tuple[str, "Section"]]:
        """Every table below this one whose name the file chooses."""
        for key, value in self.values.items():
            if key in self.asked:
                continue
            self.asked.add(key)
            if of and key not in of:
                self.fault(f"Unknown name `{key}`; known: {', '.join(sorted(of))}.", key)
            elif not isinstance(value, dict):
                self.fault(f"`{key}` must be a table.", key)
            else:
                yield key, Section(self.document, value, (*self.path, key))

    def words(self, *, of: Collection[str] = ()) -> dict[str, str]:
        """Every remaining `key = "text"` of this table."""
        found: dict[str, str] = {}
        for key in [key for key in self.values if key not in self.asked]:
            if of and key not in of:
                self.asked.add(key)
                self.fault(f"Unknown key `{key}`; known: {', '.join(sorted(of))}.", key)
            else:
                found[key] = self.text(key)
        return found

    def close(self) -> None:
        """Refuse the keys that nobody asked for."""
        for key in self.values:
            if key not in self.asked:
                self.fault(f"Unknown key `{key}`.", key)

    def _plain(self, key: str, kind: type[T], words: str, default: T | None) -> T | None:
        self.asked.add(key)
        if key not in self.values:
            if default is None:
                self.fault(f"`{key}` is missing.")
            return default
        value = self.values[key]
        # bool is an int and datetime is a date to Python; to a reader of the file they are not.
        if type(value) is not kind:
            self.fault(f"`{key}` must be {words}.", key)
            return default
        return value


def _in_words(pattern: str) -> str:
    """What a code may hold, said where its pattern is one of small letters and digits."""
    if not pattern.startswith("[a-z") or "0-9" not in pattern:
        return ""
    joint = "hyphens" if "0-9-]" in pattern else "underscores"
    return f" (small letters, digits and {joint})"
