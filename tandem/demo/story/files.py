"""Files in: past calls as history, on no board; the same file again; a map that does not fit."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from tandem.demo.story.told import DESK, Story
from tandem.demo.story.walls import OPERATOR

_HEAD = "Case_Number,Date_Time_Reported,District,Nature_Of_Call_For_Service,Report/No Report\n"
_ROWS = (
    "B26-1,2026-03-01 10:00:00,D1,NOISE,No Report\n",
    "B26-2,2026-03-01 11:00:00,D2,WELFARE CHK NP,No Report\n",
    "B26-3,yesterday,D2,WELFARE CHK NP,No Report\n",
    "B26-2,2026-03-01 11:00:00,D2,WELFARE CHK NP,No Report\n",
)


def play(story: Story) -> None:
    """A chapter at the console."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "calls.csv"
        file.write_text(_HEAD + "".join(_ROWS), encoding="utf-8")
        _sums(
            story, "tries a file of past calls out", "2 new, 1 twice, 1 rejected", file, "--dry-run"
        )
        before = story.browsers[DESK].get("/desk/").text.count('class="call-row')
        _sums(story, "loads it", "2 new, 1 twice, 1 rejected", file)
        _sums(story, "loads it again", "0 new, 3 twice, 1 rejected", file)
        after = story.browsers[DESK].get("/desk/").text.count('class="call-row')
        story.see(DESK, "sees nothing of it on the board", f"{before} calls", f"{after} calls")
        wrong = story.product.tandem("cad", "import", str(file), "--map", "umd", "--json")
        got = f"exit {wrong.returncode}, {len(wrong.stderr.strip().splitlines())} sentence"
        story.see(OPERATOR, "gives it a map of another city", "exit 2, 1 sentence", got)
    kept = json.loads(story.product.tandem("cad", "rejects", "--json").stdout)
    got = f"{len(kept)} files for {', '.join(sorted({row['agency'] for row in kept}))}"
    story.see(OPERATOR, "finds the rejected rows kept", "2 files for LCED", got)


def _sums(story: Story, step: str, expected: str, file: Path, *more: str) -> None:
    words = ["cad", "import", str(file), "--map", "bloomington-in", "--agency", "LCED"]
    ran = story.product.tandem(*words, *more, "--json")
    told: dict[str, Any] = json.loads(ran.stdout) if ran.stdout else {}
    got = f"{told.get('new')} new, {told.get('duplicates')} twice, {told.get('rejected')} rejected"
    story.see(OPERATOR, step, expected, got if ran.returncode == 0 else ran.stderr.strip())
