"""What is known speaks for a situation of the law pack, and never more than that."""

from __future__ import annotations

import uuid

import pytest

from tandem.encounters.services import describe_clinical_person
from tandem.encounters.situations import is_about, situations_of
from tandem.kernel.instance import checkout
from tandem.kernel.pack import Pack, parse_pack
from tandem.kernel.strict_toml import FileRefused
from tests.conftest import Persona
from tests.scene import browser_of

SHIPPED = checkout() / "packs" / "us-wi" / "2026-01-01.toml"
NOTHING = dict.fromkeys(
    ("intoxicated_and_suicidal", "old_and_confused", "minor", "veteran", "guardian"), ()
)


@pytest.fixture(scope="module")
def law() -> Pack:
    return parse_pack(SHIPPED.read_bytes())


@pytest.mark.parametrize(
    ("answers", "age", "holds"),
    [
        ({}, None, {}),
        ({"intoxicated": "yes"}, 40, {}),
        ({"intoxicated": "yes", "suicidal_ideation": "not_known"}, 40, {}),
        (
            {"intoxicated": "yes", "suicidal_ideation": "yes"},
            40,
            {"intoxicated_and_suicidal": ("intoxicated", "suicidal_ideation")},
        ),
        ({"delirium_signs": "yes"}, 82, {"old_and_confused": ("delirium_signs",)}),
        (
            {"delirium_signs": "yes", "dementia_or_wandering": "yes"},
            82,
            {"old_and_confused": ("delirium_signs", "dementia_or_wandering")},
        ),
        ({"psychosis_or_disorientation": "yes"}, 25, {}),
        ({}, 17, {"minor": ("age",)}),
        ({}, 18, {}),
        ({"veteran": "yes"}, 61, {"veteran": ("veteran",)}),
        ({"veteran": "no"}, 61, {}),
        ({"has_provider_or_guardian": "yes"}, 61, {"guardian": ("has_provider_or_guardian",)}),
    ],
)
def test_what_speaks_for_each(
    answers: dict[str, str], age: int | None, holds: dict[str, tuple[str, ...]]
) -> None:
    assert situations_of(answers, age, adult_at=18) == {**NOTHING, **holds}


def codes(law: Pack, situation: str, age: int | None = None) -> list[str]:
    return [one.code for one in law.situations if one.situation == situation and is_about(one, age)]


def test_two_paths_of_the_law_stand_side_by_side_and_what_is_medical_first(law: Pack) -> None:
    lines = [one for one in law.situations if one.situation == "intoxicated_and_suicidal"]
    assert lines[0].kind == "medical"
    assert [one.statute for one in lines if one.kind == "law"] == ["51.45(11)(b)", "51.15"]
    lines = [one for one in law.situations if one.situation == "old_and_confused"]
    assert [(one.kind, one.statute) for one in lines] == [
        ("medical", ""),
        ("law", "55.135"),
        ("caution", "51.15"),
    ]


# Wis. Stat. 51.30(5): 14 signs alone; 51.47: from 12 both; 938.396(1): police record under 17.
@pytest.mark.parametrize(
    ("age", "signs", "both", "kept_apart", "two_ages"),
    [
        (11, "minor_parent_signs", False, True, False),
        (12, "minor_parent_signs", True, True, False),
        (13, "minor_parent_signs", True, True, False),
        (14, "minor_signs", True, True, False),
        (15, "minor_signs", True, True, False),
        (16, "minor_signs", True, True, False),
        (17, "minor_signs", True, False, True),
    ],
)
def test_the_signers_age(
    law: Pack, age: int, signs: str, both: bool, kept_apart: bool, two_ages: bool
) -> None:
    found = codes(law, "minor", age)
    assert {"minor_signs", "minor_parent_signs"} & set(found) == {signs}
    assert ("minor_substance_use" in found) is both
    assert ("minor_police_record" in found) is kept_apart
    assert ("minor_of_17" in found) is two_ages
    assert {"minor_parent", "minor_protection"} <= set(found)


def test_nothing_of_a_minor_is_about_an_adult_and_all_may_be_of_an_unknown_age(law: Pack) -> None:
    assert codes(law, "minor", 18) == []
    assert len(codes(law, "minor")) == len([o for o in law.situations if o.situation == "minor"])


def test_a_pack_whose_law_stands_before_what_is_medical_is_refused() -> None:
    text = SHIPPED.read_text()
    first, second = 'kind = "medical"\ntitle = "Medical first"\ntext = "Sudden', 'text = "Weigh'
    turned = text.replace(first, first.replace("medical", "duty", 1)).replace(
        f'kind = "law"\ntitle = "Emergency protective placement"\nstatute = "55.135"\n{second}',
        f'kind = "medical"\ntitle = "Emergency protective placement"\nstatute = "55.135"\n{second}',
    )
    assert turned != text
    with pytest.raises(FileRefused, match="What is medical stands first"):
        parse_pack(turned.encode())


@pytest.mark.django_db(databases=["default", "identity"])
def test_the_age_of_one_side_s_person_shows_nothing_on_the_other_side(
    encounter_id: uuid.UUID, cast: dict[str, Persona]
) -> None:
    worker = cast["crisis-worker"]
    describe_clinical_person(worker.doing(), encounter_id, name="", age=15, age_how="said")
    path = f"/encounters/{encounter_id}/"
    opened = 'class="fold situation" open data-situation="minor"'
    assert opened in browser_of(worker).get(path).content.decode()
    assert opened not in browser_of(cast["cru-officer"]).get(path).content.decode()
