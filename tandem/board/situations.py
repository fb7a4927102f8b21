"""What the encounter page shows of the law: situations of the pack, those that hold first."""

from __future__ import annotations

from collections.abc import Iterable

from tandem.board.facts import pack, program
from tandem.encounters.situations import is_about, situations_of
from tandem.kernel.shapes import Situation, SituationText, ToldAnswer


def situations(told: Iterable[ToldAnswer], age: int | None) -> list[Situation]:
    """Every situation with its lines, in the pack's order; what speaks for it is named."""
    law, reach = pack(), program().tell
    answers = {answer.question: answer.value for answer in told}
    because = situations_of(answers, age, adult_at=law.years_of("minor_in_treatment"))
    shown = [
        Situation(
            code=code,
            because=list(reasons),
            lines=[
                SituationText(
                    kind=line.kind,
                    title=line.title,
                    statute=line.statute,
                    text=line.text,
                    reach=reach.get(line.reach, ""),
                    confirmed=line.basis.confirmed,
                )
                for line in law.situations
                if line.situation == code and is_about(line, age if code == "minor" else None)
            ],
        )
        for code, reasons in because.items()
    ]
    return sorted((one for one in shown if one.lines), key=lambda situation: not situation.because)
