"""Area `interop`: rows of a file into the running system, as history, everything on."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from tandem.demo.throwaway import Product
from tests.bench.feed import raw_rate
from tests.bench.rows import Rows

CSV_ROWS, CSV_RATE = 30_000, 5_000
CALLS, CALL_RATE = 1_500, 200
_HEAD = "Case_Number,Date_Time_Reported,District,Nature_Of_Call_For_Service,Report/No Report\n"
_CALL = """<?xml version="1.0" encoding="utf-8"?>
<CallExport xmlns="http://www.newworldsystems.com/Aegis/CAD/Peripheral/CallExport/2011/02">
<CallId>{call}</CallId><CallNumber>26-{call}</CallNumber><CallSource>911</CallSource>
<NatureOfCall>Welfare check</NatureOfCall><CreateDateTime>2026-02-01T08:15:00</CreateDateTime>
<ClosedFlag>false</ClosedFlag><CanceledFlag>false</CanceledFlag><AgencyContexts>
<AgencyContext><AgencyType>Police</AgencyType><Priority>High</Priority></AgencyContext>
</AgencyContexts><Location><FullAddress>An invented street</FullAddress></Location><Narratives>
<Narrative><CreateDateTime>2026-02-01T08:16:00</CreateDateTime><Text>Sits by the river.</Text>
</Narrative></Narratives><AssignedUnits><Unit><UnitNumber>2B12</UnitNumber>
<AssignedDateTime>2026-02-01T08:{minute:02}:00</AssignedDateTime><UnitLogs><UnitLog>
<DateTime>2026-02-01T08:{minute:02}:00</DateTime><Status>Assigned</Status></UnitLog></UnitLogs>
</Unit></AssignedUnits></CallExport>
"""


def _table(folder: Path) -> Path:
    path = folder / "calls.csv"
    with path.open("w", encoding="utf-8") as file:
        file.write(_HEAD)
        for number in range(CSV_ROWS):
            day, hour, minute = number % 28 + 1, number % 24, number % 60
            file.write(f"B{number},2026-03-{day:02} {hour:02}:{minute:02}:00,D1,NOISE,No Report\n")
    return path


def _calls(folder: Path) -> Path:
    drop = folder / "drop"
    drop.mkdir()
    for number in range(CALLS):
        text = _CALL.format(call=number // 3, minute=20 + number % 3)
        (drop / f"{number:05}.xml").write_text(text, encoding="utf-8")
    return drop


def _rate(running: Product, what: Path, name: str, rows: int) -> tuple[float, float]:
    """Rows a second by the command's own clock, and how many it did not store as new facts."""
    ran = running.tandem("cad", "import", str(what), "--map", name, "--agency", "LCED", "--json")
    told = json.loads(ran.stdout)
    stored = told["new"] + told["updated"] + told["stale"]
    return told["rows"] / told["seconds"], rows - stored


def measure(rows: Rows, running: Product) -> None:
    """A table, then a folder of New World calls with their unit logs."""
    with tempfile.TemporaryDirectory() as folder:
        table, lost = _rate(running, _table(Path(folder)), "bloomington-in", CSV_ROWS)
        raw = raw_rate(running)
        rows.add(
            "rows of CSV taken in",
            table,
            "rows/s",
            at_least=CSV_RATE,
            beside=raw,
            ratio=table / raw[1],
            n=CSV_ROWS,
        )
        calls, lost_calls = _rate(running, _calls(Path(folder)), "new-world", CALLS)
        rows.add("New World calls taken in", calls, "calls/s", at_least=CALL_RATE, n=CALLS)
        rows.add("rows of files not stored", lost + lost_calls, "rows", at_most=0, n=CSV_ROWS)
