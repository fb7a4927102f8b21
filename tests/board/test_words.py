"""Custodians read words, not codes: every act that the product writes down has its own."""

import re
import tomllib
from pathlib import Path

from django.utils import translation

from tandem.board import words
from tandem.privacy.policy.load import policy

TANDEM = Path(words.__file__).parents[1]
# How an act is named where it is written down: always a literal.
WRITTEN = re.compile(
    r"(?:audit\.write|services\.note|note_by_operator|\bnote)\(\s*\"([a-z_]+(?:\.[a-z_]+)?)\""
)


def written() -> set[str]:
    """Every act of acts.toml, and every one that code writes by itself."""
    acts = tomllib.loads((TANDEM / "privacy" / "policy" / "acts.toml").read_text(encoding="utf-8"))
    found = {name for path in TANDEM.rglob("*.py") for name in WRITTEN.findall(path.read_text())}
    assert {"signed_in", "page.refused", "trail.read", "database.backed_up"} <= found
    return found | set(acts)


def test_every_act_has_its_words_and_its_spanish() -> None:
    for code in sorted(written()):
        with translation.override("en"):
            english = words.act_word(code)
        with translation.override("es"):
            spanish = words.act_word(code)
        assert english != code, code
        assert spanish != english, code


def test_every_effect_that_shows_something_has_its_words() -> None:
    hidden = {"none", "external"}
    shown = {cell.effect for cell in policy().cells.values() if cell.built} - hidden
    with translation.override("en"):
        assert [effect for effect in sorted(shown) if words.effect_word(effect) == effect] == []


def test_every_class_of_records_has_its_words_and_its_spanish() -> None:
    """Sign-in's own secrets and the outbox are no records that anybody could ask for."""
    for code in set(policy().classes) - {"N2", "N3"}:
        with translation.override("en"):
            english = words.class_word(code)
        with translation.override("es"):
            spanish = words.class_word(code)
        assert english, code
        assert spanish != english, code
