"""Monitoring, disparity, frequent contacts, cost and power, each from its file by the command."""

import json

import numpy as np
import pytest
from scipy.stats.contingency import odds_ratio

from tests.evaluation.effects.scene import Desk

TWO = """
unit = "id"
time = "month"
group = "arm"
outcome.arrest = "arrest"
covariate.kind = "kind"
"""
MONITOR = """
[outcome]
name = "arrest"
description = "arrests at encounters"
kind = "yes-no"
[comparison]
description = "encounters of patrol alone"
treated = ["co"]
[method]
name = "sequential-monitoring"
"""
GROUPS = """
[outcome]
name = "arrest"
description = "arrests at encounters"
kind = "yes-no"
[comparison]
description = "encounters of white persons"
treated = ["black"]
control = ["white"]
[method]
name = "disparity"
strata = "kind"
"""
PICKED_MAP = """
group = "program"
outcome.before = "n1"
outcome.after = "n2"
"""
PICKED = """
[outcome]
name = "contacts"
description = "contacts with police"
kind = "count"
waves = ["before", "after"]
[comparison]
description = "the usual level of the same people"
treated = ["1"]
[method]
name = "frequent-contacts"
threshold = 4
"""
COST_MAP = """
unit = "item"
group = "avoided"
outcome.each = "dollars"
covariate.n = "n"
covariate.low = "low"
covariate.high = "high"
covariate.source = "source"
"""
COST = """
[outcome]
name = "each"
description = "the program of one year"
kind = "number"
[comparison]
description = "items counted as avoided"
[method]
name = "cost"
contacts = 10
units = "n"
each_low = "low"
each_high = "high"
from_source = "source"
"""
POWER = """
[outcome]
name = "arrest"
description = "arrests at encounters"
kind = "yes-no"
[comparison]
description = "two groups of equal size"
[method]
name = "power"
design = "proportions"
direction = "higher"
per_group = 77
wanted = 0.9
believed = 0.75
"""


def records(cells: list[tuple[str, str, str, int, int]]) -> str:
    """Rows of (month, arm, kind): so many of them with the event."""
    lines = ["id,month,arm,kind,arrest"]
    for month, arm, kind, events, total in cells:
        for number in range(total):
            lines.append(f"r{len(lines)},{month},{arm},{kind},{int(number < events)}")
    return "\n".join(lines)


def test_one_look_has_the_conditional_odds_ratio(desk: Desk) -> None:
    rows = records([("1", "co", "a", 12, 80), ("1", "patrol", "a", 30, 90)])
    result = desk.write(MONITOR, TWO, rows).run().result
    expected = odds_ratio(np.array([[12, 68], [30, 60]]), kind="conditional").statistic
    assert result["estimate"] == pytest.approx(expected, rel=0.02)
    assert result["scale"] == "odds ratio"
    low, high = result["interval"]
    # Valid at all looks together: wider than the interval of a single look.
    once = odds_ratio(np.array([[12, 68], [30, 60]])).confidence_interval()
    assert low < once.low
    assert high > once.high
    assert result["rank"] == 5


def test_a_difference_that_stays_is_said_at_a_look_and_then_kept(desk: Desk) -> None:
    cells = []
    for month in range(1, 13):
        name = str(month)
        cells += [(name, "co", "a", 5, 40), (name, "patrol", "a", 15, 40)]
    result = desk.write(MONITOR, TWO, records(cells)).run().result
    looks = result["diagnostics"]["looks"]
    assert [one["alarm"] for one in looks] == sorted(one["alarm"] for one in looks)
    assert result["diagnostics"]["first_alarm"] in {one["look"] for one in looks[1:6]}
    assert "looking often does not explain it" in result["words"][0]
    assert result["p"] < 0.01


def test_a_monitor_that_saw_too_little_gives_no_number(desk: Desk) -> None:
    rows = records([("1", "co", "a", 1, 3), ("1", "patrol", "a", 0, 3)])
    result = desk.write(MONITOR, TWO, rows).run().result
    assert result["estimate"] is None
    assert "look again later" in result["too_little_data"]


def test_a_disparity_is_standardized_by_hand(desk: Desk) -> None:
    rows = records([
        ("1", "black", "a", 20, 100), ("1", "black", "b", 30, 50),
        ("1", "white", "a", 10, 100), ("1", "white", "b", 60, 200),
        ("1", "", "a", 1, 10), ("1", "asian", "a", 1, 12),
    ])  # fmt: skip
    result = desk.write(GROUPS, TWO, rows).run().result
    # By hand: weights 200 and 250 of 450; rates 0.2 and 0.6 against 0.1 and 0.3.
    ours, theirs = (200 * 0.2 + 250 * 0.6) / 450, (200 * 0.1 + 250 * 0.3) / 450
    assert result["estimate"] == pytest.approx(ours / theirs, abs=1e-12)
    low, high = result["interval"]
    assert 1 < low < 2 < high
    groups = {one["group"]: one for one in result["diagnostics"]["groups"]}
    assert groups["asian"]["ratio"] is None
    assert result["diagnostics"]["percent_unknown"] == pytest.approx(100 * 10 / 472)
    assert any("not against the people who live here" in one or "against encounters" in one
               for one in result["warnings"])  # fmt: skip


def test_a_group_with_few_encounters_is_not_compared(desk: Desk) -> None:
    rows = records([("1", "black", "a", 5, 12), ("1", "white", "a", 10, 100)])
    result = desk.write(GROUPS, TWO, rows).run().result
    assert result["estimate"] is None
    assert "below 30 no comparison is made" in result["too_little_data"]


def people(*, change: float, seed: int = 3) -> str:
    """3,000 people with gamma rates; of those with 4 contacts or more half are in the program."""
    rng = np.random.default_rng(seed)
    rate = rng.gamma(0.8, 2.0, size=3000)
    before = rng.poisson(rate)
    own = (before >= 4) & (rng.random(3000) < 0.5)
    after = rng.poisson(rate * np.where(own, change, 1.0))
    rows = zip(own.astype(int), before, after, strict=True)
    return "\n".join(["program,n1,n2", *(f"{a},{b},{c}" for a, b, c in rows)])


@pytest.mark.parametrize(("change", "clear"), [(1.0, False), (0.6, True)])
def test_regression_to_the_mean_is_taken_off(change: float, clear: bool, desk: Desk) -> None:
    result = desk.write(PICKED, PICKED_MAP, people(change=change)).run().result
    told = result["diagnostics"]
    # Without a program they fall all the same: a plain comparison of before and after misleads.
    assert told["after"] / told["before"] < 0.95
    low, high = result["interval"]
    assert low < change < high
    assert (high < 1) is clear
    states = {one["name"]: one["state"] for one in result["assumptions"]}
    assert states["usual levels stayed as they were"] == "checked"
    assert result["rank"] == 4


def test_levels_that_moved_for_everybody_fail_the_check(desk: Desk) -> None:
    lines = people(change=1.0).splitlines()
    rng = np.random.default_rng(8)
    moved = [lines[0]]
    for line in lines[1:]:
        own, before, after = (int(one) for one in line.split(","))
        moved.append(f"{own},{before},{rng.binomial(after, 0.5)}")
    result = desk.write(PICKED, PICKED_MAP, "\n".join(moved)).run().result
    states = {one["name"]: one["state"] for one in result["assumptions"]}
    assert states["usual levels stayed as they were"] == "failed"
    assert result["rank"] == 5


def test_known_costs_are_summed(desk: Desk) -> None:
    rows = "\n".join([
        "item,avoided,n,dollars,low,high,source", "staff,no,2,100,,,ledger",
        "cars,no,3,50,,,ledger", "visits,yes,1,80,,,judgment",
    ])  # fmt: skip
    result = desk.write(COST, COST_MAP, rows).run().result
    assert result["estimate"] == pytest.approx(270, abs=1e-9)
    assert result["diagnostics"]["per_contact"] == pytest.approx(35, abs=1e-9)
    assert result["interval"] == pytest.approx([270, 270])
    assert result["diagnostics"]["break_even"]["visits"]["units"] == pytest.approx(350 / 80)


def test_power_is_as_in_r(desk: Desk) -> None:
    # R's help page of power.prop.test: p1 .50, p2 .75, power .90 needs n = 76.7 in each group.
    rows = records([("1", "co", "a", 50, 100)])
    result = desk.write(POWER, TWO, rows).run().result
    assert result["estimate"] == pytest.approx(0.25, abs=0.002)
    assert result["diagnostics"]["power_of_believed"] == pytest.approx(0.90, abs=0.005)
    assert result["interval"] is None
    assert "rank 5 of 5 (a calculation before any result)" in " ".join(result["words"])


@pytest.mark.parametrize(("design", "kind"), [("differences", "number"), ("series", "count")])
def test_power_reads_the_time_before_alone(design: str, kind: str, desk: Desk) -> None:
    rng = np.random.default_rng(5)
    lines = ["id,month,arm,kind,arrest"]
    units = 20 if design == "differences" else 1
    for unit in range(units):
        for month in range(1, 37):
            value = 1000 if month > 24 else rng.poisson(30)
            lines.append(f"u{unit},{month},co,a,{value}")
    text = POWER.replace("yes-no", kind).replace("proportions", design)
    text = text.replace('description = "two', 'start = 25\ndescription = "two')
    text = text.replace("believed = 0.75\n", "").replace("higher", "lower")
    result = desk.write(text, TWO, "\n".join(lines)).run().result
    read = result["diagnostics"]["read_from_the_file"]
    assert read["periods"] == 24
    if design == "series":
        assert 25 < read["mean"] < 35
        assert 0.5 < result["estimate"] < 1
    else:
        # Poisson counts of mean 30 spread by the root of 30.
        assert read["spread"] == pytest.approx(30**0.5, rel=0.15)
        assert -6 < result["estimate"] < 0


@pytest.mark.parametrize(
    ("protocol", "columns", "rows", "words"),
    [
        (MONITOR.replace("yes-no", "count"), TWO, "monitor", "with its `exposure`"),
        (GROUPS.replace('["white"]', '["white", "asian"]'), TWO, "monitor", "one under `control`"),
        (GROUPS.replace('"black"', '"nobody"'), TWO, "monitor", "no group 'nobody'"),
        (PICKED.replace("threshold = 4", "threshold = 9"), PICKED_MAP, "people", "fewer than 9"),
        (COST.replace('from_source = "source"\n', ""), COST_MAP, "cost", "needs `from_source`"),
        (COST.replace("contacts = 10", "contacts = 0"), COST_MAP, "cost", "above zero is needed"),
        (COST, COST_MAP, "text", "which is not a number"),
        (POWER.replace("proportions", "rates").replace("yes-no", "count"), TWO, "monitor",
         "needs `exposure`"),
        (POWER.replace("proportions", "series").replace("yes-no", "count"), TWO, "monitor",
         "periods before are too few"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_a_sentence(
    protocol: str, columns: str, rows: str, words: str, desk: Desk
) -> None:
    text = {
        "monitor": records([("1", "black", "a", 9, 40), ("1", "white", "a", 10, 40),
                            ("1", "asian", "a", 1, 12)]),
        "people": people(change=1.0),
        "cost": "item,avoided,n,dollars,low,high,source\nstaff,no,2,100,,,ledger",
        "text": "item,avoided,n,dollars,low,high,source\nstaff,no,two,100,,,ledger",
    }[rows]  # fmt: skip
    text = text.replace(",black,", ",co,") if "sequential" in protocol else text
    if "power" in protocol and "series" in protocol:
        protocol = protocol.replace('kind = "count"', 'kind = "count"\ncombine = "sum"')
    assert words in desk.write(protocol, columns, text).run().sentence


def test_a_cost_has_its_page(desk: Desk) -> None:
    rows = "item,avoided,n,dollars,low,high,source\nstaff,no,2,100,90,130,ledger\n" \
           "visits,yes,1,80,20,200,judgment"  # fmt: skip
    result = desk.write(COST, COST_MAP, rows).run().out
    (desk.folder / "result.json").write_text(result, encoding="utf-8")
    told = desk.command(
        "report", str(desk.folder / "result.json"), "--out", str(desk.folder / "page"), "--json"
    )
    assert told.code == 0
    assert len(json.loads(told.out)["written"]) == 2
    page = (desk.folder / "page" / "report.html").read_text(encoding="utf-8")
    assert "an estimate, not money that anyone holds" in page
