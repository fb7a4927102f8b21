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
from tandem.dispatch.services.scene import (
    ask_officer,
    say_stable,
    split_team,
    tell_person,
    undo_word,
    veto_entry,
)
from tandem.dispatch.services.undo import undo_assign, undo_step

__all__ = [
    "ask_officer",
    "assign_unit",
    "draft_rules",
    "enter_presence",
    "explain_advice",
    "note_call",
    "override_advice",
    "put_rules_in_force",
    "say_stable",
    "sign_off",
    "sign_on",
    "split_team",
    "step_member",
    "tell_person",
    "undo_assign",
    "undo_step",
    "undo_word",
    "veto_entry",
]
