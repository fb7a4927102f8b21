"""Says what a file becomes under a map, as `tandem map check` prints it. Counts, never contents."""

from collections import Counter
from typing import Any

from tandem.kernel.maps.format import Map, MapError
from tandem.kernel.maps.reader import Record, files_of, open_source
from tandem.kernel.maps.rows import Row, read_source, to_rows

MOST_REJECTS = 20
MOST_UNMAPPED = 50


def summarize(given: str, source_map: Map, *, whole: bool = False) -> dict[str, Any]:
    """Read every record; a reject is listed by line and reason, never by its text.

    Of many codes and rejects the first are listed and the others counted; `whole` lists all.
    """
    counts: Counter[str] = Counter()
    unmapped: Counter[str] = Counter()
    rejects: list[dict[str, Any]] = []
    seen: set[tuple[object, ...]] = set()
    columns: dict[str, list[str]] = {}
    encodings: set[str] = set()
    uses = source_map.needed_columns()
    for path in files_of(given, source_map):
        with open_source(path, source_map) as source:
            counts["files"] += 1
            encodings.add(source.encoding)
            head, records = read_source(source, source_map)
            columns |= {name: uses.get(name, []) for name in head}
            # A table made for a study has no calls' times: its records are taken as they are.
            found = to_rows(records, source_map) if source_map.times else records
            for row in found:
                counts["rows"] += 1
                if isinstance(row, Row):
                    _count(row, counts, unmapped, seen)
                    continue
                if isinstance(row, Record):
                    continue
                counts["rejected"] += 1
                counts["torn"] += row.kind == "torn"
                if whole or len(rejects) < MOST_REJECTS:
                    rejects.append({"line": row.line, "kind": row.kind, "reason": row.reason})
    if source_map.format != "csv" and counts["torn"] == counts["rows"] == counts["files"]:
        # Not one of the files is a call: the map is the wrong one.
        raise MapError(
            f"{rejects[0]['reason']} The map {source_map.name} reads calls of New World's export."
        )
    listed = dict(unmapped.most_common(None if whole else MOST_UNMAPPED))
    return {
        "map": source_map.name,
        "version": source_map.version,
        "encoding": ", ".join(sorted(encodings)),
        "columns": columns,
        "rows": counts["rows"],
        "accepted": counts["rows"] - counts["rejected"],
        "duplicates": counts["duplicates"],
        "rejected": counts["rejected"],
        "suspect_times": counts["suspect"],
        "unmapped": listed,
        "unmapped_more": len(unmapped) - len(listed),
        "rejects": rejects,
        "rejects_more": counts["rejected"] - len(rejects),
    }


def _count(
    row: Row, counts: Counter[str], unmapped: Counter[str], seen: set[tuple[object, ...]]
) -> None:
    order = row.sequence if row.sequence is not None else row.updated_at or row.content_hash
    counts["duplicates"] += (row.external_id, order) in seen
    counts["suspect"] += bool(row.suspects)
    seen.add((row.external_id, order))
    unmapped.update(row.values[ours] for ours in row.unmapped)
