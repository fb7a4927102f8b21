"""Reads what a scenario file wants compared: `[[variant]]` says what is different from the file."""

from dataclasses import replace
from pathlib import Path

from tandem.kernel.strict_toml import Section
from tandem.planning import reading
from tandem.planning.read_scenario import open_document, parse, read_scenario, read_teams, refuse
from tandem.planning.scenario import AFTER_CALL, END_RULES, RULES, Scenario, Spot, Team


def read_variants(path: Path) -> list[Scenario]:
    """The file's own scenario first, then each variant by its name. Raises ScenarioError."""
    if path.is_dir():
        return [read_scenario(path)]
    document = open_document(path)
    base = parse(document, path.parent)
    found = [base]
    for table in document.root().sections("variant", needed=False):
        variant = _variant(table, base)
        if variant.name in [known.name for known in found]:
            table.fault(f"The name {variant.name!r} is there twice.", "name")
        found.append(variant)
    refuse(document, path)
    return found


def _variant(table: Section, base: Scenario) -> Scenario:
    name = table.text("name")
    known = [team.name for team in base.teams]
    without = table.texts("without", (), of=known)
    posts = (*base.posts, *_posts(table, base))
    areas = {place.area for place in base.places}
    added: tuple[Team, ...] = ()
    if "team" in table:
        added = read_teams(table, [spot.name for spot in posts], areas)
    teams = _merged(base.teams, without, added)
    end = table.text("end_of_shift", "", of=END_RULES)
    if end:
        teams = tuple(replace(team, end_of_shift=end) for team in teams)
    if not teams:
        table.fault(f"The variant {name!r} has no team left.")
    factor = reading.real(table, "demand_factor", 1.0, high=100)
    table_made = replace(
        base,
        name=name,
        teams=teams,
        posts=posts,
        rule=table.text("rule", base.rule, of=RULES),
        after_call=table.text("after_call", base.after_call, of=AFTER_CALL),
        patience=reading.duration(table, "patience", base.patience),
        demand=tuple(
            replace(stream, rates=tuple(rate * factor for rate in stream.rates))
            for stream in base.demand
        ),
    )
    table.close()
    return table_made


def _posts(table: Section, base: Scenario) -> tuple[Spot, ...]:
    made = []
    for row in table.sections("post", needed=False):
        x, y = reading.point(row, "at")
        spot = Spot(row.text("name"), x, y)
        if spot.name in [known.name for known in base.posts]:
            row.fault(f"The post {spot.name!r} is there already.", "name")
        made.append(spot)
        row.close()
    return tuple(made)


def _merged(
    teams: tuple[Team, ...], without: tuple[str, ...], added: tuple[Team, ...]
) -> tuple[Team, ...]:
    """A team of the same name takes the other's place; a new one comes last."""
    by_name = {team.name: team for team in teams if team.name not in without}
    by_name.update({team.name: team for team in added})
    return tuple(by_name.values())
