"""The first report: a custodian's file holds what the console counts, and a print is counted."""

from __future__ import annotations

import csv
import io
import json

from tandem.demo.story.told import Story

WAITS = "200 No quarter of these days is released yet."
SIDES = {"police-custodian": "police", "county-custodian": "county"}


def play(story: Story) -> None:
    """Both sides, each its own figures alone; the joint report waits for whole quarters."""
    for custodian, side in SIDES.items():
        ran = story.product.tandem("report", "first", "--side", side, "--json")
        counted = json.loads(ran.stdout) if ran.returncode == 0 else {}
        days = f"from={counted.get('from')}&to={counted.get('to')}"
        browser = story.browsers[custodian]
        rows = list(csv.DictReader(io.StringIO(browser.get(f"/report/?{days}&format=csv").text)))
        in_file = {(row["of"], row["value"]): row["n"] for row in rows if row["part"] == "axis"}
        at_console = {
            (axis["axis"], cell["value"]): str(cell["count"])
            for axis in counted.get("axes", [])
            for cell in axis["values"]
        }
        story.see_that(
            custodian,
            "takes the report as a file",
            "the figures of tandem report first",
            holds=bool(at_console) and in_file == at_console,
            else_=f"{len(in_file)} beside {len(at_console)} counts",
        )
        page = browser.post(f"/report/print/?{days}")
        name = story.product.personas[custodian].name.split(" ", 1)[1]
        got = "said" if "Printed by" in page.text and name in page.text else "not said"
        story.see(custodian, "prints it, and reads who did", "said", got)
    for address in ("/report/joint/", "/report/joint/print/"):
        page = story.browsers["chief"].get(address)
        got = f"{page.status} {WAITS[4:] if WAITS[4:] in page.text else 'something else'}"
        story.see("chief", f"opens {address}, days after the program began", WAITS, got)
        status = story.browsers["police-custodian"].get(address).status
        story.see(
            "police-custodian", f"opens {address}, which is no side's own", "403", str(status)
        )
