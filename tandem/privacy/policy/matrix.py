"""Prints the policy: the matrix of classes by people-roles, and the register of fields."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tandem.privacy.policy.model import Cell, Policy, Table

_MADE = (
    "<!-- Generated from tandem/privacy/policy/policy.toml by `make docs`; never edit it here. -->"
)


def show(policy: Policy) -> list[dict[str, str]]:
    """Every cell with the login that it is kept by."""
    return [
        {
            "role": cell.role,
            "class": cell.data,
            "effect": cell.effect,
            "layer": cell.layer,
            "login": policy.roles[cell.role].login,
            "authority": cell.authority,
        }
        for cell in policy.cells.values()
    ]


def fields(policy: Policy, columns: Mapping[str, Iterable[str]]) -> list[dict[str, Any]]:
    """Every column of every relation given, one entry for each class that it may hold."""
    found = []
    for relation in sorted(columns):
        table = policy.tables.get(relation)
        for column in columns[relation]:
            found += [
                {
                    "relation": relation,
                    "column": column,
                    "class": data,
                    "readable_by": _logins(table, column, ("select",)),
                    "writable_by": _logins(table, column, ("insert", "update", "delete")),
                    "retention": table.retention if table else None,
                    "hold": table.hold if table else None,
                }
                for data in (table.classes_of(column) if table else (None,))
            ]
    return found


def _logins(table: Table | None, column: str, verbs: tuple[str, ...]) -> list[str]:
    if table is None:
        return []
    return [
        grant.login
        for grant in table.grants.values()
        if any(
            verb in grant.verbs and (not grant.verbs[verb] or column in grant.verbs[verb])
            for verb in verbs
        )
    ]


def matrix_page(policy: Policy) -> str:
    """docs/reference/matrix.md."""
    return "\n".join([*_overview(policy), *_roles(policy), *_classes(policy), *_rules(policy)])


def fields_page(policy: Policy, columns: Mapping[str, Iterable[str]]) -> str:
    """docs/reference/fields.md: which class each field has, who reads and who writes it."""
    lines = ["# Fields", "", _MADE, ""]
    lines += [
        "Every column of every table, its data class, and the logins that may read or write it;",
        "which rows of it is said by the row conditions in the policy file.",
    ]
    for relation in sorted(columns):
        table = policy.tables.get(relation)
        kept = policy.retention[table.retention] if table else "not classed"
        held = policy.holds[table.hold] if table else "not classed"
        lines += ["", f"## {relation}", "", f"Kept: {kept}. Hold: {held}.", ""]
        lines += ["| column | class | read by | written by |", "| --- | --- | --- | --- |"]
        lines += _field_rows(policy, relation, columns[relation])
    return "\n".join([*lines, ""])


def _field_rows(policy: Policy, relation: str, columns: Iterable[str]) -> Iterator[str]:
    table = policy.tables.get(relation)
    for column in columns:
        data = " or ".join(table.classes_of(column)) if table else "not classed"
        readers = ", ".join(_logins(table, column, ("select",))) or "nobody"
        writers = ", ".join(_logins(table, column, ("insert", "update", "delete"))) or "nobody"
        yield f"| `{column}` | {data} | {readers} | {writers} |"


def _overview(policy: Policy) -> Iterator[str]:
    yield from ("# Who may reach what", "", _MADE, "")
    yield "A row is a data class, a column a people-role. PRVP is the police records custodian and"
    yield "PRVC the county's privacy officer: two people under two laws, never one role. An effect"
    yield "in *italics* has no mechanism yet and denies; `none` and `external` deny for good."
    yield ""
    yield f"| | {' | '.join(policy.roles)} |"
    yield f"| --- |{' --- |' * len(policy.roles)}"
    for data in policy.classes:
        cells = " | ".join(_short(policy.cells[data, role]) for role in policy.roles)
        yield f"| [{data}](#{data.lower()}) | {cells} |"
    yield ""


def _short(cell: Cell) -> str:
    effect = _plain(cell.effect)
    return f"*{effect}*" if cell.layer == "not yet" else effect


def _plain(words: str) -> str:
    return words.replace("|", " or ").replace("+", " and ")


def _roles(policy: Policy) -> Iterator[str]:
    yield from ("## People-roles", "", "| role | login | who |", "| --- | --- | --- |")
    for role in policy.roles.values():
        yield f"| {role.code} | {role.login} | {role.words} |"
    yield ""


def _classes(policy: Policy) -> Iterator[str]:
    for data in policy.classes.values():
        kept, held = policy.retention[data.retention], policy.holds[data.hold]
        yield from (f"## {data.code}", "", f"{data.words}. Kept: {kept}. Hold: {held}.", "")
        yield "| role | effect | kept by | authority | obligations |"
        yield "| --- | --- | --- | --- | --- |"
        for role in policy.roles:
            cell = policy.cells[data.code, role]
            duties = " ".join(policy.obligations[name] for name in cell.obligations)
            yield (
                f"| {role} | {_plain(cell.effect)} | {cell.layer} | {cell.authority} | {duties} |"
            )
        yield ""


def _rules(policy: Policy) -> Iterator[str]:
    yield from (
        "## Rules",
        "",
        "Read from the top; the first that fits decides. Default: deny.",
        "",
    )
    yield "| # | data | who | purpose | effect | authority | obligations |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for rule in policy.rules:
        yield (
            f"| {rule.number} | {', '.join(rule.data)} | {', '.join(rule.who)} "
            f"| {', '.join(rule.purposes)} | {rule.effect} | {rule.authority} "
            f"| {'; '.join(rule.obligations)} |"
        )
    yield ""
