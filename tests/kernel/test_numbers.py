"""A number is read only where it can be meant, whatever was typed and however long."""

from __future__ import annotations

import pytest

from tandem.kernel.maps.format import _as_priority
from tandem.kernel.numbers import counted

LONGER_THAN_PYTHON_TAKES = "1" * 5_000


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("7", 7),
        (" 90 ", 90),
        ("0", 0),
        ("000", 0),
        ("0007", 7),
        ("100", 100),
        ("101", None),
        ("", None),
        ("  ", None),
        ("-1", None),
        ("1.5", None),
        ("1_0", None),
        ("²", None),
        ("٣", None),
        ("soon", None),
        (LONGER_THAN_PYTHON_TAKES, None),
        ("0" * 5_000 + "7", 7),
    ],
)
def test_only_what_can_be_meant_is_a_number(text: str, number: int | None) -> None:
    assert counted(text, most=100) == number


def test_a_priority_of_endless_digits_is_no_priority() -> None:
    assert _as_priority(LONGER_THAN_PYTHON_TAKES) == _as_priority("soon")
