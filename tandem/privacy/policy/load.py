"""Reads the policy file and refuses it whole, each fault with its line. No database."""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from tandem.kernel.toml_lines import key_lines
from tandem.privacy.policy import checks
from tandem.privacy.policy.model import (
    EVERY,
    LAYERS,
    TOKENS,
    VERBS,
    Cell,
    Columns,
    Condition,
    DataClass,
    Grant,
    Login,
    Policy,
    Role,
    Rows,
    Rule,
    Sample,
    Table,
)

POLICY_FILE = Path(__file__).with_name("policy.toml")
Where = tuple[str | int, ...]
T = TypeVar("T")

_VERB = re.compile(r"\s*([a-z]+)\s*(?:\(([^()]*)\))?\s*(?:,|$)")
_NAME = re.compile(r"[a-z_][a-z0-9_]*")
_SECTIONS = (
    "version", "roles", "logins", "classes", "retention", "holds", "obligations", "cells",
    "conditions", "tables", "functions", "sequences", "purposes", "parties", "rules",
)  # fmt: skip
_TABLE_KEYS = ("class", "class_column", "classes", "retention", "hold", "columns", "parts")


@dataclass(frozen=True)
class Fault:
    """One thing wrong, and where."""

    line: int
    sentence: str


class PolicyRefused(ValueError):
    """The policy file is not usable."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = sorted(faults, key=lambda fault: fault.line)
        super().__init__("\n".join(f"line {f.line}: {f.sentence}" for f in self.faults))


@functools.cache
def policy() -> Policy:
    """The policy this installation runs by."""
    return parse(POLICY_FILE.read_text(encoding="utf-8"))


def parse(text: str) -> Policy:
    """The policy of a text, or PolicyRefused with every fault found."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as wrong:
        found = re.search(r"at line (\d+)", str(wrong))
        raise PolicyRefused([Fault(int(found.group(1)) if found else 1, str(wrong))]) from wrong
    reader = _Reader(raw, key_lines(text))
    read = reader.policy()
    if not reader.faults:
        for where, sentence in checks.faults(read):
            reader.fault(where, sentence)
    if reader.faults:
        raise PolicyRefused(reader.faults)
    return read


class _Reader:
    """Takes the raw tables apart; what it cannot take is a fault, and it goes on."""

    def __init__(self, raw: dict[str, Any], lines: Mapping[Where, int]) -> None:
        self.raw = raw
        self.lines = lines
        self.faults: list[Fault] = []

    def fault(self, where: Where, sentence: str) -> None:
        while where and where not in self.lines:
            where = where[:-1]
        self.faults.append(Fault(self.lines.get(where, 1), sentence))

    def policy(self) -> Policy:
        self.keys((), self.raw, _SECTIONS, required=_SECTIONS)
        if self.raw.get("version") != 1:
            self.fault(("version",), "The version must be 1.")
        roles = self.section("roles", self.role)
        logins = self.section("logins", functools.partial(self.login, roles=roles))
        classes = self.section("classes", self.data_class)
        conditions = self.section("conditions", self.condition)
        return Policy(
            roles=roles,
            logins=logins,
            classes=classes,
            retention=self.section("retention", self.text),
            holds=self.section("holds", self.text),
            obligations=self.section("obligations", self.text),
            cells=self.cells(classes, roles),
            conditions=conditions,
            tables=self.section(
                "tables", functools.partial(self.table, classes=classes, logins=logins)
            ),
            functions=self.section("functions", self.texts),
            sequences=self.section("sequences", self.texts),
            purposes=self.section("purposes", self.text),
            parties=self.section("parties", self.text),
            rules=self.rules(),
        )

    # -- small pieces ----------------------------------------------------------------------------

    def keys(
        self,
        where: Where,
        found: Mapping[str, Any],
        known: Collection[str],
        *,
        required: Collection[str] = (),
    ) -> None:
        for key in found:
            if key not in known:
                self.fault((*where, key), f"Unknown key “{key}”.")
        for key in required:
            if key not in found:
                self.fault(where, f"The key “{key}” is missing.")

    def section(self, name: str, read: Callable[[Where, Any], T]) -> dict[str, T]:
        found = self.mapping((name,), self.raw.get(name))
        return {key: read((name, key), value) for key, value in found.items()}

    def mapping(self, where: Where, value: Any) -> dict[str, Any]:
        if isinstance(value, dict):
            return value
        if value is not None:
            self.fault(where, "A table is needed here.")
        return {}

    def text(self, where: Where, value: Any) -> str:
        if isinstance(value, str) and value:
            return value
        self.fault(where, "Words are needed here.")
        return ""

    def texts(self, where: Where, value: Any) -> tuple[str, ...]:
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return tuple(value)
        self.fault(where, "A list of words is needed here.")
        return ()

    def number(self, where: Where, value: Any) -> int:
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return value
        self.fault(where, "A whole number is needed here.")
        return 0

    # -- one reader per section ------------------------------------------------------------------

    def role(self, where: Where, value: Any) -> Role:
        raw = self.mapping(where, value)
        self.keys(where, raw, ("login", "words", "given_by"), required=("login", "words"))
        login = self.text((*where, "login"), raw.get("login", "-"))
        given_by = raw.get("given_by", "two")
        if given_by not in ("one", "two"):
            self.fault((*where, "given_by"), "A role is given by one administrator or by two.")
        words = self.text((*where, "words"), raw.get("words", "-"))
        return Role(str(where[-1]), login, words, given_by == "one")

    def login(self, where: Where, value: Any, *, roles: Mapping[str, Role]) -> Login:
        raw = self.mapping(where, value)
        self.keys(where, raw, ("words", "seconds"), required=("words", "seconds"))
        name = str(where[-1])
        if not _NAME.fullmatch(name):
            self.fault(where, f"“{name}” is no name for a login.")
        return Login(
            name,
            self.text((*where, "words"), raw.get("words", "-")),
            self.number((*where, "seconds"), raw.get("seconds", 0)),
            tuple(role.code for role in roles.values() if role.login == name),
        )

    def data_class(self, where: Where, value: Any) -> DataClass:
        raw = self.mapping(where, value)
        needed = ("words", "retention", "hold")
        self.keys(where, raw, needed, required=needed)
        words, retention, hold = (self.text((*where, key), raw.get(key, "-")) for key in needed)
        return DataClass(str(where[-1]), words, retention, hold)

    def condition(self, where: Where, value: Any) -> Condition:
        raw = self.mapping(where, value)
        self.keys(
            where, raw, ("words", "gives", "all", "reads", "sample"), required=("words", "gives")
        )
        sample = self.mapping((*where, "sample"), raw.get("sample"))
        self.keys((*where, "sample"), sample, ("shown", "hidden"))
        return Condition(
            str(where[-1]),
            self.text((*where, "words"), raw.get("words", "-")),
            self.text((*where, "gives"), raw.get("gives", "-")),
            self.texts((*where, "all"), raw.get("all", [])),
            self.texts((*where, "reads"), raw.get("reads", [])),
            Sample(
                *(
                    self.mapping((*where, "sample", key), sample.get(key))
                    for key in ("shown", "hidden")
                )
            ),
        )

    def cells(
        self, classes: Mapping[str, DataClass], roles: Mapping[str, Role]
    ) -> dict[tuple[str, str], Cell]:
        cells: dict[tuple[str, str], Cell] = {}
        rows = self.mapping(("cells",), self.raw.get("cells"))
        self.keys(("cells",), rows, tuple(classes), required=tuple(classes))
        for data, row in rows.items():
            found = self.mapping(("cells", data), row)
            self.keys(("cells", data), found, tuple(roles), required=tuple(roles))
            for role, value in found.items():
                cells[data, role] = self.cell(("cells", data, role), value)
        return cells

    def cell(self, where: Where, value: Any) -> Cell:
        raw = self.mapping(where, value)
        needed = ("effect", "layer", "authority")
        self.keys(where, raw, (*needed, "obligations"), required=needed)
        effect, layer, authority = (self.text((*where, key), raw.get(key, "-")) for key in needed)
        for token in re.split(r"[+|]", effect):
            if token not in TOKENS:
                self.fault((*where, "effect"), f"Unknown effect “{token}”.")
        if layer not in LAYERS:
            self.fault((*where, "layer"), f"Unknown layer “{layer}”.")
        obligations = self.texts((*where, "obligations"), raw.get("obligations", []))
        return Cell(str(where[1]), str(where[2]), effect, layer, authority, obligations)

    def table(
        self,
        where: Where,
        value: Any,
        *,
        classes: Mapping[str, DataClass],
        logins: Mapping[str, Login],
    ) -> Table:
        raw = self.mapping(where, value)
        self.keys(where, raw, (*_TABLE_KEYS, *logins))
        held = self.texts((*where, "classes"), raw.get("classes", [raw.get("class", "")]))
        if ("class" in raw) == ("classes" in raw) or ("classes" in raw) != ("class_column" in raw):
            self.fault(where, "Either class, or class_column and classes.")
        for data in held:
            if data not in classes:
                self.fault(
                    (*where, "classes" if "classes" in raw else "class"), f"Unknown class “{data}”."
                )
        first = classes.get(held[0]) if held else None
        columns = self.words((*where, "columns"), raw.get("columns"))
        for column, data in columns.items():
            if data not in classes:
                self.fault((*where, "columns", column), f"Unknown class “{data}”.")
        return Table(
            name=str(where[-1]),
            classes=held,
            class_column=raw.get("class_column"),
            retention=raw.get("retention", first.retention if first else ""),
            hold=raw.get("hold", first.hold if first else ""),
            columns=columns,
            parts=self.words((*where, "parts"), raw.get("parts")),
            grants={
                name: self.grant((*where, name), raw[name], logins[name])
                for name in logins
                if name in raw
            },
        )

    def words(self, where: Where, value: Any) -> dict[str, str]:
        found = self.mapping(where, value)
        return {key: self.text((*where, key), item) for key, item in found.items()}

    def grant(self, where: Where, value: Any, login: Login) -> Grant:
        raw = self.mapping(where, value)
        self.keys(
            where, raw, ("may", "rows", "adds", "changes", "deletes"), required=("may", "rows")
        )
        rows = self.rows((*where, "rows"), raw.get("rows", "-"), login)
        adds = self.rows((*where, "adds"), raw["adds"], login) if "adds" in raw else rows
        chosen = {"select": rows, "insert": adds}
        for verb, key in (("update", "changes"), ("delete", "deletes")):
            chosen[verb] = self.rows((*where, key), raw[key], login) if key in raw else rows
        verbs = self.verbs((*where, "may"), raw.get("may", "-"))
        return Grant(login.name, verbs, {verb: chosen[verb] for verb in verbs})

    def verbs(self, where: Where, value: Any) -> dict[str, Columns]:
        text = self.text(where, value)
        verbs: dict[str, Columns] = {}
        at = 0
        while at < len(text):
            found = _VERB.match(text, at)
            if found is None or found.group(1) not in VERBS:
                self.fault(where, f"Not a list of verbs: “{text[at:].strip()}”.")
                return verbs
            columns = [part.strip() for part in (found.group(2) or "").split(",") if part.strip()]
            verbs[found.group(1)] = tuple(columns)
            at = found.end()
        return verbs

    def rows(self, where: Where, value: Any, login: Login) -> Rows:
        if isinstance(value, str):
            return {EVERY: value}
        found = self.words(where, value)
        self.keys(where, found, login.roles)
        return found

    def rules(self) -> tuple[Rule, ...]:
        raw = self.raw.get("rules")
        if not isinstance(raw, list):
            self.fault(("rules",), "The rules are [[rules]], one after the other.")
            return ()
        return tuple(self.rule(("rules", index), item) for index, item in enumerate(raw))

    def rule(self, where: Where, value: Any) -> Rule:
        raw = self.mapping(where, value)
        needed = ("number", "data", "who", "purposes", "effect", "authority", "obligations")
        self.keys(where, raw, needed, required=needed)
        return Rule(
            self.number((*where, "number"), raw.get("number", 0)),
            self.texts((*where, "data"), raw.get("data", [])),
            self.texts((*where, "who"), raw.get("who", [])),
            self.texts((*where, "purposes"), raw.get("purposes", [])),
            self.text((*where, "effect"), raw.get("effect", "-")),
            self.text((*where, "authority"), raw.get("authority", "-")),
            self.texts((*where, "obligations"), raw.get("obligations", [])),
        )
