"""Forms whose words are kept while they are typed, and what each asks. Plain Python."""

from __future__ import annotations

from collections.abc import Mapping

from tandem.encounters.custody import FACTS
from tandem.kernel.typed import words_typed

LANE, CUSTODY, COLLATERAL = "lane", "custody", "collateral"

# The fields of each form; `seen` is the version that its page showed.
FORMS: dict[str, tuple[str, ...]] = {
    "person": ("name", "age", "age_known", "seen"),
    "amend": ("text", "reason"),
    "told": ("words", "source", "relation", "safety"),
    "tap": ("offense",),
    "hazard": ("text", "said_by"),
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
    return words_typed(FORMS[form], told, beside=_NOT_TYPED)
