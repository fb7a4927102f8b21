"""Each row of the gate, its combinations, and what is advised when nobody is on.

The expected words are read from the gate's table (`docs/reference/advice.md` gives its rows).
"""

from dataclasses import dataclass, field

import pytest

from tandem.kernel.advice import AdviceRules
from tests.advice.shipped import EVERYBODY, RULES, told, without

NO_TEAM = EVERYBODY - {"cru_pair", "mobile_crisis"}
DANGERS = (
    *("weapon_in_hand", "weapon_accessible", "violence_now", "injury_or_ingestion"),
    *("crime_in_progress", "attempt_in_progress", "shots_or_hostage", "just_ended_assault"),
    *("threat_to_named_person", "delirium_signs", "warrant_or_mandatory_arrest"),
    *("child_alone_or_cps_concern", "suicidal_ideation", "psychosis_or_disorientation"),
    "dementia_or_wandering",
)
DENIED = dict.fromkeys(DANGERS, "no")


@dataclass(frozen=True)
class Row:
    """A call of the table and the words that must stand in its advice."""

    yes: str
    first: str
    clinician: str
    go_with: str = ""
    by_phone: str = ""
    tell: str = ""
    others: dict[str, str] = field(default_factory=dict)
    staffed: frozenset[str] = EVERYBODY
    jurisdiction: str = "city"

    def fails(self, rules: AdviceRules = RULES) -> str:
        """What differs; empty when the advice is as expected."""
        answers = {**self.others, **dict.fromkeys(self.yes.split(), "yes")}
        advice = told(answers, self.staffed, rules, self.jurisdiction)
        got = (advice.first, advice.clinician, advice.go_with, advice.by_phone, advice.tell)
        want = (
            self.first,
            self.clinician,
            tuple(self.go_with.split()),
            tuple(self.by_phone.split()),
            tuple(self.tell.split()),
        )
        return "" if got == want else f"{got} instead of {want}"


WHOLE = {
    question: "no"
    for question in DENIED
    if question not in ("suicidal_ideation", "psychosis_or_disorientation")
}
TABLE = {
    "attempt in progress": Row(
        "attempt_in_progress", "ems_and_patrol", "not_entry", "", "crisis_worker_consult"
    ),
    "delirium": Row(
        "delirium_signs psychosis_or_disorientation",
        "ems_and_patrol",
        "not_entry",
        "",
        "crisis_worker_consult",
    ),
    "no ambulance free": Row(
        "injury_or_ingestion",
        "patrol",
        "not_entry",
        "",
        "crisis_worker_consult",
        "ems supervisor",
        staffed=EVERYBODY - {"ems"},
    ),
    "hurt in a fight": Row(
        "injury_or_ingestion violence_now",
        "ems_and_patrol",
        "not_entry",
        "ems_staged",
        "crisis_worker_consult",
    ),
    "knife in hand": Row(
        "weapon_in_hand",
        "patrol",
        "staged",
        "crisis_worker_staged ems_staged",
        "crisis_worker_consult",
    ),
    "hostage": Row(
        "shots_or_hostage",
        "tactical_and_patrol",
        "staged",
        "crisis_worker_staged ems_staged",
        "crisis_worker_consult",
        "supervisor",
    ),
    "hostage, no tactical team on": Row(
        "shots_or_hostage",
        "patrol",
        "staged",
        "crisis_worker_staged ems_staged",
        "crisis_worker_consult",
        "supervisor",
        staffed=EVERYBODY - {"tactical"},
    ),
    "hurt by the knife in hand": Row(
        "weapon_in_hand injury_or_ingestion",
        "ems_and_patrol",
        "not_entry",
        "ems_staged",
        "crisis_worker_consult",
    ),
    "gun in hand and one more in the house": Row(
        "weapon_in_hand weapon_accessible",
        "patrol",
        "staged",
        "crisis_worker_staged ems_staged",
        "crisis_worker_consult",
    ),
    "violence now": Row("violence_now", "patrol", "staged", "crisis_worker_staged"),
    "assault just ended": Row("just_ended_assault", "patrol", "staged", "crisis_worker_staged"),
    "gun in the house": Row(
        "weapon_accessible suicidal_ideation",
        "cru_pair",
        "on_officer_clearance",
        "additional_unit crisis_worker_on_officer_clearance",
        others={"weapon_in_hand": "no", "violence_now": "no"},
    ),
    "threat only": Row(
        "threat_to_named_person",
        "cru_pair",
        "on_officer_clearance",
        "additional_unit crisis_worker_on_officer_clearance",
        others={"weapon_in_hand": "no", "weapon_accessible": "no", "violence_now": "no"},
    ),
    "suicidal, no weapon": Row(
        "suicidal_ideation", "cru_pair", "together", "crisis_worker_together", others=WHOLE
    ),
    "suicidal, nothing else asked": Row(
        "suicidal_ideation",
        "cru_pair",
        "on_officer_clearance",
        "crisis_worker_on_officer_clearance",
    ),
    "suicidal, weapons denied, hurt not known": Row(
        "suicidal_ideation",
        "cru_pair",
        "on_officer_clearance",
        "crisis_worker_on_officer_clearance",
        tell="ems",
        others={**WHOLE, "injury_or_ingestion": "not_known"},
    ),
    "suicidal, weapons denied, threat not known": Row(
        "suicidal_ideation",
        "cru_pair",
        "on_officer_clearance",
        "crisis_worker_on_officer_clearance",
        others={**WHOLE, "threat_to_named_person": "not_known"},
    ),
    "nothing asked": Row(
        "", "cru_pair", "on_officer_clearance", "crisis_worker_on_officer_clearance"
    ),
    "nothing said of why, dangers denied": Row(
        "",
        "cru_pair",
        "on_officer_clearance",
        "crisis_worker_on_officer_clearance",
        others=DENIED,
    ),
    "grief": Row(
        "grief_or_distress", "cru_pair", "together", "crisis_worker_together", others=DENIED
    ),
    "off-hours, suicidal": Row(
        "suicidal_ideation",
        "cit_patrol",
        "phone",
        "",
        "crisis_worker_consult telehealth",
        others=WHOLE,
        staffed=NO_TEAM,
    ),
    "off-hours, mobile crisis meets patrol": Row(
        "suicidal_ideation",
        "patrol",
        "together",
        "crisis_worker_together",
        others=WHOLE,
        staffed=frozenset({"patrol", "mobile_crisis"}),
    ),
    "nobody but patrol": Row(
        "suicidal_ideation", "patrol", "none", others=WHOLE, staffed=frozenset({"patrol"})
    ),
    "wants support only": Row(
        "wants_support_only", "phone", "phone", "", "crisis_line", others=DENIED
    ),
    "wants support only, no telephone on": Row(
        "wants_support_only",
        "mobile_crisis",
        "alone",
        others=DENIED,
        staffed=EVERYBODY - {"crisis_phone", "telehealth"},
    ),
    "wants support only, crime not asked": Row(
        "wants_support_only",
        "cru_pair",
        "on_officer_clearance",
        "crisis_worker_on_officer_clearance",
        others={**DENIED, "crime_in_progress": "not_asked"},
    ),
    "warrant": Row(
        "warrant_or_mandatory_arrest suicidal_ideation",
        "patrol",
        "on_officer_clearance",
        "crisis_worker_on_officer_clearance",
        others=WHOLE,
    ),
    "child alone": Row(
        "child_alone_or_cps_concern",
        "cru_pair",
        "together",
        "crisis_worker_together",
        tell="cps",
        others={k: "no" for k in WHOLE if k != "child_alone_or_cps_concern"},
    ),
    "child alone, child protection not on": Row(
        "child_alone_or_cps_concern",
        "cru_pair",
        "together",
        "crisis_worker_together",
        tell="supervisor",
        others={k: "no" for k in WHOLE if k != "child_alone_or_cps_concern"},
        staffed=EVERYBODY - {"on_call_cps"},
    ),
    "outside the city": Row(
        "suicidal_ideation",
        "patrol",
        "together",
        "crisis_worker_together",
        tell="supervisor",
        others=WHOLE,
        jurisdiction="outside",
    ),
}


@pytest.mark.parametrize("name", TABLE)
def test_the_advice_is_what_the_gate_says(name: str) -> None:
    assert TABLE[name].fails() == ""


@pytest.mark.parametrize("rule", [rule.id for rule in RULES.rules])
def test_each_rule_switched_off_makes_a_case_fail(rule: str) -> None:
    broken = without(rule)
    assert [name for name, row in TABLE.items() if row.fails(broken)]


def test_nobody_on_is_said_and_nobody_is_advised() -> None:
    advice = told({"suicidal_ideation": "yes"}, frozenset())
    assert (advice.first, advice.go_with, advice.by_phone, advice.tell) == ("", (), (), ())
    hurt = told({"injury_or_ingestion": "yes"}, frozenset())
    assert (hurt.first, hurt.tell) == ("", ("ems",))
    assert "cru_pair" in advice.not_on
    assert "patrol" in advice.not_on


def test_the_one_question_to_ask_next_is_named() -> None:
    def asking(answers: dict[str, str]) -> tuple[str, bool]:
        advice = told(answers)
        return advice.ask_next, advice.provisional

    assert asking({}) == ("weapon_in_hand", True)
    assert asking({"weapon_in_hand": "yes"}) == ("violence_now", True)
    assert asking({"weapon_in_hand": "not_known"}) == ("weapon_accessible", True)
    assert asking(DENIED) == ("", False)
    # Asked and not known: nothing is provisional, and somebody else may know.
    assert asking({**DENIED, "weapon_in_hand": "not_known"}) == ("weapon_in_hand", False)
    wish = {**DENIED, "wants_support_only": "yes"}
    assert asking({**wish, "suicidal_ideation": "not_asked"}) == ("suicidal_ideation", True)
    barred = {"suicidal_ideation": "not_asked", "delirium_signs": "yes"}
    assert asking({**wish, **barred}) == ("", False)


def test_every_word_says_its_rule_reason_and_authority() -> None:
    advice = told({"weapon_in_hand": "yes", "child_alone_or_cps_concern": "yes"})
    told_words = {(because.part, because.value) for because in advice.because}
    assert told_words == {
        ("first", advice.first),
        ("clinician", advice.clinician),
        *(("with", word) for word in advice.go_with),
        *(("by_phone", word) for word in advice.by_phone),
        *(("tell", word) for word in advice.tell),
    }
    assert all(because.rule.reason and because.rule.authority for because in advice.because)
    assert advice.version == RULES.version
