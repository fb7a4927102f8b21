"""What a desk or the wall shows, as one word: its page makes the same of what stands there.

Plain Python. The word is of the words people read, row by row and region by region; clocks, which
go on without any news, and the order of rows, which follows from them, are left out.
`ui/js/lib/shown.js` says the same in the page.
"""

from __future__ import annotations

import hashlib
import html
import re
from itertools import pairwise

HEADER = "X-Board-State"
_BY_ITSELF = (
    re.compile(r'<span class="timer__digits">[^<]*</span>'),
    re.compile(r'<span class="sr timer__said">[^<]*</span>'),
    re.compile(r'<span class="counts__overdue".*?</span>\s*</span>', re.DOTALL),
)
_COMMENT, _TAG = re.compile(r"<!--.*?-->", re.DOTALL), re.compile(r"<[^>]*>")
_BLANK = re.compile(r"[ \t\n\r\f]+")
_REGION = re.compile(r'<\w+[^>]* data-region="([\w-]+)"')
_LIST = re.compile(r'<tbody data-keyed="(\w+)">(.*?)</tbody>', re.DOTALL)
_ROW = re.compile(r'<tr [^>]*data-key="([^"]+)"[^>]*>(.*?)</tr>', re.DOTALL)


def shown_hash(drawn: str) -> str:
    """The word (SHA-256, hex) for the regions in this answer, whatever the order of its rows."""
    for part in _BY_ITSELF:
        drawn = part.sub("", drawn)
    starts = [(found[1], found.start()) for found in _REGION.finditer(drawn)]
    lines = []
    for (name, start), (_next, end) in pairwise([*starts, ("", len(drawn))]):
        if name == "lists":
            lines += _rows(drawn[start:end])
        elif name:
            lines.append(f"{name}|{_words(drawn[start:end])}")
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()


def _rows(lists: str) -> list[str]:
    return [
        f"{name}|{key}|{_words(row)}"
        for name, body in _LIST.findall(lists)
        for key, row in _ROW.findall(body)
    ]


def _words(drawn: str) -> str:
    bare = _TAG.sub("", _COMMENT.sub("", drawn))
    return _BLANK.sub("", html.unescape(bare))
