"""Numbers as a reader wants them; one place, so that page, PDF and tables never differ."""

from typing import Any

THOUSAND = 1000
ABSENT = "\N{EN DASH}"
SMALL_P = 0.001


def number(value: Any) -> str:
    """Three or four digits that matter; a dash for what is not there."""
    if value is None:
        return ABSENT
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    if isinstance(value, int) or abs(value) >= THOUSAND:
        return f"{value:,.0f}"
    return f"{value:.4g}"


def p_value(value: Any) -> str:
    """p with three decimals, or that it is below the smallest of these."""
    if value is None:
        return ABSENT
    return "below 0.001" if value < SMALL_P else f"{value:.3f}"


def interval(result: dict[str, Any]) -> str:
    """`0.865 to 0.925 (95 %)`."""
    ends = result.get("interval")
    if not ends:
        return ABSENT
    return f"{number(ends[0])} to {number(ends[1])} ({result['level'] * 100:.3g} %)"


def facts(result: dict[str, Any]) -> list[tuple[str, ...]]:
    """The result in figures, as rows of a table."""
    locked = result["protocol"]["locked_at"]
    return [
        ("Estimate", f"{number(result['estimate'])} ({result['scale']})"),
        ("Interval", interval(result)),
        ("p", p_value(result["p"])),
        ("Value of no effect", number(result["null"])),
        ("Records or periods analyzed", number(result["n"])),
        ("Design", f"{result['design']}, rank {result['rank']} of 5"),
        ("Protocol locked", locked or "not locked"),
        ("Protocol hash (SHA-256)", result["protocol"]["hash"]),
    ]
