"""Turns checked expressions into Ibis: one wide table for a unit, each table below it read once.

Ibis (Apache-2.0) writes the SQL, so the same definition runs on DuckDB, PostgreSQL and the others.
Times are whole seconds since 1970 (UTC) here, so that every engine computes with integers.
"""

import ast
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import ibis

from tandem.evaluation.measures.words import CHILDREN, KEY_OF, Scope, parse, scope_of

DAY, HOUR, MINUTE = 86_400, 3_600, 60
Tree = ast.AST


@dataclass
class _Feature:
    """One number about the rows that hang on a unit: `any(steps, ...)` and the like."""

    name: str
    function: str
    child: str
    arguments: tuple[ast.expr, ...]
    texts: tuple[str, ...] = ()


@dataclass
class Wide:
    """A unit's table with a column for everything that the definitions ask of its rows.

    `source(table, unit)` gives the cleaned table itself. Ask for expressions with `column`, then
    `build` once.
    """

    scope: Scope
    source: Callable[[str, str], Any]
    constants: dict[str, Any]
    features: dict[str, _Feature] = field(default_factory=dict)
    children: dict[str, "Wide"] = field(default_factory=dict)
    asked: dict[str, tuple[ast.expr, str]] = field(default_factory=dict)

    def column(self, text: str) -> str:
        """The name that the expression's value will have in the built table."""
        if text not in self.asked:
            tree = self._lift(parse(text, self.scope))
            self.asked[text] = (tree, f"c{len(self.asked)}_{self.scope.table}")
        return self.asked[text][1]

    def build(self, base: Any = None) -> Any:
        """The base table with the asked columns; every column of the base is kept."""
        table = self.source(self.scope.table, self.scope.unit) if base is None else base
        for child in dict.fromkeys(feature.child for feature in self.features.values()):
            table = self._join(table, child)
        asked = {name: self._value(tree, table, {}) for tree, name in self.asked.values()}
        helpers = [name for name in table.columns if name.startswith("_f")]
        return table.mutate(**asked).drop(*helpers) if asked else table

    def _lift(self, tree: ast.expr) -> ast.expr:
        """Put a plain name in the place of every question about rows below."""
        wide = self

        class Lifter(ast.NodeTransformer):
            def visit_Call(self, node: ast.Call) -> ast.AST:
                name = node.func.id if isinstance(node.func, ast.Name) else ""
                if name == "axis":
                    return wide._feature("axis", "axes", (), _texts(node))
                if name not in ("any", "count", "first", "last", "total"):
                    return self.generic_visit(node)
                child = node.args[0].id if isinstance(node.args[0], ast.Name) else ""
                return wide._feature(name, child, tuple(node.args[1:]), ())

        lifted: ast.expr = Lifter().visit(tree)
        return lifted

    def _feature(
        self, function: str, child: str, arguments: tuple[ast.expr, ...], texts: tuple[str, ...]
    ) -> ast.Name:
        key = f"{function} {child} {texts} {[ast.dump(part) for part in arguments]}"
        if key not in self.features:
            name = f"_f{len(self.features)}_{self.scope.table}"
            inner = tuple(self._child(child)._lift(part) for part in arguments)
            self.features[key] = _Feature(name, function, child, inner, texts)
        return ast.Name(self.features[key].name, ast.Load())

    def _child(self, child: str) -> "Wide":
        if child not in self.children:
            inside = self.scope.inside(child)
            self.children[child] = Wide(inside, self.source, self.constants)
        return self.children[child]

    def _join(self, table: Any, child: str) -> Any:
        """The child's rows, counted by unit, beside the unit."""
        below = self._child(child)
        link = CHILDREN[self.scope.unit][child]
        mine = "person_id" if self.scope.unit == "person" else link
        rows = below._with_features()
        features = [one for one in self.features.values() if one.child == child]
        outer = sorted({name for one in features for name in _outer_names(one)})
        rows = rows.filter(rows[link].notnull())
        key = KEY_OF[self.scope.unit]
        if outer:
            units = table.select(
                _unit=table[key],
                _link=table[mine],
                **{f"_unit_{name}": table[name] for name in outer},
            )
            rows = rows.inner_join(units, rows[link] == units["_link"])
            group, by = "_unit", key
        else:
            group, by = link, mine
        counted = rows.group_by(_by=rows[group]).aggregate(
            **{one.name: below._aggregate(one, rows) for one in features}
        )
        joined = table.left_join(counted, table[by] == counted["_by"]).drop("_by")
        whole: dict[str, Any] = {}
        for one in features:
            if one.function == "any":
                whole[one.name] = joined[one.name].fill_null(False)
            elif one.function in ("count", "total"):
                whole[one.name] = joined[one.name].fill_null(0)
        return joined.mutate(**whole) if whole else joined

    def _with_features(self) -> Any:
        table = self.source(self.scope.table, self.scope.unit)
        for child in dict.fromkeys(feature.child for feature in self.features.values()):
            table = self._join(table, child)
        return table

    def _aggregate(self, one: _Feature, rows: Any) -> Any:
        outer = {name: rows[f"_unit_{name}"] for name in _outer_names(one)}
        if one.function == "axis":
            return _axis(rows, one.texts)
        condition = self._value(one.arguments[-1], rows, outer).fill_null(False)
        if one.function == "any":
            return condition.any()
        if one.function == "count":
            return ones(condition).sum()
        value = self._value(one.arguments[0], rows, outer)
        if one.function == "total":
            return value.sum(where=condition)
        return value.min(where=condition) if one.function == "first" else value.max(where=condition)

    def _value(self, node: Tree, table: Any, outer: dict[str, Any]) -> Any:
        if isinstance(node, ast.Constant):
            return ibis.literal(node.value)
        if isinstance(node, ast.Name):
            return self.constants[node.id] if node.id in self.constants else table[node.id]
        if isinstance(node, ast.Attribute):
            return outer[node.attr]
        parts = [self._value(part, table, outer) for part in _operands(node)]
        return _combine(node, parts)


def ones(condition: Any) -> Any:
    """1 where it holds, else 0; PostgreSQL does not cast a truth to a number."""
    return ibis.cases((condition, 1), else_=0)


def _texts(node: ast.Call) -> tuple[str, ...]:
    return tuple(str(part.value) for part in node.args if isinstance(part, ast.Constant))


def _axis(rows: Any, texts: tuple[str, ...]) -> Any:
    """True where one of the values was recorded, unknown where nothing known was, else false."""
    name, *values = texts
    here = (rows["axis"] == name) & rows["value"].notnull()
    match = (here & rows["value"].isin(values)) if values else here
    return ibis.cases((match.fill_null(False).any(), True), (here.fill_null(False).any(), False))


def _outer_names(one: _Feature) -> set[str]:
    return {
        node.attr
        for part in one.arguments
        for node in ast.walk(part)
        if isinstance(node, ast.Attribute)
    }


def _operands(node: Tree) -> list[Tree]:
    if isinstance(node, ast.BoolOp):
        return list(node.values)
    if isinstance(node, ast.UnaryOp):
        return [node.operand]
    if isinstance(node, ast.BinOp):
        return [node.left, node.right]
    if isinstance(node, ast.Compare):
        if isinstance(node.ops[0], ast.In | ast.NotIn):
            return [node.left]
        return [node.left, *node.comparators]
    if isinstance(node, ast.Call):
        return list(node.args)
    return []


def _combine(node: Tree, parts: list[Any]) -> Any:
    if isinstance(node, ast.BoolOp):
        whole = parts[0]
        for part in parts[1:]:
            whole = whole & part if isinstance(node.op, ast.And) else whole | part
        return whole
    if isinstance(node, ast.UnaryOp):
        return ~parts[0] if isinstance(node.op, ast.Not) else -parts[0]
    if isinstance(node, ast.BinOp):
        left, right = parts
        if isinstance(node.op, ast.Add):
            return left + right
        return left - right if isinstance(node.op, ast.Sub) else left * right
    if isinstance(node, ast.Compare):
        return _compare(node, parts)
    return _WORDS[_word(node)](*parts)


def _word(node: Tree) -> str:
    return node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""


def _compare(node: ast.Compare, parts: list[Any]) -> Any:
    whole = None
    for place, operator in enumerate(node.ops):
        if isinstance(operator, ast.In | ast.NotIn):
            listed = node.comparators[place]
            values = [
                one.value for one in getattr(listed, "elts", []) if isinstance(one, ast.Constant)
            ]
            found = parts[0].isin(values)
            one = found if isinstance(operator, ast.In) else ~found
        else:
            one = _COMPARISONS[type(operator)](parts[place], parts[place + 1])
        whole = one if whole is None else whole & one
    return whole


def _elapsed(start: Any, end: Any) -> Any:
    # A gap that runs backward is a wrong time, not a short one: unknown.
    return ibis.cases((end >= start, end - start))


def _within(start: Any, end: Any, length: Any) -> Any:
    """No time is a no; a time that lies before the start is one as well."""
    return ((end >= start) & (end <= start + length)).fill_null(False) & start.notnull()


_COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: lambda a, b: a == b,
    ast.NotEq: lambda a, b: a != b,
    ast.Lt: lambda a, b: a < b,
    ast.LtE: lambda a, b: a <= b,
    ast.Gt: lambda a, b: a > b,
    ast.GtE: lambda a, b: a >= b,
}
_WORDS: dict[str, Callable[..., Any]] = {
    "known": lambda value: value.notnull(),
    "elapsed": _elapsed,
    "within": _within,
    "days": lambda number: number * DAY,
    "hours": lambda number: number * HOUR,
    "minutes": lambda number: number * MINUTE,
    "least": ibis.least,
    "when": lambda condition, value: ibis.cases((condition, value)),
    "unknown_if": lambda condition: ibis.cases((condition, ibis.null("boolean")), else_=False),
    "as_number": lambda condition: ibis.cases((condition, 1), (~condition, 0)),
}


def wide(unit: str, source: Callable[[str, str], Any], constants: dict[str, Any]) -> Wide:
    """An empty wide table for a unit."""
    return Wide(scope_of(unit), source, constants)
