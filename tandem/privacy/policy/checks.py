"""What must hold between the parts of the policy: no unknown name, no grant that no cell allows."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tandem.privacy.policy.model import (
    ANY,
    BUILT,
    DESK,
    EVERY,
    FULFILLED_BY,
    NOT_OF_PERSONS,
    PARENT,
    SHOWS_NOBODY,
    Cell,
    Condition,
    DataClass,
    Grant,
    Policy,
    Role,
    Table,
)

Where = tuple[str | int, ...]
Found = Iterator[tuple[Where, str]]

# Adding plumbing needs no row condition: nobody with people behind it can look at what was added.
PLUMBING = "N3"
_PART = re.compile(r"\{([a-z_.]+)\}")
VARIABLES = ("program", "agency", "staff", "act", "role")
OTHER_WORDS = ("table", "given_by_one")


def faults(policy: Policy) -> Found:
    """Every place where two parts of the policy do not fit together."""
    yield from _names(policy)
    yield from _cells(policy)
    yield from _conditions(policy)
    for table, grant in policy.pairs():
        yield from _grant(policy, table, grant)
    yield from _opened(policy)
    yield from _circles(policy)
    yield from _rules(policy)


def _names(policy: Policy) -> Found:
    for role in policy.roles.values():
        if role.login not in policy.logins:
            yield ("roles", role.code, "login"), f"Unknown login “{role.login}”."
        if role.given_by_one and (shown := _shows_persons(policy, role)):
            where = ("roles", role.code, "given_by")
            yield where, f"{role.code} may see {shown}: a second administrator confirms it."
    kept: list[tuple[str, str, DataClass | Table]] = [
        *(("classes", data.code, data) for data in policy.classes.values()),
        *(("tables", table.name, table) for table in policy.tables.values()),
    ]
    for section, name, item in kept:
        if item.retention not in policy.retention:
            yield (section, name, "retention"), f"Unknown retention class “{item.retention}”."
        if item.hold not in policy.holds:
            yield (section, name, "hold"), f"Unknown hold rule “{item.hold}”."
    for section, named in (("functions", policy.functions), ("sequences", policy.sequences)):
        for name, logins in named.items():
            for login in set(logins) - set(policy.logins):
                yield (section, name), f"Unknown login “{login}”."


def _shows_persons(policy: Policy, role: Role) -> str:
    """The classes in which the role sees, or will see, something about a person served."""
    cells = (cell for cell in policy.cells.values() if cell.role == role.code)
    told = [
        cell.data
        for cell in cells
        if cell.data not in NOT_OF_PERSONS and not set(cell.tokens) <= SHOWS_NOBODY
    ]
    return ", ".join(told)


def _cells(policy: Policy) -> Found:
    for cell in policy.cells.values():
        where = ("cells", cell.data, cell.role)
        for obligation in cell.obligations:
            if obligation not in policy.obligations:
                yield where, f"Unknown obligation “{obligation}”."
        opens = cell.effect in BUILT
        denies = cell.effect in ("none", "external")
        if denies and cell.layer == "not yet":
            yield where, f"“{cell.effect}” denies for good; it is not “not yet”."
        if not opens and not denies and cell.layer != "not yet":
            yield where, f"“{cell.effect}” has no mechanism: its layer is “not yet”."
        if denies and cell.layer != (expected := _denied_by(policy, cell)):
            yield where, f"What denies here is the layer “{expected}”."


def _denied_by(policy: Policy, cell: Cell) -> str:
    """`row` where another people-role of the same login reads the class, else `grant`."""
    login = policy.roles[cell.role].login
    others = [policy.cells[cell.data, role] for role in policy.people_of(login)]
    if cell.effect == "none" and any(other.built and other.layer == "row" for other in others):
        return "row"
    return "grant"


def _conditions(policy: Policy) -> Found:
    for condition in policy.conditions.values():
        where = ("conditions", condition.name)
        if condition.gives not in (*BUILT, ANY, DESK, PARENT):
            yield (*where, "gives"), f"Unknown effect “{condition.gives}”."
        for index, relation in enumerate(condition.reads):
            if relation not in policy.tables:
                yield (*where, "reads", index), f"Unknown table “{relation}”."
        for index, template in enumerate(condition.every):
            for name in _PART.findall(template):
                if not name.startswith("row.") and name not in (*VARIABLES, *OTHER_WORDS):
                    yield (*where, "all", index), f"Unknown word “{{{name}}}”."
            for relation in re.findall(r"\b(?:FROM|JOIN)\s+([a-z0-9_]+)", template):
                if relation not in condition.reads:
                    yield (
                        (*where, "all", index),
                        f"It reads “{relation}” without saying so in reads.",
                    )


def _grant(policy: Policy, table: Table, grant: Grant) -> Found:
    where = ("tables", table.name, grant.login)
    people = policy.people_of(grant.login)
    for verb, rows in grant.rows.items():
        for role, name in rows.items():
            condition = policy.conditions.get(name)
            if condition is None:
                yield where, f"Unknown condition “{name}”."
                continue
            for relation in condition.reads:
                if not _may_read(policy, grant.login, relation):
                    yield where, f"“{name}” reads “{relation}”, which {grant.login} may not."
            if not people:
                continue
            if name == ANY and not (
                table.classes == (PLUMBING,) and set(grant.verbs) == {"insert"}
            ):
                yield where, "Every row is only for logins without people, or for adding plumbing."
            for code in people if role == EVERY else (role,):
                yield from _fits(policy, table, where, code, condition, verb)


def _may_read(policy: Policy, login: str, relation: str) -> bool:
    grant = policy.tables[relation].grants.get(login) if relation in policy.tables else None
    return grant is not None and "select" in grant.verbs


def _fits(
    policy: Policy, table: Table, where: Where, role: str, condition: Condition, verb: str
) -> Found:
    for data in table.classes:
        cell = policy.cells[data, role]
        if not cell.built:
            yield where, f"{role} has “{cell.effect}” ({cell.layer}) on {data}: nothing to grant."
        # What is added cannot be read through the condition that lets it in.
        elif verb != "insert" and not _narrow(policy, table, condition, cell):
            yield where, f"“{condition.name}” is wider than “{cell.effect}” of {role} on {data}."


def _narrow(policy: Policy, table: Table, condition: Condition, cell: Cell) -> bool:
    if condition.gives == PARENT:
        parents = [policy.tables[name] for name in condition.reads if name in policy.tables]
        # Whoever may read the parent may read what is of no other class than it.
        return all(set(parent.classes) >= set(table.classes) for parent in parents)
    return condition.gives == ANY or condition.gives in FULFILLED_BY[cell.effect]


def _opened(policy: Policy) -> Found:
    """A cell that says it is built must be kept by some table, else it is a denial nobody sees."""
    kept = {
        (data, role)
        for table, grant in policy.pairs()
        for rows in grant.rows.values()
        for role in (policy.people_of(grant.login) if EVERY in rows else rows)
        for data in table.classes
    }
    for cell in policy.cells.values():
        if cell.built and cell.layer != "act" and (cell.data, cell.role) not in kept:
            yield ("cells", cell.data, cell.role), "No table opens this cell: it is “not yet”."


def _circles(policy: Policy) -> Found:
    """The database refuses a row policy that leads back to its own table."""
    for table, grant in policy.pairs():
        ahead = _read_by(policy, table.name, grant.login, tuple(grant.rows))
        seen: set[str] = set()
        while ahead - seen:
            at = min(ahead - seen)
            seen.add(at)
            # What a condition reads is read under that table's own rows for select.
            ahead |= _read_by(policy, at, grant.login, ("select",))
        if table.name in seen:
            where = ("tables", table.name, grant.login)
            yield where, f"The row conditions of {grant.login} lead back to this table."


def _read_by(policy: Policy, name: str, login: str, verbs: tuple[str, ...]) -> set[str]:
    table = policy.tables.get(name)
    grant = table.grants.get(login) if table else None
    if grant is None:
        return set()
    named = {condition for verb in verbs for condition in grant.rows.get(verb, {}).values()}
    return {
        relation
        for condition in named & set(policy.conditions)
        for relation in policy.conditions[condition].reads
    }


def _rules(policy: Policy) -> Found:
    who = {*policy.roles, *policy.parties, "any"}
    for index, rule in enumerate(policy.rules):
        for key, said, known in (
            ("data", rule.data, {*policy.classes, "any"}),
            ("who", rule.who, who),
            ("purposes", rule.purposes, {*policy.purposes, "any"}),
        ):
            for word in said:
                if word not in known:
                    yield ("rules", index, key), f"Unknown word “{word}”."
        if not rule.effect.startswith(("allow", "deny")):
            yield ("rules", index, "effect"), "An effect begins with allow or deny."
