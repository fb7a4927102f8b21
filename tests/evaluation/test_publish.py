"""The gate: small counts stay inside, in one table and across all releases together."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tandem.evaluation.publish import Ledger, Outcome, PublishError, leave, make_table, read_table
from tandem.evaluation.publish.audit import attack_ledger
from tandem.evaluation.publish.derive import interval_of, rounded
from tandem.evaluation.publish.periods import parse_period, wider_period
from tests.evaluation.releases import Attacker, make_world
from tests.proof.evaluation_publish import attack_random

DAY = date(2026, 11, 23)


def table(counts: dict[str, int], *, by: str = "outcome", subject: str = "encounters") -> Any:
    """A table of one dimension; the value "all" is its total."""
    cells = [{"at": {by: name}, "count": count} for name, count in counts.items()]
    return make_table({"subject": subject, "cells": cells})


def shown(outcome: Outcome, by: str = "outcome") -> dict[str, int | None]:
    """The counts as the public sees them."""
    return {line["at"].get(by, "all"): line["count"] for line in outcome.cells}


@pytest.mark.parametrize(("count", "seen"), [(0, 0), (11, 11), (40, 40)])
def test_zero_and_eleven_are_shown(count: int, seen: int) -> None:
    outcome = leave(table({"home": count, "hospital": 50}), None)
    assert shown(outcome)["home"] == seen


@pytest.mark.parametrize("count", range(1, 11))
def test_one_to_ten_are_never_shown(count: int) -> None:
    outcome = leave(table({"home": count, "hospital": 50, "jail": 90}), None, anyway=True)
    assert shown(outcome)["home"] is None


def test_a_total_does_not_give_the_hidden_cell_away() -> None:
    outcome = leave(table({"a": 3, "b": 40, "c": 25, "d": 60, "all": 128}), None)
    # By hand: 128 - 40 - 25 - 60 = 3, so one more must fall; the smallest is c.
    assert shown(outcome) == {"a": None, "b": 40, "c": None, "d": 60, "all": 128}


def test_two_small_cells_whose_sum_is_small_take_a_third_with_them() -> None:
    outcome = leave(table({"a": 1, "b": 1, "c": 25, "d": 60, "all": 87}), None, anyway=True)
    # 87 - 25 - 60 = 2 and each is at least 1: both would be known.
    assert shown(outcome)["c"] is None
    assert shown(outcome)["all"] == 87


def test_a_lone_hidden_number_is_joined_by_another_so_that_hidden_does_not_mean_small() -> None:
    outcome = leave(table({"a": 3, "b": 40, "c": 25}), None, anyway=True)
    assert shown(outcome) == {"a": None, "b": 40, "c": None}


def test_a_percentage_is_a_derived_cell() -> None:
    cells = [{"measure": "M12", "at": {"area": "N"}, "count": 28, "of": 30}]
    cells += [{"measure": "M12", "at": {"area": "S"}, "count": 12, "of": 40}]
    outcome = leave(make_table({"subject": "encounters", "cells": cells}), None, anyway=True)
    # 30 - 28 = 2 were not arrested: n, N and the percentage together would tell it.
    north = outcome.cells[0]
    assert north["percent"] is None
    assert None in (north["count"], north["of"])


def _month(period: str, count: int) -> Any:
    cells = [{"at": {"period": period}, "count": count}]
    return make_table({"subject": "arrests", "cells": cells})


@pytest.fixture
def months(tmp_path: Path) -> Path:
    """January to March are public, March with 3 not shown."""
    for period, count in (("2026-01", 12), ("2026-02", 14), ("2026-03", 3)):
        assert leave(_month(period, count), tmp_path, on=DAY, anyway=True).status == "published"
    return tmp_path


def test_a_quarter_that_gives_an_old_month_away_is_refused(months: Path) -> None:
    before = sorted(path.name for path in months.iterdir())
    outcome = leave(_month("2026-Q1", 29), months, on=DAY)
    assert outcome.status == "refused"
    assert "2026-03" in outcome.solved[0]
    assert outcome.cells == []
    assert sorted(path.name for path in months.iterdir()) == before


def test_the_same_quarter_leaves_when_it_may_withhold(months: Path) -> None:
    outcome = leave(_month("2026-Q1", 29), months, on=DAY, withhold=True, anyway=True)
    assert outcome.status == "published"
    assert outcome.cells[0]["count"] is None
    assert attack_ledger(months)["ok"]


def test_a_withdrawn_release_keeps_its_place_and_stays_in_the_attack(months: Path) -> None:
    Ledger(months).withdraw(2, "counted twice", on=DAY)
    place = json.loads((months / "0002.json").read_text())
    reason = {"on": "2026-11-23", "reason": "counted twice"}
    assert place == {"number": 2, "date": "2026-11-23", "withdrawn": reason}
    assert leave(_month("2026-Q1", 29), months, on=DAY).status == "refused"
    with pytest.raises(PublishError, match="was withdrawn before"):
        Ledger(months).withdraw(2, "again", on=DAY)


def test_what_others_published_counts(tmp_path: Path) -> None:
    """The agency's own open call list shows the whole; the table may not show the rest."""
    leave(table({"all": 43}), tmp_path, kind="outside", anyway=True)
    outcome = leave(table({"home": 40, "jail": 3}), tmp_path, anyway=True)
    assert shown(outcome) == {"home": None, "jail": None}


def test_what_was_published_small_by_others_does_not_block(tmp_path: Path) -> None:
    leave(table({"jail": 3, "home": 40, "all": 43}), tmp_path, kind="outside", anyway=True)
    assert not attack_ledger(tmp_path)["ok"]
    assert leave(table({"home": 40, "all": 43}), tmp_path).status == "published"


def test_most_cells_fall_so_a_wider_area_and_period_are_offered(tmp_path: Path) -> None:
    areas = {"N1": "North", "N2": "North", "S1": "South", "S2": "South"}
    cells = [
        {"at": {"period": f"2026-{month:02}", "area": area}, "count": 4 + month % 3}
        for month in range(1, 7)
        for area in areas
    ]
    facts = {"subject": "detentions", "within": {"area": areas}, "cells": cells}
    outcome = leave(make_table(facts), tmp_path)
    assert outcome.status == "wider"
    # By hand: two areas together hold 10, 12, 8, 10, 12, 8 a month; a quarter of one holds 15.
    assert {(o.dimension, o.hidden) for o in outcome.offers} == {("area", 8), ("period", 0)}
    assert Ledger(tmp_path).releases() == []


def test_rounding_shows_no_small_number_and_hides_none_twice() -> None:
    assert [rounded(n, 5) for n in (0, 11, 12, 13, 17, 18, 22, 23)] == [
        0, 15, 15, 15, 15, 20, 20, 25,
    ]  # fmt: skip
    for step in (1, 2, 3, 5, 10, 25):
        for count in range(11, 200):
            low, high = interval_of(rounded(count, step), step)
            assert low <= count <= high
            assert {rounded(n, step) for n in range(low, high + 1)} == {rounded(count, step)}


@pytest.mark.parametrize(
    ("text", "days", "wider"),
    [
        ("2026", 365, None),
        ("2024-02", 29, ("2024-Q1", "quarter")),
        ("2026-Q4", 92, ("2026", "year")),
        ("2026-H1", 181, ("2026", "year")),
        ("2026-W01", 7, None),  # it begins in December
        ("2026-W10", 7, ("2026-Q1", "quarter")),
        ("2026-07-14", 1, ("2026-07", "month")),
        ("2026-07-01/2026-10-01", 92, None),
    ],
)
def test_periods(text: str, days: int, wider: tuple[str, str] | None) -> None:
    (first, end), _ = parse_period(text)
    assert end - first == days
    assert wider_period(text) == wider


BAD: list[tuple[dict[str, Any], str]] = [
    ({"subject": "x", "cells": []}, "no numbers"),
    ({"cells": [{"count": 3}]}, "names no subject"),
    ({"subject": "x", "cells": [{"count": "many"}]}, "'many'"),
    ({"subject": "x", "cells": [{"count": -1}]}, "-1"),
    ({"subject": "x", "cells": [{"count": 2.5}]}, "2.5"),
    ({"subject": "x", "cells": [{"count": 12, "of": 11}]}, "more than"),
    ({"subject": "x", "cells": [{"at": {"period": "spring"}, "count": 1}]}, "no period"),
    ({"subject": "x", "cells": [{"count": 12}, {"count": 13}]}, "given twice"),
    ({"subject": "x", "cells": [{"count": 12}], "colour": 1}, "no word of the format"),
    (
        {"subject": "x", "within": {"area": {"a": "b", "b": "a"}}, "cells": [{"count": 12}]},
        "within",
    ),
    ({"subject": "x", "cells": [{"at": {"a": "1"}, "count": 50}, {"count": 40}]}, "contradict"),
]


@pytest.mark.parametrize(("facts", "words"), BAD)
def test_bad_tables_are_one_sentence(facts: dict[str, Any], words: str) -> None:
    with pytest.raises(PublishError, match=words) as refused:
        leave(make_table(facts), None, anyway=True)
    assert "\n" not in refused.value.sentence


def test_numbers_that_contradict_an_old_release_are_refused(months: Path) -> None:
    with pytest.raises(PublishError, match="cannot all be true"):
        leave(_month("2026-01", 30), months)


def test_a_broken_ledger_publishes_nothing(months: Path) -> None:
    (months / "0002.json").write_text("{")
    with pytest.raises(PublishError, match=r"0002\.json"):
        leave(_month("2026-04", 30), months)


def test_a_csv_file_and_the_results_of_measures(tmp_path: Path) -> None:
    file = tmp_path / "calls.csv"
    file.write_text("period,area,count\n2026-01,N,40\n2026-01,,60\n")
    read = read_table(file, subject="calls")
    assert [cell.at for cell in read.cells] == [
        (("area", "N"), ("period", "2026-01")),
        (("period", "2026-01"),),
    ]
    results = tmp_path / "measures.json"
    results.write_text(
        json.dumps(
            [
                {"id": "M12", "stratum": {"area": "N"}, "n": 12, "N": 40, "value": 0.3},
                {"id": "M11", "not_computed": "no authority on file", "n": None},
            ]
        )
    )
    (cell,) = read_table(results).cells
    assert (cell.measure, cell.count, cell.of) == ("M12", 12, 40)


def test_random_releases_attacked_together() -> None:
    tally = attack_random(4, seed=3, tables=5)
    assert tally.solved == 0
    assert tally.wanted > 50
    # The attack has teeth: leaving out the small cells alone does not do.
    assert tally.solved_control > 0


def test_the_attacker_finds_a_planted_difference() -> None:
    world = make_world(np.random.default_rng(5))
    small = next(leaf for leaf, n in world.encounters.items() if 0 < n < 11)
    month, area, outcome = small
    at = {"period": month, "area": area}
    lines = [
        {"at": {**at, "outcome": o}, "measure": None, "count": None if o == outcome else n}
        for (m, a, o), n in world.encounters.items()
        if (m, a) == (month, area)
    ]
    total = sum(n for (m, a, _), n in world.encounters.items() if (m, a) == (month, area))
    lines.append({"at": at, "measure": None, "count": total})
    _, solved = Attacker([(lines, 1)]).solve(world)
    assert solved >= 1
