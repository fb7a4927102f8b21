"""Safe to publish: one gate through which every number leaves, and the attack on it."""

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
