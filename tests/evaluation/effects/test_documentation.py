"""The reference page says what the engine reads, and its worked examples are in order."""

import re
import warnings
from pathlib import Path

import pytest

from tandem.evaluation.effects.designs import DESIGNS
from tandem.evaluation.effects.options import OPTIONS
from tandem.evaluation.effects.protocol import read_protocol
from tandem.kernel.maps import find_map
from tests.evaluation.effects.scene import PROTOCOLS, Desk

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "protocols.md"
EXAMPLES = ("sicily-its", "california-did", "nhefs-weights")


def test_every_method_and_option_is_documented() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for method in DESIGNS:
        assert f"`{method}`" in text or f"**{method}**" in text
        for option, kind in OPTIONS[method].items():
            assert f"`{option}" in text, (method, option)
            for word in kind.of:
                assert not word or f"`{word}`" in text, (method, option, word)


def test_every_key_of_a_protocol_is_documented() -> None:
    text = PAGE.read_text(encoding="utf-8")
    source = (Path(read_protocol.__code__.co_filename)).read_text(encoding="utf-8")
    keys = set(re.findall(r'(?:text|texts|number|_moment|_bound)\((?:\w+, )?"(\w+)"', source))
    assert len(keys) > 15
    for key in keys:
        assert f"`{key}`" in text or f"] {key}`" in text or f"`{key} =" in text, key


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_worked_examples_are_in_order(name: str) -> None:
    protocol = read_protocol((PROTOCOLS / f"{name}.toml").read_bytes())
    assert protocol.sensitivity
    assert find_map(str(PROTOCOLS / f"{name}.map.toml")).evaluation is not None
    assert f"`{name}`" in PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize(("name", "low", "high"), [
    ("program-cost", -100_000, 200_000), ("arrests-power", 0.6, 0.95),
])  # fmt: skip
def test_the_examples_that_bring_their_file_run(
    name: str, low: float, high: float, desk: Desk
) -> None:
    desk.protocol.write_bytes((PROTOCOLS / f"{name}.toml").read_bytes())
    desk.map.write_bytes((PROTOCOLS / f"{name}.map.toml").read_bytes())
    result = desk.run(data=PROTOCOLS / f"{name}.csv").result
    assert low < result["estimate"] < high
    assert result["rank"] == 5
    assert f"`{name}`" in PAGE.read_text(encoding="utf-8")


def test_the_weights_example_runs(desk: Desk) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        causaldata = pytest.importorskip("causaldata")
        causaldata.nhefs.load_pandas().data.to_csv(desk.data, index=False)
    desk.protocol.write_bytes((PROTOCOLS / "nhefs-weights.toml").read_bytes())
    desk.map.write_bytes((PROTOCOLS / "nhefs-weights.map.toml").read_bytes())
    result = desk.run().result
    # What If, chapter 12: 3.4 (2.4, 4.5).
    assert result["estimate"] == pytest.approx(3.44, abs=0.001)
    assert result["interval"] == pytest.approx([2.41, 4.47], abs=0.005)
    assert len(result["sensitivity"]) == 2
