"""Shapes that a map adds: words, digits, letters and gaps, and never a program."""

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
    ],
)
def test_a_shape_means_what_it_shows(shape: str, line: str, found: bool) -> None:
    assert bool(compile_shape(shape).search(line)) is found


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
