"""One run of measures, as the command and a notebook ask for it."""

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from tandem.evaluation.events.schema import STRATA
from tandem.evaluation.events.store import DataRefused
from tandem.evaluation.measures.definition import (
    FOLDER,
    DefinitionsRefused,
    Measure,
    read_definitions,
)

if TYPE_CHECKING:
    from tandem.evaluation.measures.results import Result


def compute(
    data: str | Path,
    *,
    definitions: Path | None = None,
    map_name: str | None = None,
    engine: str = "",
    from_date: dt.date | None = None,
    to_date: dt.date | None = None,
    as_of: dt.datetime | None = None,
    period: str = "all",
    strata: tuple[str, ...] | None = None,
    only: tuple[str, ...] | None = None,
    notes: list[str] | None = None,
) -> "list[Result]":
    """Measures of a folder of event tables, of a file with a map, or of tables on an engine.

    `data` is `@SCHEMA` for tables that the engine holds already. Into `notes` go sentences on rows
    that no measure can see. Raises DataRefused,
    DefinitionsRefused or MapError, each a sentence.
    """
    # Ibis takes most of a second to import: only a run waits for it.
    from tandem.evaluation.measures.engine import Settings, run
    from tandem.evaluation.measures.sources import Events, open_engine

    if unknown := set(strata or ()) - set(STRATA):
        raise DataRefused(f"{min(unknown)!r} is no stratum; known: {', '.join(STRATA)}.")
    if from_date and to_date and from_date > to_date:
        raise DataRefused(f"From {from_date} to {to_date} holds no day: turn the dates round.")
    measures = _wanted(read_definitions(definitions or FOLDER), only)
    if strata is not None:
        measures = [replace(measure, strata=strata) for measure in measures]
    settings = Settings(from_date, to_date, as_of, period, strata=strata)
    with open_engine(engine) as connection:
        text = str(data)
        if text.startswith("@"):
            if not engine:
                raise DataRefused("`@` names tables on an engine: give --engine as well.")
            events = Events.of_engine(connection, text[1:])
        elif map_name:
            from tandem.evaluation.events.from_map import import_file
            from tandem.kernel.maps import find_map

            imported = import_file(text, find_map(map_name))
            events = Events.of_arrow(connection, imported.tables)
        else:
            events = Events.of_folder(connection, Path(text))
        events.check()
        if notes is not None:
            from tandem.evaluation.measures.notes import notes_on

            notes += notes_on(events)
        return run(measures, events, settings)


def _wanted(measures: list[Measure], only: tuple[str, ...] | None) -> list[Measure]:
    if only is None:
        return measures
    known = {measure.id for measure in measures}
    if unknown := set(only) - known:
        raise DefinitionsRefused(
            f"No measure {min(unknown)} is defined; defined: {', '.join(sorted(known))}."
        )
    return [measure for measure in measures if measure.id in only]
