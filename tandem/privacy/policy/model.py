"""The policy as values: roles, classes, cells, conditions, tables, rules. No file, no database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

VERBS = ("select", "insert", "update", "delete")
LAYERS = ("grant", "row", "act", "not yet")
EVERY = (
    "*"  # a grant's one condition for all people-roles of the login, or of a login without people
)

# Classes in which nothing is about a person served, and effects that show no person: a role that
# has no more than these may be given by one administrator alone.
NOT_OF_PERSONS = frozenset({"D20", "D22", "N1", "N2", "N3"})
SHOWS_NOBODY = frozenset({"none", "external", "deidentified"})

# Effects with a mechanism. The others deny until theirs is built.
BUILT = frozenset({"all", "case", "author", "own", "team"})
TOKENS = BUILT | {
    "none",
    "emergency",
    "member",
    "pushed",
    "consent",
    "consent_pushed",
    "treatment",
    "minimum",
    "status",
    "deidentified",
    "order",
    "external",
}
# What a condition gives is an effect, or one of these: every row; the program's rows, from a desk
# on duty for them; the rows whose parent one may read, in a table of the same class.
ANY, DESK, PARENT = "any", "desk", "parent"
# What a condition may at most give, for a cell to be fulfilled by it: never wider than the cell.
FULFILLED_BY: Mapping[str, frozenset[str]] = {
    "all": frozenset({"all", "team", "case", DESK, "author", "own"}),
    "team": frozenset({"team", "own"}),
    "case": frozenset({"case", DESK, "author", "own"}),
    "author": frozenset({"author"}),
    "own": frozenset({"own"}),
}


@dataclass(frozen=True, slots=True)
class Role:
    """A people-role and the login its sessions use."""

    code: str
    login: str
    words: str
    given_by_one: bool = False  # else a second administrator confirms


@dataclass(frozen=True, slots=True)
class Login:
    """A compartment: the database role is `tandem_` and the name."""

    name: str
    words: str
    seconds: int  # the longest statement, 0 for no limit
    roles: tuple[str, ...]

    @property
    def database_role(self) -> str:
        """The name the database knows it by."""
        return f"tandem_{self.name}"


@dataclass(frozen=True, slots=True)
class DataClass:
    """What a field is about, how long it is kept and whose hold stops its destruction."""

    code: str
    words: str
    retention: str
    hold: str


@dataclass(frozen=True, slots=True)
class Cell:
    """What one people-role may do with one class, by which authority, and what enforces it."""

    data: str
    role: str
    effect: str
    layer: str
    authority: str
    obligations: tuple[str, ...] = ()

    @property
    def tokens(self) -> tuple[str, ...]:
        """The effects that were joined."""
        return tuple(self.effect.replace("|", "+").split("+"))

    @property
    def built(self) -> bool:
        """Whether the cell opens anything today."""
        return self.effect in BUILT and self.layer != "not yet"


@dataclass(frozen=True, slots=True)
class Sample:
    """Values of further columns that make a planted row shown by a condition, or hidden."""

    shown: Mapping[str, object] = field(default_factory=dict)
    hidden: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Condition:
    """Which rows: the conjunction of SQL templates, and the widest effect that they fulfill."""

    name: str
    words: str
    gives: str
    every: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    sample: Sample = Sample()


Columns = tuple[str, ...]  # empty: the whole row
Rows = Mapping[str, str]  # people-role, or EVERY, to the name of a condition


@dataclass(frozen=True, slots=True)
class Grant:
    """What one login may do with one table: verbs with their columns, and rows for each verb."""

    login: str
    verbs: Mapping[str, Columns]
    rows: Mapping[str, Rows]


@dataclass(frozen=True, slots=True)
class Table:
    """One relation: the class of each column, how long it is kept, and who may do what there."""

    name: str
    classes: tuple[str, ...]  # more than one only with class_column
    class_column: str | None
    retention: str
    hold: str
    columns: Mapping[str, str]
    parts: Mapping[str, str]
    grants: Mapping[str, Grant]

    def column_of(self, part: str) -> str:
        """The column that plays a part in a row condition."""
        return self.parts.get(part, part if part in ("side", "paired", "role") else f"{part}_id")

    def classes_of(self, column: str) -> tuple[str, ...]:
        """The classes a column may hold."""
        own = self.columns.get(column)
        return self.classes if own is None else (own,)


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the rules: data by who asks by purpose, and what the law says."""

    number: int
    data: tuple[str, ...]
    who: tuple[str, ...]
    purposes: tuple[str, ...]
    effect: str
    authority: str
    obligations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """Everything the policy file says."""

    roles: Mapping[str, Role]
    logins: Mapping[str, Login]
    classes: Mapping[str, DataClass]
    retention: Mapping[str, str]
    holds: Mapping[str, str]
    obligations: Mapping[str, str]
    cells: Mapping[tuple[str, str], Cell]
    conditions: Mapping[str, Condition]
    tables: Mapping[str, Table]
    functions: Mapping[str, tuple[str, ...]]
    sequences: Mapping[str, tuple[str, ...]]
    purposes: Mapping[str, str]
    parties: Mapping[str, str]
    rules: tuple[Rule, ...]

    def people_of(self, login: str) -> tuple[str, ...]:
        """The people-roles behind a login."""
        found = self.logins.get(login)
        return found.roles if found else ()

    def pairs(self) -> Iterator[tuple[Table, Grant]]:
        """Every table with every grant on it."""
        for table in self.tables.values():
            for grant in table.grants.values():
                yield table, grant

    def called(self, named: Mapping[str, tuple[str, ...]], name: str) -> tuple[str, ...]:
        """The logins of the first name, or beginning of a name with *, that fits."""
        for pattern, logins in named.items():
            if name == pattern or (pattern.endswith("*") and name.startswith(pattern[:-1])):
                return logins
        return ()
