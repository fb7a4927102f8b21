"""What decides the class of a police record, and when a late save is dropped. Plain Python."""

ADULT_FROM = 17  # Wis. Stat. 938.02(1): 17 is an adult for criminal law


def police_class(age: int | None, age_how: str, *, may_be_minor: bool) -> str:
    """D12 for a juvenile or for an age not known that may be under 17; otherwise D5.

    An estimated or stated age keeps the record apart while the officer thinks the person may be
    a minor: Wis. Stat. 938.396(1).
    """
    if age is None:
        return "D12" if may_be_minor else "D5"
    if age < ADULT_FROM:
        return "D12"
    return "D12" if age_how in {"said", "estimated"} and may_be_minor else "D5"


def toggled(held: list[str], tapped: str) -> list[str]:
    """An axis of several values after one tap; `none` and `unknown` stand alone."""
    alone = {"none", "unknown"}
    if tapped in held:
        return [value for value in held if value != tapped]
    if tapped in alone:
        return [tapped]
    return [*(value for value in held if value not in alone), tapped]


def is_newer(sequence: int, stored: int) -> bool:
    """Whether a draft save may replace what is stored: saves can arrive out of order."""
    return sequence > stored
