"""Further published evaluations, one for each of several methods, from the documentation alone."""

import csv
import warnings
from pathlib import Path

import numpy as np
import pytest

from tests.evaluation.effects.scene import Desk, public_data
from tests.evaluation.effects.test_published_elsewhere import shipped

AID = """
[outcome]
name = "arrest"
description = "first arrests"
kind = "yes-no"
[comparison]
description = "people released without aid"
treated = ["1"]
[method]
name = "first-contact"
model = "cause-specific"
"""
CASTLE = """
[outcome]
name = "homicide"
description = "homicides of 100,000 people"
kind = "number"
transform = "log"
[periods]
unit = "year"
[comparison]
description = "states without such a law"
group_holds = "treated-now"
[method]
name = "two-way-fixed-effects"
"""
TOBACCO = """
[outcome]
name = "packs"
description = "packs of cigarettes sold for each person"
kind = "number"
[periods]
unit = "year"
[comparison]
description = "38 states without such a law"
by = "unit"
treated = ["California"]
start = 1989
[method]
name = "synthetic-control"
"""
SHIP = """
[outcome]
name = "survived"
description = "people who survived"
kind = "yes-no"
[comparison]
description = "all others on board"
treated = ["1st class"]
[[covariates]]
name = "cell"
kind = "category"
[method]
name = "inverse-probability-weighting"
"""
ADMITTED = """
[outcome]
name = "admitted"
description = "applications admitted"
kind = "yes-no"
[comparison]
description = "applications of men"
treated = ["women"]
control = ["men"]
[method]
name = "disparity"
strata = "department"
"""
# Bickel, Hammel and O'Connell 1975, the six largest departments: men and women, admitted of all.
BERKELEY = {
    "A": (512, 825, 89, 108),
    "B": (353, 560, 17, 25),
    "C": (120, 325, 202, 593),
    "D": (138, 417, 131, 375),
    "E": (53, 191, 94, 393),
    "F": (22, 373, 24, 341),
}


def rossi() -> list[dict[str, str]]:
    """432 people released from prison, half of them with aid (Rossi, Berk and Lenihan 1980)."""
    lifelines = pytest.importorskip("lifelines")
    path = Path(lifelines.__file__).parent / "datasets" / "rossi.csv"
    with path.open(newline="") as file:
        return [{"id": str(n), **row} for n, row in enumerate(csv.DictReader(file))]


def test_aid_after_prison(desk: Desk) -> None:
    # Fox, Cox regression in R: fin -0.379, ratio 0.684 (0.470 to 0.996).
    names = ["age", "race", "wexp", "mar", "paro", "prio"]
    rows = rossi()
    lines = [",".join(rows[0]), *(",".join(row.values()) for row in rows)]
    columns = 'person = "id"\ntime = "week"\nevent = "arrest"\ngroup = "fin"\n'
    columns += "".join(f'covariate.{name} = "{name}"\n' for name in names)
    text = AID + "".join(f'[[covariates]]\nname = "{name}"\n' for name in names)
    result = desk.write(text, columns, "\n".join(lines)).run().result
    assert np.log(result["estimate"]) == pytest.approx(-0.379, abs=5e-4)
    own = result["diagnostics"]["coefficients"][0]
    assert own["standard_error"] == pytest.approx(0.191, abs=5e-4)


def test_castle_laws(desk: Desk) -> None:
    # Cheng and Hoekstra 2013; Cunningham, Mixtape, ch. 9: 0.069 by Bacon's decomposition.
    shipped(desk, "castle")
    columns = 'unit = "sid"\ntime = "year"\ngroup = "post"\noutcome.homicide = "homicide"\n'
    result = desk.write(CASTLE, columns).run().result
    assert np.log(result["estimate"]) == pytest.approx(0.069, abs=5e-4)
    assert any("Use callaway-santanna" in line for line in result["warnings"])


def test_a_synthetic_california(desk: Desk) -> None:
    # Arkhangelsky et al. 2021, table 1: synthetic control -19.6.
    columns = 'unit = "State"\ntime = "Year"\noutcome.packs = "PacksPerCapita"\n'
    desk.write(TOBACCO, columns)
    text = desk.map.read_text(encoding="utf-8")
    text = text.replace('format = "csv"', 'format = "csv"\ndelimiter = ";"')
    desk.map.write_text(text, encoding="utf-8")
    result = desk.run(data=public_data("california_prop99.csv")).result
    assert result["estimate"] == pytest.approx(-19.6, abs=0.15)


def test_first_class_on_the_titanic(desk: Desk) -> None:
    # Mixtape, ch. 5: 35.4 points apart, 18.9 at the ages and sexes of the other classes; at those
    # of everybody, by hand from the same cells, 19.6.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        causaldata = pytest.importorskip("causaldata")
        table = causaldata.titanic.load_pandas().data
    table.assign(cell=table["age"].astype(str) + table["sex"].astype(str)).to_csv(desk.data)
    columns = 'group = "class"\noutcome.survived = "survived"\ncovariate.cell = "cell"\n'
    result = desk.write(SHIP, columns).run().result
    assert result["estimate"] == pytest.approx(0.196, abs=5e-4)


def test_admissions_to_berkeley(desk: Desk) -> None:
    # Freedman, Pisani and Purves, Statistics, ch. 2: 39 percent of men, 43 percent of women.
    lines = ["sex,department,admitted"]
    for name, (men, all_men, women, all_women) in BERKELEY.items():
        for sex, yes, whole in (("men", men, all_men), ("women", women, all_women)):
            lines += [f"{sex},{name},{int(number < yes)}" for number in range(whole)]
    columns = 'group = "sex"\noutcome.admitted = "admitted"\ncovariate.department = "department"\n'
    result = desk.write(ADMITTED, columns, "\n".join(lines)).run().result
    assert result["estimate"] == pytest.approx(0.43 / 0.39, abs=0.02)
    # All departments together, men have the higher rate: 44 and 30 percent.
    assert "44.5%" in result["words"][0]
