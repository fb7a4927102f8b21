"""Says on which line of a TOML text each key stands, which the standard library's reader forgets.

It runs only over text that `tomllib` has already accepted, so it may trust the grammar. Limits: it
knows where keys and array items begin, never what they mean.
"""

import re
from bisect import bisect_right

Path = tuple[str | int, ...]

_SPACE = re.compile(r"[ \t]*")
_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
# Longest first: three quotes are not an empty string and one more quote.
_STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}(?!")'
    r"|'''.*?'{3,5}(?!')"
    r'|"(?:[^"\\]|\\.)*"'
    r"|'[^']*'",
    re.DOTALL,
)
_PLAIN = re.compile(r"[^,\]}#\n]+")
_ESCAPE = re.compile(r'\\(u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|[btnfre"\\])')
_ESCAPED = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", '"': '"', "\\": "\\"}


def key_lines(text: str) -> dict[Path, int]:
    """The line, counted from 1, of every key, table, array item and inline key."""
    return _Scanner(text).scan()


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.starts = [0, *(found.end() for found in re.finditer("\n", text))]
        self.lines: dict[Path, int] = {}
        self.counts: dict[Path, int] = {}

    def scan(self) -> dict[Path, int]:
        table: Path = ()
        self._skip(_BLANK)
        while self.at < len(self.text):
            if self.text[self.at] == "[":
                table = self._header()
            else:
                self._pair(table)
            self._skip(_BLANK)
        return self.lines

    def _header(self) -> Path:
        line = self._line()
        many = self.text.startswith("[[", self.at)
        self.at += 2 if many else 1
        keys = self._keys()
        self.at += 2 if many else 1
        table: Path = ()
        for key in keys[:-1]:
            table = self._inside((*table, key))
        table = (*table, keys[-1])
        if many:
            self.counts[table] = self.counts.get(table, 0) + 1
            self.lines.setdefault(table, line)
            table = (*table, self.counts[table] - 1)
        self.lines.setdefault(table, line)
        return table

    def _inside(self, table: Path) -> Path:
        """The last element, where the path names an array of tables."""
        return (*table, self.counts[table] - 1) if table in self.counts else table

    def _pair(self, table: Path) -> None:
        line = self._line()
        path = table
        for key in self._keys():
            path = (*path, key)
            self.lines.setdefault(path, line)
        self.at += 1
        self._skip(_SPACE)
        self._value(path)

    def _keys(self) -> list[str]:
        keys = []
        while True:
            self._skip(_SPACE)
            quote = self.text[self.at]
            found = (_STRING if quote in "\"'" else _BARE_KEY).match(self.text, self.at)
            if found is None:
                raise ValueError(f"No key on line {self._line()}.")
            self.at = found.end()
            word = found.group()
            keys.append(word if quote not in "\"'" else _plain(word))
            self._skip(_SPACE)
            if self.text[self.at] != ".":
                return keys
            self.at += 1

    def _value(self, path: Path) -> None:
        first = self.text[self.at]
        if first in "[{":
            self._group(path, "]" if first == "[" else "}")
        elif first in "\"'":
            self._skip(_STRING)
        else:
            self._skip(_PLAIN)

    def _group(self, path: Path, closing: str) -> None:
        """An array's items or an inline table's pairs."""
        self.at += 1
        index = 0
        self._skip(_BLANK)
        while self.text[self.at] != closing:
            if closing == "}":
                self._pair(path)
            else:
                self.lines[(*path, index)] = self._line()
                self._value((*path, index))
            index += 1
            self._skip(_BLANK)
            if self.text[self.at] == ",":
                self.at += 1
                self._skip(_BLANK)
        self.at += 1

    def _skip(self, pattern: re.Pattern[str]) -> None:
        found = pattern.match(self.text, self.at)
        if found is not None:
            self.at = found.end()

    def _line(self) -> int:
        return bisect_right(self.starts, self.at)


def _plain(word: str) -> str:
    inner = word[1:-1]
    if word[0] == "'":
        return inner
    return _ESCAPE.sub(
        lambda found: _ESCAPED.get(found.group(1)) or chr(int(found.group(1)[1:], 16)), inner
    )
