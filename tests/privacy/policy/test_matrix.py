"""The printed matrix is what the policy says now."""

from pathlib import Path

from tandem.privacy.policy.load import policy
from tandem.privacy.policy.matrix import fields, matrix_page, show

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "matrix.md"


def test_the_page_is_not_stale() -> None:
    assert PAGE.read_text(encoding="utf-8") == matrix_page(policy()), "run `make docs`"


def test_the_two_custodians_are_two_columns() -> None:
    header = next(line for line in PAGE.read_text().splitlines() if line.startswith("| | TC"))
    roles = [cell.strip() for cell in header.strip("| ").split("|")]
    assert roles == list(policy().roles)
    assert roles.index("PRVC") == roles.index("PRVP") + 1


def test_every_cell_is_shown_with_layer_and_authority() -> None:
    cells = show(policy())
    assert len(cells) == 15 * 25
    assert all(
        set(cell) == {"role", "class", "effect", "layer", "login", "authority"} for cell in cells
    )
    assert all(all(cell.values()) for cell in cells)


def test_a_column_of_two_classes_has_an_entry_for_each() -> None:
    found = fields(policy(), {"encounters_policenote": ["draft"]})
    assert [entry["class"] for entry in found] == ["D5", "D12"]
    assert found[0]["readable_by"] == ["police", "custodian_police"]
    assert found[0]["writable_by"] == ["police"]


def test_a_column_may_be_of_another_class_than_its_table() -> None:
    found = {
        entry["column"]: entry
        for entry in fields(policy(), {"calls_feed": ["token_hash", "source"]})
    }
    assert found["token_hash"]["class"] == "N2"
    assert found["source"]["class"] == "N1"
    assert "dispatch" not in found["token_hash"]["readable_by"]
    assert "dispatch" in found["source"]["readable_by"]


def test_a_relation_that_the_policy_forgot_shows() -> None:
    assert fields(policy(), {"stranger": ["id"]})[0]["class"] is None
