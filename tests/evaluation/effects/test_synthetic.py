"""Synthetic control against published weights, the reference library and an exact case."""

import warnings

import numpy as np
import pytest

from tandem.evaluation.effects.simplex import simplex_weights
from tests.evaluation.effects.scene import Desk, public_data

BASQUE = """
[outcome]
name = "gdp"
description = "GDP per head"
kind = "number"
[periods]
unit = "year"
[comparison]
description = "the other regions"
by = "unit"
treated = ["Basque Country (Pais Vasco)"]
start = 1975
[method]
name = "synthetic-control"
predictors = "covariates"
fit_first = 1960
fit_last = 1969
outcome_means = "1960..1969"
"""
CALIFORNIA = """
[outcome]
name = "packs"
description = "packs"
kind = "number"
[comparison]
description = "the other states"
by = "unit"
treated = ["California"]
start = 1989
[method]
name = "synthetic-control"
"""
SCHOOL = ("school.illit", "school.prim", "school.med", "school.high", "school.post.high", "invest")
SECTORS = ("agriculture", "energy", "industry", "construction", "services.venta",
           "services.nonventa")  # fmt: skip


def basque_files(desk: Desk) -> None:
    windows = [(name, 1964, 1969) for name in SCHOOL]
    windows += [(f"sec.{name}", 1961, 1969) for name in SECTORS]
    windows += [("popdens", 1969, 1969)]
    columns = 'unit = "regionname"\ntime = "year"\nmissing = ["NA"]\noutcome.gdp = "gdpcap"\n'
    protocol = BASQUE
    for name, first, last in windows:
        own = name.replace(".", "_")
        columns += f'covariate.{own} = "{name}"\n'
        protocol += f'[[covariates]]\nname = "{own}"\nfirst = {first}\nlast = {last}\n'
    desk.write(protocol, columns)
    text = desk.protocol.read_text()
    desk.protocol.write_text(
        text.replace('"everybody"', '"everybody"\nexclude_units = ["Spain (Espana)"]')
    )


def test_basque_weights_are_as_published(desk: Desk) -> None:
    # R package Synth, example of Abadie and Gardeazabal (2003): Catalonia .8508, Madrid .1492.
    basque_files(desk)
    result = desk.run(data=public_data("basque.csv")).result
    weights = result["diagnostics"]["weights"]
    assert weights["Cataluna"] == pytest.approx(0.8508, abs=0.001)
    assert weights["Madrid (Comunidad De)"] == pytest.approx(0.1492, abs=0.001)
    assert result["estimate"] == pytest.approx(-0.6996, abs=0.001)
    assert result["placebo"]["n"] == 16
    assert result["level"] == pytest.approx(16 / 17)


def test_california_path_weights_agree_with_the_literature(desk: Desk) -> None:
    # Arkhangelsky et al. 2021, table 1: synthetic control -19.6 (the outcome's path alone).
    desk.write(CALIFORNIA, 'unit = "State"\ntime = "Year"\noutcome.packs = "PacksPerCapita"\n')
    text = desk.map.read_text()
    desk.map.write_text(text.replace('zone = "UTC"', 'zone = "UTC"\ndelimiter = ";"'))
    result = desk.run(data=public_data("california_prop99.csv")).result
    assert result["estimate"] == pytest.approx(-19.6, abs=0.2)
    assert result["diagnostics"]["weights"]["Utah"] == pytest.approx(0.394, abs=0.01)


def test_weights_are_those_of_the_reference_library() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pysyncon = pytest.importorskip("pysyncon.base").VanillaOptimMixin
    rng = np.random.default_rng(8)
    for _ in range(5):
        donors, target = rng.normal(size=(20, 8)), rng.normal(size=20)
        own = simplex_weights(donors, target)
        theirs, _ = pysyncon.w_optimize(V_mat=np.eye(20), X0=donors, X1=target)
        loss = [float(np.sum((donors @ one - target) ** 2)) for one in (own, theirs)]
        assert loss[0] <= loss[1] + 1e-8
        assert own == pytest.approx(theirs, abs=2e-3)


def test_a_unit_that_is_a_mean_of_two_others_is_found_exactly(desk: Desk) -> None:
    # By hand: a quarter of u1, three quarters of u2, and 5 more from 2010 on.
    rng = np.random.default_rng(3)
    others = rng.normal(size=(24, 16)).cumsum(axis=1) + 20
    own = 0.25 * others[0] + 0.75 * others[1]
    own[10:] += 5
    rows = ["unit,year,y"]
    for name, course in [("us", own), *((f"u{k + 1}", one) for k, one in enumerate(others))]:
        rows += [f"{name},{2000 + k},{value!r}" for k, value in enumerate(course.tolist())]
    text = CALIFORNIA.replace('"packs"', '"y"').replace("California", "us")
    desk.write(text.replace("1989", "2010"), 'unit = "unit"\ntime = "year"\noutcome.y = "y"\n',
               "\n".join(rows))  # fmt: skip
    result = desk.run().result
    assert result["diagnostics"]["weights"] == pytest.approx({"u1": 0.25, "u2": 0.75}, abs=1e-6)
    assert result["estimate"] == pytest.approx(5, abs=1e-6)
    assert result["p"] == pytest.approx(1 / 25)
    low, high = result["interval"]
    assert low < 5 < high


def test_two_treated_units_are_refused(desk: Desk) -> None:
    rows = ["unit,year,y"] + [f"u{u},{2000 + k},{u + k}" for u in range(8) for k in range(12)]
    text = CALIFORNIA.replace('"packs"', '"y"').replace('"California"', '"u0", "u1"')
    desk.write(text.replace("1989", "2006"), 'unit = "unit"\ntime = "year"\noutcome.y = "y"\n',
               "\n".join(rows))  # fmt: skip
    assert "2 units are treated" in desk.run().sentence
