"""The words that a definition's expressions may use: read, checked, and never run as code.

An expression is written as Python writes one, parsed into a tree, and every node that is not listed
here is refused. Unknown is a value: a comparison with it is unknown, `unknown or true` is true,
`unknown and false` is false (SQL's three values), so an unknown never turns into a no by itself.
"""

import ast
from dataclasses import dataclass

from tandem.evaluation.events.schema import TABLES

# What hangs on what: unit -> table -> the column by which its rows find their unit.
CHILDREN = {
    "call": {"encounters": "call_id"},
    "encounter": {"steps": "encounter_id", "axes": "encounter_id", "events": "encounter_id"},
    "person": {"encounters": "person_id", "events": "person_id"},
    "event": {},
}
TABLE_OF = {"call": "calls", "encounter": "encounters", "person": "encounters", "event": "events"}
UNIT_OF = {"calls": "call", "encounters": "encounter", "events": "event"}
KEY_OF = {"call": "call_id", "encounter": "encounter_id", "event": "event_id", "person": "unit_key"}
# What the engine adds to a unit's own columns.
DERIVED = {
    "call": ("in_hours",),
    "encounter": ("in_hours",),
    "person": ("index_at",),
    "event": (),
}
CONSTANTS = ("as_of", "true", "false", "unknown")
AGGREGATES = {"any": 2, "count": 2, "first": 3, "last": 3, "total": 3}
SCALARS = {
    "known": 1,
    "elapsed": 2,
    "within": 3,
    "days": 1,
    "hours": 1,
    "minutes": 1,
    "least": 2,
    "when": 2,
    "unknown_if": 1,
    "as_number": 1,
}
_NODES = (
    ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.Not, ast.USub, ast.Compare, ast.Eq, ast.NotEq,
    ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.In, ast.NotIn, ast.BinOp, ast.Add, ast.Sub, ast.Mult,
    ast.Name, ast.Load, ast.Constant, ast.Tuple, ast.List, ast.Call, ast.Attribute,
)  # fmt: skip


class BadExpression(Exception):
    """The expression cannot be used; the message says where."""


@dataclass(frozen=True)
class Scope:
    """Where a name is looked up: a unit with everything that hangs on it, or a bare table."""

    unit: str
    table: str
    outer: str = ""

    def names(self) -> set[str]:
        """The columns that stand for themselves here."""
        return {column.name for column in TABLES[self.table].columns} | set(
            DERIVED.get(self.unit, ())
        )

    def inside(self, child: str) -> "Scope":
        """The scope of a condition on a table that hangs on this unit."""
        return Scope(UNIT_OF.get(child, ""), child, self.unit)


def scope_of(unit: str) -> Scope:
    """The scope of a definition's expressions for that unit."""
    return Scope(unit, TABLE_OF[unit])


def parse(text: str, scope: Scope) -> ast.expr:
    """The tree of an expression, every word of it checked."""
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except SyntaxError:
        raise BadExpression(f"`{text}` is not an expression.") from None
    _check(tree, scope)
    return tree


def _check(node: ast.AST, scope: Scope) -> None:
    if not isinstance(node, _NODES):
        raise BadExpression(f"{type(node).__name__} has no meaning in a definition.")
    if isinstance(node, ast.Name):
        if node.id not in scope.names() and node.id not in CONSTANTS:
            raise BadExpression(f"`{node.id}` is no column of {scope.table}.")
    elif isinstance(node, ast.Attribute):
        _check_attribute(node, scope)
    elif isinstance(node, ast.Call):
        _check_call(node, scope)
    else:
        for child in ast.iter_child_nodes(node):
            _check(child, scope)


def _check_attribute(node: ast.Attribute, scope: Scope) -> None:
    if not isinstance(node.value, ast.Name) or node.value.id != "unit" or not scope.outer:
        raise BadExpression("Only `unit.` may stand before a name, and only inside a condition.")
    if node.attr not in scope_of(scope.outer).names():
        raise BadExpression(f"`unit.{node.attr}` is no column of the unit {scope.outer}.")


def _check_call(node: ast.Call, scope: Scope) -> None:
    name = node.func.id if isinstance(node.func, ast.Name) else ""
    if node.keywords:
        raise BadExpression(f"`{name}` takes its arguments by place.")
    if name == "axis":
        texts = [part.value for part in node.args if isinstance(part, ast.Constant)]
        if scope.unit != "encounter" or len(texts) < 1 or len(texts) != len(node.args):
            raise BadExpression("`axis` takes an axis and its values as texts, on an encounter.")
        _check_axis(str(texts[0]))
        return
    wanted = AGGREGATES.get(name, SCALARS.get(name))
    if wanted is None:
        raise BadExpression(f"`{name}` is no word of a definition.")
    if len(node.args) != wanted:
        raise BadExpression(f"`{name}` takes {wanted} arguments, not {len(node.args)}.")
    if name in SCALARS:
        for part in node.args:
            _check(part, scope)
        return
    child = node.args[0].id if isinstance(node.args[0], ast.Name) else ""
    if child not in CHILDREN.get(scope.unit, {}):
        raise BadExpression(f"`{child}` does not hang on {scope.unit or scope.table}.")
    for part in node.args[1:]:
        _check(part, scope.inside(child))


def _check_axis(name: str) -> None:
    column = TABLES["axes"].column("axis")
    if column is None or name not in column.values:
        raise BadExpression(f"`{name}` is no axis.")


def silent_words(text: str, silent: frozenset[str]) -> set[str]:
    """Words that a condition asks for and nothing but such words: its answer would be hollow."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(text.strip(), mode="eval")):
        words: list[ast.expr] = []
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Eq | ast.In):
            words = getattr(node.comparators[0], "elts", [node.comparators[0]])
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "axis":
            words = node.args[1:]
        texts = {str(word.value) for word in words if isinstance(word, ast.Constant)}
        if texts and texts <= silent:
            found |= texts
    return found


def tables_of(text: str, unit: str) -> set[str]:
    """Every table that an expression reads besides the unit's own."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(text.strip(), mode="eval")):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id == "axis":
                found.add("axes")
            elif node.func.id in AGGREGATES and isinstance(node.args[0], ast.Name):
                found.add(node.args[0].id)
    return found | {TABLE_OF[unit]}
