"""Which situations of the law pack what is known speaks for. Plain Python; it decides nothing.

A fact that nobody stated speaks for nothing here, and every situation can be opened all the same.
"""

from __future__ import annotations

from collections.abc import Mapping

from tandem.kernel.pack import SITUATIONS, SituationLine

YES = "yes"
AGE = "age"  # stands for the age of the own side's person beside codes of questions

# Each situation by the answers that speak for it: all of one set.
_SPEAK_FOR: dict[str, tuple[frozenset[str], ...]] = {
    "intoxicated_and_suicidal": (frozenset({"intoxicated", "suicidal_ideation"}),),
    "old_and_confused": (frozenset({"delirium_signs"}), frozenset({"dementia_or_wandering"})),
    "veteran": (frozenset({"veteran"}),),
    "guardian": (frozenset({"has_provider_or_guardian"}),),
}


def situations_of(
    answers: Mapping[str, str], age: int | None, *, adult_at: int
) -> dict[str, tuple[str, ...]]:
    """Every situation, and what speaks for it: codes of questions answered yes, or the age.

    `age` and `adult_at` are years; an age that nobody knows speaks for no situation.
    """
    yes = {code for code, answer in answers.items() if answer == YES}
    found: dict[str, tuple[str, ...]] = {}
    for situation in SITUATIONS:
        ways = [way for way in _SPEAK_FOR.get(situation, ()) if way <= yes]
        found[situation] = tuple(sorted(frozenset().union(*ways)))
    if age is not None and age < adult_at:
        found["minor"] = (AGE,)
    return found


def is_about(line: SituationLine, age: int | None) -> bool:
    """Whether a line is about a person of this age; of an unknown age every line may be."""
    if age is None:
        return True
    return line.from_age <= age and (not line.below_age or age < line.below_age)
