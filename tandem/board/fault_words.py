"""The form engine's refusals in the reader's language; the engine itself knows no catalog."""

from __future__ import annotations

import re
from functools import cache

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from tandem.forms.faults import FormRefused

# Every refusal that a change at the form desk can bring, as the engine says it.
SENTENCES = (
    gettext_noop("That question is not in the form."),
    gettext_noop("Choose what kind of answer the question takes."),
    gettext_noop("A question is added to the form or to a heading of it."),
    gettext_noop("It decides whether these are asked: %(items)s. Retire them first."),
    gettext_noop("A new version keeps the address of the form."),
    gettext_noop("The version must come after %(version)s."),
    gettext_noop("Item %(item)s is gone. Retire it instead."),
    gettext_noop("Item %(item)s takes another kind of answer now."),
    gettext_noop("The id %(item)s stands twice; each id stands once."),
    gettext_noop("Only a choice may have several answers: item %(item)s."),
    gettext_noop("Item %(item)s asks nothing and cannot be required."),
    gettext_noop("Item %(item)s asks nothing and cannot be prefilled."),
    gettext_noop("Item %(item)s depends on %(asked)s, which is not in the form."),
    gettext_noop("Item %(item)s depends on %(asked)s, which asks nothing."),
    gettext_noop("Whether %(asked)s was answered is true or false: item %(item)s."),
    gettext_noop("Item %(item)s compares %(asked)s with an answer that it cannot have."),
    gettext_noop("Item %(item)s asks whether %(asked)s is more or less; it has no order."),
    gettext_noop("These items wait for each other and none is ever asked: %(items)s."),
    gettext_noop("Item %(item)s needs 1 to %(most)s answers to choose."),
    gettext_noop("The answer '%(code)s' stands twice in item %(item)s."),
    gettext_noop("The form is nested deeper than %(levels)s levels at item %(item)s."),
    gettext_noop("The form has %(count)s items or more; %(most)s are the most."),
    gettext_noop("The label of item %(item)s is empty."),
    gettext_noop("The label of item %(item)s has %(count)s characters; %(most)s are the most."),
    gettext_noop("The label of item %(item)s holds markup; labels are plain words."),
    gettext_noop("The label of item %(item)s holds characters that cannot be seen."),
    gettext_noop("The label of item %(item)s holds half a character."),
    gettext_noop(
        "The answer '%(code)s' of item %(item)s has %(count)s characters; %(most)s are the most."
    ),
    gettext_noop("The answer '%(code)s' of item %(item)s holds markup; labels are plain words."),
    gettext_noop("The answer '%(code)s' of item %(item)s holds characters that cannot be seen."),
    gettext_noop("The Spanish label of item %(item)s is empty."),
    gettext_noop(
        "The Spanish label of item %(item)s has %(count)s characters; %(most)s are the most."
    ),
    gettext_noop("The Spanish label of item %(item)s holds markup; labels are plain words."),
    gettext_noop("The Spanish label of item %(item)s holds characters that cannot be seen."),
)
_NAME = re.compile(r"%\((\w+)\)s")


@cache
def _pattern(sentence: str) -> re.Pattern[str]:
    """What the engine says where this sentence stands; only its own parts differ."""
    parts, at = [], 0
    for found in _NAME.finditer(sentence):
        parts += [re.escape(sentence[at : found.start()]), f"(?P<{found[1]}>.+?)"]
        at = found.end()
    return re.compile("".join(parts) + re.escape(sentence[at:]), re.DOTALL)


def fault_in_words(sentence: str) -> str:
    """One sentence of the engine in the reader's language; as it is where it is none of these."""
    for known in SENTENCES:
        found = _pattern(known).fullmatch(sentence)
        if found is not None:
            return _(known) % found.groupdict() if found.groupdict() else _(known)
    return sentence


def refusal_in_words(refused: FormRefused) -> str:
    """Every fault of a refused form."""
    return " ".join(fault_in_words(fault.sentence) for fault in refused.faults)
