"""The same measures on other engines: PostgreSQL gives the same numbers; Spark's SQL is written."""

import math
from pathlib import Path

import ibis
import pytest
import sqlglot
from ibis.config import Config
from psycopg.conninfo import conninfo_to_dict

from tandem.evaluation.events.store import DataRefused
from tandem.evaluation.measures.results import Result
from tandem.evaluation.measures.running import compute
from tandem.evaluation.measures.sources import kept
from tandem.kernel.instance import Instance
from tests.evaluation.drawn import draw

EQUAL = 1e-9


class SparkOptions(Config):
    """What Spark's backend registers for its compiler when it is loaded."""

    treat_nan_as_null: bool = False


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Some 3,000 drawn rows with unknowns, links, two sets of hours and an authority."""
    folder = tmp_path_factory.mktemp("drawn")
    draw(folder, 300)
    return folder


def same(one: Result, other: Result) -> bool:
    mine, theirs = one.as_json(), other.as_json()
    numbers = ("n", "N", "value", "percent_unknown")
    for name in numbers:
        if not close(mine.pop(name), theirs.pop(name)):
            return False
    low_high = (mine.pop("interval") or [None, None], theirs.pop("interval") or [None, None])
    return mine == theirs and all(close(a, b) for a, b in zip(*low_high, strict=True))


def close(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=EQUAL, abs_tol=EQUAL)


def url_of(installation: Instance) -> str:
    parts = conninfo_to_dict(installation.dsn("superuser"))
    return (
        f"postgres://{parts['user']}:{parts['password']}@{parts['host']}:{parts['port']}"
        f"/{parts['dbname']}"
    )


def test_postgresql_gives_the_numbers_of_duckdb(data: Path, installation: Instance) -> None:
    here = compute(data, period="quarter")
    there = compute(data, engine=url_of(installation), period="quarter")
    assert len(here) == len(there)
    assert [one for one, other in zip(here, there, strict=True) if not same(one, other)] == []
    assert len([one for one in here if one.not_computed is None]) > 100


def test_an_engine_that_cannot_be_reached_is_a_sentence_without_the_password(data: Path) -> None:
    url = "postgres://someone:hidden-word@127.0.0.1:1/nothing"
    with pytest.raises(DataRefused, match="cannot be reached") as refusal:
        compute(data, engine=url)
    assert "hidden-word" not in str(refusal.value)


def test_every_question_can_be_written_in_sparks_sql(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Written and parsed, not run: Spark itself needs a Java machine, which is not shipped."""
    # The compiler asks for an option that only the backend, which needs Java, would register.
    monkeypatch.setattr(ibis.options, "pyspark", SparkOptions())
    asked: list[ibis.Table] = []

    def keep(backend: ibis.BaseBackend, name: str, table: ibis.Table) -> ibis.Table:
        asked.append(table)
        return kept(backend, name, table)

    def fetch(self: ibis.Table, **options: object) -> object:
        asked.append(self)
        return to_pyarrow(self, **options)

    to_pyarrow = ibis.Table.to_pyarrow
    monkeypatch.setattr("tandem.evaluation.measures.engine.store", keep)
    monkeypatch.setattr(ibis.Table, "to_pyarrow", fetch)
    found = compute(data, period="month")
    assert len({one.id for one in found}) == 26
    assert len(asked) > 30
    for table in asked:
        text = str(ibis.to_sql(table, dialect="pyspark"))
        assert sqlglot.parse_one(text, dialect="spark").find(sqlglot.exp.Select)
