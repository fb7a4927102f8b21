"""The section `[planning]` of a map: which columns tell how a past call was answered.

Planning looks back at a history, so it may read columns that `[exclude]` bars as inputs. What it
reads stays apart in `Row.planning` and never becomes an input of triage.
"""

from dataclasses import dataclass

from tandem.kernel.strict_toml import Section

COLUMNS = ("requested", "reached", "disposition", "team")
ANSWERS = ("requested", "reached")


@dataclass(frozen=True)
class Planning:
    """What the map says about a history of calls; every part may be absent.

    Attributes:
        columns: ours (`requested`, `reached`, `disposition`, `team`) = theirs.
        yes: for `requested` and `reached`, the cells that mean yes.
        no: the cells that mean no; every other cell is unknown.
        every_row_requested: the file lists requests to the team and nothing else.
        spellings: of `disposition`, a cell = the word it is counted under.
    """

    columns: dict[str, str]
    yes: dict[str, tuple[str, ...]]
    no: dict[str, tuple[str, ...]]
    every_row_requested: bool
    spellings: dict[str, str]

    def answer(self, ours: str, cell: str) -> bool | None:
        """Whether a cell of `requested` or `reached` says yes; None where nobody can tell."""
        if cell in self.yes.get(ours, ()):
            return True
        return False if cell in self.no.get(ours, ()) else None


def read_planning(root: Section) -> Planning:
    """Read `[planning]`; faults are noted in the document with their line."""
    section = root.section("planning")
    columns = {ours: section.text(ours) for ours in COLUMNS if ours in section}
    yes, no = {}, {}
    for ours in ANSWERS:
        yes[ours] = section.texts(f"{ours}_yes", ())
        no[ours] = section.texts(f"{ours}_no", ())
        if ours in columns and not yes[ours]:
            section.fault(f"`{ours}_yes` names no cell that means yes.", ours)
        if (yes[ours] or no[ours]) and ours not in columns:
            section.fault(f"`{ours}_yes` and `{ours}_no` need the column `{ours}`.")
        for cell in set(yes[ours]) & set(no[ours]):
            section.fault(f"{cell!r} cannot mean both yes and no.", f"{ours}_no")
    every = section.flag("every_row_requested", default=False)
    if every and "requested" in columns:
        section.fault("Either every row is a request or a column says so.", "every_row_requested")
    words = section.section("spellings", needed=False)
    spellings = words.words()
    words.close()
    if spellings and "disposition" not in columns:
        section.fault("`spellings` need the column `disposition`.", "spellings")
    section.close()
    return Planning(columns, yes, no, every, spellings)
