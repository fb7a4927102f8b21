"""What a code of the trail or of the policy is called before people."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

_ACTS = {
    "account.reset": gettext_noop("Gave a new first password"),
    "account.shut": gettext_noop("Shut a sign-in"),
    "axis.crisis_set": gettext_noop("Stated how it ended, crisis side"),
    "axis.police_set": gettext_noop("Stated how it ended, police side"),
    "cad.imported": gettext_noop("Took in calls of a file"),
    "cad.received": gettext_noop("Took in calls of a feed"),
    "call.answered": gettext_noop("Answered the questions of a call"),
    "call.closed": gettext_noop("Closed a call"),
    "call.ended": gettext_noop("Said how a call ended"),
    "call.linked": gettext_noop("Linked two calls of one incident"),
    "call.noted": gettext_noop("Added a note to a call"),
    "call.opened": gettext_noop("Entered a call by hand"),
    "call.reopened": gettext_noop("Opened a closed call again"),
    "caller.added": gettext_noop("Added a caller to a call"),
    "caller.followed": gettext_noop("Logged what was done for a caller"),
    "clinical_note.amended": gettext_noop("Amended a crisis record"),
    "clinical_note.saved": gettext_noop("Wrote in a crisis record"),
    "clinical_note.signed": gettext_noop("Signed a crisis record"),
    "clinical_person.described": gettext_noop("Described the person, crisis side"),
    "clinicalnote.read": gettext_noop("Read a crisis record"),
    "clinicalperson.read": gettext_noop("Read the person, crisis side"),
    "contact.answered": gettext_noop("Answered the questions of a contact"),
    "contact.closed": gettext_noop("Closed a contact of the crisis desk"),
    "contact.described": gettext_noop("Described a contact of the crisis desk"),
    "contact.followed": gettext_noop("Logged a call-back of the crisis desk"),
    "contact.handed": gettext_noop("Handed a contact to another crisis worker"),
    "contact.opened": gettext_noop("Began a contact of the crisis desk"),
    "contact.read": gettext_noop("Read a contact of the crisis desk"),
    "contact.shared": gettext_noop("Asked dispatch for co-response"),
    "custodyfact.read": gettext_noop("Read a legal status"),
    "database.backed_up": gettext_noop("Made a backup"),
    "database.restored": gettext_noop("Restored a backup"),
    "database.upgraded": gettext_noop("Brought the database to a new release"),
    "db.roles_shown": gettext_noop("Looked at the logins' secrets at the console"),
    "duty.signed_off": gettext_noop("Signed off"),
    "duty.signed_on": gettext_noop("Signed on"),
    "feed.created": gettext_noop("Connected a feed"),
    "feed.revoked": gettext_noop("Cut a feed off"),
    "hazard.reported": gettext_noop("Reported a hazard on a call"),
    "keys.rotated": gettext_noop("Changed the keys of a record"),
    "member.stepped": gettext_noop("Set a member's status"),
    "membership.ended": gettext_noop("Took a role away"),
    "membership.given": gettext_noop("Gave a role"),
    "page.refused": gettext_noop("Asked for a page of another role"),
    "police_note.amended": gettext_noop("Amended a police record"),
    "police_note.saved": gettext_noop("Wrote in a police record"),
    "police_note.signed": gettext_noop("Signed a police record"),
    "police_person.described": gettext_noop("Described the person, police side"),
    "policenote.read": gettext_noop("Read a police record"),
    "policeperson.read": gettext_noop("Read the person, police side"),
    "program.begun": gettext_noop("Founded the program"),
    "record.expunged_by_operator": gettext_noop("Expunged a record at the console"),
    "record.expunged_county": gettext_noop("Expunged a crisis record"),
    "record.expunged_police": gettext_noop("Expunged a police record"),
    "record.stays_expunged": gettext_noop("Kept a record expunged after a restore"),
    "rejects.made": gettext_noop("Wrote down rejected rows of a file"),
    "rejects.read": gettext_noop("Read rejected rows of a file"),
    "report.first": gettext_noop("Counted encounters at the console"),
    "role.asked": gettext_noop("Asked for a role that a second administrator confirms"),
    "role.confirmed": gettext_noop("Confirmed a role"),
    "role.turned_down": gettext_noop("Refused a role that was asked for"),
    "second_factor.refused": gettext_noop("Second factor refused"),
    "sign_in.refused": gettext_noop("Sign-in refused"),
    "signed_in": gettext_noop("Signed in"),
    "signed_out": gettext_noop("Signed out"),
    "staff.added": gettext_noop("Added a staff member"),
    "trail.read": gettext_noop("Read this page"),
    "transfer.asked": gettext_noop("Asked the crisis desk to take a caller"),
    "transfer.taken": gettext_noop("Took a caller from dispatch"),
    "transfer.withdrawn": gettext_noop("Withdrew a transfer"),
    "unit.assigned": gettext_noop("Sent a unit"),
}
_EFFECTS = {
    "all": gettext_noop("in full"),
    "author": gettext_noop("what you wrote"),
    "case": gettext_noop("on encounters that you are part of"),
    "own": gettext_noop("what is your own"),
    "team": gettext_noop("what your team wrote"),
}


def act_word(code: str) -> str:
    """What was done, or the code itself where an operator's command named it."""
    return _(_ACTS[code]) if code in _ACTS else code


def effect_word(effect: str) -> str:
    """How much a role sees of a class."""
    return _(_EFFECTS[effect]) if effect in _EFFECTS else effect
