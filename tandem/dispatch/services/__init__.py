"""Everything that changes units and who was sent; one function per act, a module for each field."""

from tandem.dispatch.services.desk import (
    assign_unit,
    draft_rules,
    explain_advice,
    note_call,
    override_advice,
    put_rules_in_force,
    step_member,
)
from tandem.dispatch.services.duty import enter_presence, sign_off, sign_on
from tandem.dispatch.services.undo import undo_assign, undo_step

__all__ = [
    "assign_unit",
    "draft_rules",
    "enter_presence",
    "explain_advice",
    "note_call",
    "override_advice",
    "put_rules_in_force",
    "sign_off",
    "sign_on",
    "step_member",
    "undo_assign",
    "undo_step",
]
