"""The section `[triage]` of a map: what a score may be learned from, what is counted afterwards.

Whether a column may be an input is judged by the triage engine, with its reason; the map only says
which are meant.
"""

import re
from dataclasses import dataclass

from tandem.kernel.strict_toml import Section

# Said of a remark field that the source froze when the first unit was assigned.
AT_ASSIGNMENT = "assignment"


@dataclass(frozen=True)
class Triage:
    """What the map says about learning; every part may be absent.

    Attributes:
        inputs: names of ours (`call_type`, `call_type_text`, `time`, `answers.NAME`,
            `remarks.NAME`) or of columns; empty means all that may be inputs.
        answers: structured answers of call-taking: ours = theirs.
        remarks: a remark's name = `assignment`, or the mapped time at which it was written.
        unlabeled_months: months such as `2015-02` without labels; unknown, never negative.
        group: a column for the disparity check, read only afterwards; blank for none.
    """

    inputs: tuple[str, ...]
    answers: dict[str, str]
    remarks: dict[str, str]
    unlabeled_months: tuple[str, ...]
    group: str

    def uses(self) -> list[tuple[str, str]]:
        """The columns that this section names itself, and what each is."""
        named = [(column, f"answer {name}") for name, column in self.answers.items()]
        return [*named, (self.group, "group, afterwards")] if self.group else named


def read_triage(section: Section, times: tuple[str, ...]) -> Triage:
    """Read `[triage]`; faults are noted in the document with their line."""
    answers = section.section("answers", needed=False)
    remarks = section.section("remarks", needed=False)
    built = Triage(
        inputs=section.texts("inputs", ()),
        answers=answers.words(),
        remarks=remarks.words(),
        unlabeled_months=section.texts("unlabeled_months", ()),
        group=section.text("group", ""),
    )
    for name, written in built.remarks.items():
        if written != AT_ASSIGNMENT and written not in times:
            remarks.fault(f"`{name}` is written at `{written}`, which is no mapped time.", name)
    for index, month in enumerate(built.unlabeled_months):
        if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", month):
            section.fault(f"{month!r} is no month such as 2015-02.", "unlabeled_months", index)
    answers.close()
    remarks.close()
    section.close()
    return built
