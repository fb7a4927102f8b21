"""The distinct call types of a file with their kinds, and the table that an administrator corrects.

A correction is a line of `[codes.call_type]` in the source's map: it is read with the map, shown by
`tandem map check`, and decides alone for that type.
"""

import json
import tomllib
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tandem.kernel.maps import (
    CALL_KINDS,
    Map,
    MapError,
    Record,
    files_of,
    find_map,
    open_source,
    parse_map,
    read_source,
    shipped_maps,
)
from tandem.kernel.strict_toml import FileRefused
from tandem.triage.types.reader import Evidence, Reading, TypeReader, default_reader

SECTION = "codes.call_type"


class NotCorrected(MapError):
    """The correction cannot be kept; the map is as it was."""


def read_types(file: str, column: str, source_map: Map | None = None) -> list[dict[str, Any]]:
    """The types in one column of a file, the commonest first, in the shape of the contract.

    Raises MapError in one sentence where the file or the column is not there. Torn records and
    cells that are too long are left out; the others go on.
    """
    one_column = _map_of_column(column)
    try:
        counts = _count(file, column, one_column)
    except MapError as refusal:
        # The reader speaks of a map, which is none that the user knows.
        raise MapError(
            str(refusal).replace(f", which the map {one_column.name} names", "")
        ) from None
    if not counts:
        raise MapError(f"{file} has no call type in {column!r}; nothing was read.")
    readings = read_all(counts, source_map)
    return [
        {
            "type": text,
            "kinds": list(reading.kinds),
            "score": round(reading.score, 4),
            "evidence": [piece.as_json() for piece in reading.evidence],
            "count": counts[text],
        }
        for text, reading in sorted(readings.items(), key=lambda item: -counts[item[0]])
    ]


def _count(file: str, column: str, one_column: Map) -> Counter[str]:
    counts: Counter[str] = Counter()
    for path in files_of(file, one_column):
        with open_source(path, one_column) as source:
            _, records = read_source(source, one_column)
            counts.update(
                " ".join(record.cells[column].split())
                for record in records
                if isinstance(record, Record)
            )
    counts.pop("", None)
    return counts


def read_all(
    types: Iterable[str], source_map: Map | None = None, reader: TypeReader | None = None
) -> dict[str, Reading]:
    """Each type with its reading; the map's table decides where it has the type."""
    lexicon = reader or default_reader()
    codes = source_map.codes.get("call_type") if source_map else None
    known = {" ".join(code.split()): each for code, each in codes.meanings.items()} if codes else {}
    readings = {}
    for text in types:
        meaning = known.get(" ".join(text.split()))
        if meaning is None:
            readings[text] = lexicon.read(text)
            continue
        named = (meaning.kind, *meaning.also)
        wide = (one for one, narrow in lexicon.wide.items() if set(narrow) & set(named))
        kinds = tuple(dict.fromkeys((*named, *wide)))
        evidence = tuple(Evidence(text, kind, text, "map", 1.0) for kind in kinds)
        readings[text] = Reading(kinds, dict.fromkeys(kinds, 1.0), evidence)
    return readings


def correct_type(map_path: Path, text: str, kinds: list[str]) -> None:
    """Keep a correction as one line of the map's code table; the file is replaced whole.

    The priority of an entry that stands already is kept. Raises NotCorrected for a shipped map, an
    unknown kind, or a map that would not be read afterwards; then nothing was written.
    """
    unknown = [kind for kind in kinds if kind not in CALL_KINDS]
    if unknown or not kinds:
        named = f"{unknown[0]!r} is no kind" if unknown else "No kind was given"
        raise NotCorrected(f"{named}; known are {', '.join(CALL_KINDS)}. The map is as it was.")
    if str(map_path) in shipped_maps():
        raise NotCorrected(
            f"{map_path} ships with the program and is replaced at every update: copy it, correct"
            " the copy and give its path."
        )
    before = find_map(str(map_path))
    if "call_type" not in before.columns:
        raise NotCorrected(f"The map {map_path} has no column for `call_type` to correct.")
    lines = map_path.read_text(encoding="utf-8").splitlines()
    changed = _with_line(lines, text.strip(), kinds, before)
    try:
        parse_map(changed.encode())
    except FileRefused as refusal:
        raise NotCorrected(f"The corrected map would be refused: {refusal}") from None
    fresh = map_path.with_name(map_path.name + ".new")
    fresh.write_text(changed, encoding="utf-8")
    fresh.replace(map_path)


def _with_line(lines: list[str], text: str, kinds: list[str], before: Map) -> str:
    codes = before.codes.get("call_type")
    old = codes.meanings.get(text) if codes else None
    entry = f"{json.dumps(text, ensure_ascii=False)} = {{kind = {json.dumps(kinds[0])}"
    if old:
        entry += f", priority = {old.priority}"
        entry += f", text = {json.dumps(old.word, ensure_ascii=False)}" if old.word else ""
    if kinds[1:]:
        entry += f", also = {json.dumps(kinds[1:])}"
    entry += "}"
    head = next((at for at, line in enumerate(lines) if line.strip() == f"[{SECTION}]"), None)
    if head is None:
        return "\n".join([*lines, "", f"[{SECTION}]", entry, ""])
    kept = [line for line in lines[head + 1 :] if not _is_entry(line, text)]
    return "\n".join([*lines[: head + 1], entry, *kept, ""])


def _is_entry(line: str, text: str) -> bool:
    if "=" not in line or "kind" not in line:
        return False
    try:
        return [key.strip() for key in tomllib.loads(line)] == [text]
    except tomllib.TOMLDecodeError:
        return False


def _map_of_column(column: str) -> Map:
    # The reader of records wants a map; this one names the one column.
    lines = ["version = 1", 'name = "types"', "[file]", 'format = "csv"', 'zone = "UTC"', "[key]"]
    lines += ['columns = ["*"]', "[times.occurred]", f"column = {json.dumps(column)}"]
    lines += ['formats = ["%Y-%m-%d"]']
    return parse_map("\n".join(lines).encode())
