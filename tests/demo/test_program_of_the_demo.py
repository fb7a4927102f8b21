"""The demonstration's program file, its cast and the law agree with each other."""

import datetime as dt

from tandem.demo.cast import load_cast
from tandem.kernel.instance import checkout
from tandem.kernel.pack import shipped_pack
from tandem.kernel.program import parse_program

PROGRAM = parse_program((checkout() / "program.toml").read_bytes())


def test_units_and_agencies_are_those_of_the_cast() -> None:
    cast = load_cast()
    assert {(u.callsign, u.agency, u.kind) for u in PROGRAM.units} == {
        (u.callsign, u.agency, u.kind) for u in cast.units
    }
    teams = {hours.team for hours in PROGRAM.hours}
    assert teams == {agency.desk for agency in cast.agencies}


def test_program_and_cast_name_the_same_program_and_law() -> None:
    told, cast = PROGRAM, load_cast().program
    assert (told.code, told.name, told.pack) == (cast.code, cast.name, cast.pack)
    assert told.zone.key == cast.zone
    assert shipped_pack(told.pack, dt.date(2026, 11, 23)) is not None
    # Of a new source the program says that its CAD leads; the story is played at our own desk.
    assert told.feed.mode == "cad_leads"
    assert {feed.mode for feed in load_cast().feeds} == {"tandem_leads"}
