"""Repeat contacts through the command: a published trial laid out as a newcomer has it."""

import numpy as np
import pytest

from tests.evaluation.bladder import patients
from tests.evaluation.effects.scene import Desk

PROTOCOL = """
[outcome]
name = "recurrence"
description = "recurrences"
kind = "count"
[comparison]
description = "placebo"
treated = ["2"]
[method]
name = "repeat-contacts"
ties = "breslow"
[[covariates]]
name = "size"
[[covariates]]
name = "number"
"""
COLUMNS = """
person = "id"
time = "stop"
event = "event"
group = "rx"
covariate.size = "size"
covariate.number = "number"
"""
FIRST = """
[outcome]
name = "contact"
description = "contacts"
kind = "count"
[comparison]
description = "the others"
[method]
name = "first-contact"
"""


def bladder() -> str:
    rows = ["id,rx,size,number,stop,event"]
    for person, facts, end, events in patients():
        head = f"{person},{facts['rx']:g},{facts['size']:g},{facts['number']:g}"
        rows += [f"{head},{time:g},1" for time in events]
        rows.append(f"{head},{end:g},0")
    return "\n".join(rows)


def test_andersen_gill_is_as_in_r(desk: Desk) -> None:
    # R survival, tests/bladder.Rout.save: Breslow ties, cluster(id).
    result = desk.write(PROTOCOL, COLUMNS, bladder()).run().result
    told = result["diagnostics"]["coefficients"]
    assert [one["name"] for one in told] == ["program", "size", "number"]
    coefficients = [one["coefficient"] for one in told]
    assert coefficients == pytest.approx([-0.45979, -0.04256, 0.17164], abs=5e-6)
    assert [one["robust_error"] for one in told] == pytest.approx(
        [0.25801, 0.07555, 0.06131], abs=5e-6
    )
    assert result["estimate"] == pytest.approx(np.exp(-0.45979), abs=5e-6)
    assert result["n"] == 85
    assert result["diagnostics"]["contacts"] == 112
    low, high = result["interval"]
    assert low < 1 < high


def test_wei_lin_weissfeld_is_as_in_r(desk: Desk) -> None:
    # The same source, table 5 of Wei, Lin and Weissfeld: treatment, first to fourth recurrence.
    text = PROTOCOL.replace('"breslow"', '"breslow"\nmodel = "wlw"\nmost = 4')
    told = desk.write(text, COLUMNS, bladder()).run().result["diagnostics"]
    own = [one["coefficient"] for one in told["coefficients"] if one["name"] == "program"]
    expected = [-0.5176209, -0.6194404, -0.6998771, -0.6507935]
    assert own == pytest.approx(expected, abs=5e-8)


def test_few_contacts_give_no_interval(desk: Desk) -> None:
    rows = ["id,rx,size,number,stop,event"]
    rows += [f"{k},{1 + k % 2},{k % 3},{k % 5},{10 + k % 4},{int(k < 6)}" for k in range(40)]
    result = desk.write(PROTOCOL, COLUMNS, "\n".join(rows)).run().result
    assert "6 contacts" in result["too_little_data"]
    assert result["interval"] is None


def test_a_person_in_two_groups_is_refused(desk: Desk) -> None:
    rows = bladder() + "\n5,2,1,4,30,0"
    assert "is in two groups" in desk.write(PROTOCOL, COLUMNS, rows).run().sentence


def test_first_contacts_with_and_without_the_program(desk: Desk) -> None:
    # Drawn: contacts come half as fast with the program, another end equally fast.
    rng = np.random.default_rng(2)
    rows = ["id,group,stop,event"]
    for person in range(600):
        own = person % 2
        contact, other = rng.exponential(2.0 if own else 1.0), rng.exponential(2.0)
        stop = min(contact, other, 3.0)
        event = 0 if stop == 3.0 else 1 if contact < other else 2
        rows.append(f"{person},{own},{stop:.9f},{event}")
    columns = 'person = "id"\ntime = "stop"\nevent = "event"\ngroup = "group"\n'
    specific = FIRST + 'model = "cause-specific"\n'
    result = desk.write(specific, columns, "\n".join(rows)).run().result
    low, high = result["interval"]
    assert low < 0.5 < high < 0.7
    (picture,) = result["pictures"]
    assert picture["rows"][-1][1] < picture["rows"][-1][2]
    weighted = desk.write(FIRST, columns).run().result
    assert result["estimate"] < weighted["estimate"] < 1


def test_a_row_after_the_end_of_observation(desk: Desk) -> None:
    rows = bladder().splitlines()
    head, time, _ = rows[-1].rsplit(",", 2)
    rows.append(f"{head},{float(time) + 5:g},1")
    sentence = desk.write(PROTOCOL, COLUMNS, "\n".join(rows)).run().sentence
    assert "after the end of observation" in sentence
    assert "Traceback" not in sentence


def test_persons_without_an_end_are_counted(desk: Desk) -> None:
    rows = bladder().splitlines()
    endless = [row for row in rows if not row.endswith(",0")]
    result = desk.write(PROTOCOL, COLUMNS, "\n".join(endless)).run().result
    persons = result["diagnostics"]["persons"]
    told = f"{persons} of {persons} persons have no row for the end of observation"
    assert any(told in line for line in result["warnings"])
