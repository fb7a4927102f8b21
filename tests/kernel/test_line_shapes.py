"""Shapes that a map adds: words, digits, letters and gaps, and never a program."""

import random
import re

import pytest

from tandem.kernel.maps import parse_map
from tandem.kernel.maps.line_shapes import ShapeRefused, compile_shape
from tandem.kernel.strict_toml import FileRefused

MAP = b"""version = 1
name = "small"
[file]
format = "csv"
zone = "America/Chicago"
[key]
columns = ["id"]
[times.received]
column = "at"
formats = ["%%Y-%%m-%%d"]
[remarks.text]
column = "notes"
returns = [%s]
"""


@pytest.mark.parametrize(
    ("shape", "line", "found"),
    [
        ("rtn ###", "RTN 441", True),
        ("RTN  ###", "A RTN 441 B", True),
        ("rtn ###", "RTN 44", False),
        ("rtn ###", "XRTN 4411", False),
        ("@@ ####", "QZ 1234", True),
        ("ran * ok", "RAN THE PLATE OK", True),
        ("a.b+c", "A.B+C", True),
        ("a.b+c", "AXBBC", False),
        ("ran * ok", "RAN IT AND RAN IT AGAIN OK", True),
        ("ran * ok", "RAN" + " X" * 39 + " OK", True),
        ("ran * ok", "RAN" + " X" * 41 + " OK", False),
        ("ran * ok * so", "RAN OK RAN IT OK OR SO", True),
        ("*ran ok", "XRAN OK", True),
        ("ran ok*", "RAN OKAY", True),
        ("aa*aa*b1", "AAAAB1", True),
        ("aa*aa*b1", "AAAB1", False),
    ],
)
def test_a_shape_means_what_it_shows(shape: str, line: str, found: bool) -> None:
    assert bool(compile_shape(shape).search(line)) is found


def plainly(shape: str) -> re.Pattern[str]:
    """The same shape as an ordinary expression, which goes back and forth."""
    marks = {"#": r"\d", "@": "[A-Z]", "*": ".{0,80}?"}
    words = "".join(marks.get(mark, re.escape(mark)) for mark in shape.upper())
    return re.compile(f"(?<![A-Z0-9]){words}(?![A-Z0-9])")


def test_shapes_find_what_an_ordinary_expression_finds() -> None:
    draw = random.Random(7)  # noqa: S311
    seen = set()
    for _ in range(4000):
        shape = "".join(draw.choice("A1 #@*") for _ in range(7)).strip()
        line = " ".join("".join(draw.choices("A1 B", k=draw.choice((6, 200)))).split())
        try:
            found = compile_shape(shape).search(line)
        except ShapeRefused:
            continue
        assert found is bool(plainly(" ".join(shape.split())).search(line)), (shape, line)
        seen.add(found)
        spans = [one.span() for one in plainly(" ".join(shape.split())).finditer(line)]
        for at in range(0, len(line), 5):
            if any(begin < at < end for begin, end in spans):
                assert compile_shape(shape).crosses(line, at), (shape, line, at)
    assert seen == {True, False}


def test_what_ends_before_the_break_does_not_cross_it() -> None:
    line = "RAN X OK OK"
    assert compile_shape("ran * ok").crosses(line, 6)
    assert not compile_shape("ran * ok").crosses(line, 8)


def test_no_shape_goes_back_and_forth_over_a_long_line() -> None:
    """As an ordinary expression this one takes hours: each star is tried at every length."""
    assert not compile_shape("# * # * # * ZZZ").search("1 " * 200_000)


@pytest.mark.parametrize("shape", ["", "  ", "*", "**", "a*", "*a*b*c*d", "x" * 121])
def test_a_shape_that_says_too_little_or_too_much_is_refused(shape: str) -> None:
    with pytest.raises(ShapeRefused):
        compile_shape(shape)


def test_a_map_keeps_its_shapes() -> None:
    read = parse_map(MAP % b'"rtn ###", "ran * ok"')
    assert read.remarks["text"].returns == ("rtn ###", "ran * ok")


def test_a_bad_shape_is_a_fault_with_its_line() -> None:
    with pytest.raises(FileRefused, match="three characters"):
        parse_map(MAP % b'"rtn ###", "*"')
