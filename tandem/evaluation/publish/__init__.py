"""Safe to publish: one gate through which every number leaves, and the attack on it.

Names are fetched when they are used: the command lists its words without the engine's libraries.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tandem.evaluation.publish.gate import Outcome, leave
    from tandem.evaluation.publish.ledger import Ledger
    from tandem.evaluation.publish.sentences import SENTENCES, PublishError
    from tandem.evaluation.publish.table import Cell, Table, make_table, read_table

__all__ = [
    "SENTENCES",
    "Cell",
    "Ledger",
    "Outcome",
    "PublishError",
    "Table",
    "leave",
    "make_table",
    "read_table",
]
_HOMES = {
    "SENTENCES": "sentences",
    "PublishError": "sentences",
    "Ledger": "ledger",
    "Outcome": "gate",
    "leave": "gate",
    "Cell": "table",
    "Table": "table",
    "make_table": "table",
    "read_table": "table",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(name)
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
