"""Numbers that somebody typed or a foreign system sent: read only where they can be meant."""


def counted(text: str, *, most: int) -> int | None:
    """ASCII digits as a number from 0 to `most`; none for anything else, of whatever length.

    Longer digits than Python takes for a number would raise where nobody catches them.
    """
    digits = text.strip().lstrip("0") or text.strip()[:1]
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= len(str(most))):
        return None
    return number if (number := int(digits)) <= most else None
