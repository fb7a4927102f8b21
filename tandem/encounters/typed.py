"""Forms whose words are kept while they are typed, and what each asks. Plain Python."""

from __future__ import annotations

import json
from collections.abc import Mapping

from tandem.encounters.custody import FACTS

LANE, CUSTODY, COLLATERAL = "lane", "custody", "collateral"
_LONGEST = 50_000

# The fields of each form; `seen` is the version that its page showed.
FORMS: dict[str, tuple[str, ...]] = {
    "person": ("name", "age", "age_known", "seen"),
    "amend": ("text", "reason"),
    "told": ("words", "source", "relation", "safety"),
    **{f"custody-{kind}": ("when", *asked) for kind, asked in FACTS.items()},
}
# What the page puts there by itself is nobody's word.
_NOT_TYPED = {"seen", "when", "age_known"}


def place_of(form: str) -> str:
    """In which compartment's table the words of a form lie."""
    if form.startswith("custody-"):
        return CUSTODY
    return COLLATERAL if form == "told" else LANE


def typed_in(form: str, told: Mapping[str, str]) -> dict[str, str]:
    """What was typed, of this form's fields; nothing where no word of it is somebody's."""
    typed = {name: told[name].replace("\0", "") for name in FORMS[form] if told.get(name)}
    return typed if set(typed) - _NOT_TYPED else {}


def too_long(typed: Mapping[str, str]) -> bool:
    """More than is kept: refused whole, so that nothing is cut off unseen."""
    return sum(len(words) for words in typed.values()) > _LONGEST


def to_text(typed: Mapping[str, str]) -> str:
    """To be sealed."""
    return json.dumps(dict(typed), ensure_ascii=False)


def of_text(text: str) -> dict[str, str]:
    """From the sealed text."""
    return {str(name): str(words) for name, words in json.loads(text).items()}
