"""The rules of advice as data: who should go to a call, why, and by whose authority.

Part of the program file, read strictly and refused whole. Nothing here decides; the engine of
`tandem.advice` reads these rules. Sources: the gate of co-responder programs (Council of State
Governments, call-processing protocols) and the program's own policy.
"""

import hashlib
import json
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from functools import cached_property

from tandem.kernel.strict_toml import Section, read_document

YES, NO, NOT_KNOWN, NOT_ASKED = ANSWERS = ("yes", "no", "not_known", "not_asked")
QUESTIONS = (
    "weapon_in_hand",
    "weapon_accessible",
    "violence_now",
    "injury_or_ingestion",
    "attempt_in_progress",
    "crime_in_progress",
    "shots_or_hostage",
    "just_ended_assault",
    "threat_to_named_person",
    "delirium_signs",
    "warrant_or_mandatory_arrest",
    "child_alone_or_cps_concern",
    "suicidal_ideation",
    "psychosis_or_disorientation",
    "dementia_or_wandering",
    "grief_or_distress",
    "welfare_check",
    "wants_support_only",
    "intoxicated",
    "others_present_children",
)
# Four dangers in six questions; without a "no" to each, nobody is advised to leave the police out.
FLOOR = QUESTIONS[:6]
MEDICAL = ("attempt_in_progress", "injury_or_ingestion")

ORIGINS = ("911", "officer", "crisis_line", "988", "walk_in", "provider", "school")
# Whether the call is on ground of the program's own agencies: unknown keeps nobody back.
JURISDICTIONS = ("city", "outside", "two", "unknown")
STAFF = (
    "patrol",
    "cru_pair",
    "cit_officer",
    "mobile_crisis",
    "crisis_phone",
    "telehealth",
    "on_call_cps",
    "ems",
    "tactical",
    "supervisor",
)
POLICE_FREE = ("mobile_crisis", "phone")
FIRST = (
    "tactical_and_patrol",
    "ems_and_patrol",
    "patrol",
    "cru_pair",
    "cit_patrol",
    *POLICE_FREE,
)
GO_WITH = (
    "additional_unit",
    "crisis_worker_staged",
    "crisis_worker_on_officer_clearance",
    "crisis_worker_together",
    "ems_staged",
)
BY_PHONE = ("crisis_worker_consult", "crisis_line", "telehealth")
TELL = ("ems", "cps", "tactical", "supervisor", "veterans_line")
# The most protective first. "alone" and "phone" belong to routes without police, "none" to nobody.
POSITIONS = ("not_entry", "staged", "on_officer_clearance", "together")
CLINICIAN = (*POSITIONS, "alone", "phone", "none")

# How it is known that somebody is on: always, by their own sign-on, or by the hours of a team.
ALWAYS, SIGNED_ON = "always", "signed_on"
SIGNS_ON = ("patrol", "cru_pair")

# What a rule may name; the rest of each list follows from the clinician's position and the route.
RULE_WITH = ("additional_unit", "ems_staged")
RULE_BY_PHONE = ("crisis_worker_consult", "telehealth")


@dataclass(frozen=True)
class AdviceRule:
    """One rule: when it holds, and what it adds to the advice.

    Every condition that is given must hold. `otherwise`: only where no rule above gave a route.
    A rule with `first` is a route; the topmost that holds and is staffed says who goes first.
    """

    id: str
    reason: str
    authority: str
    any_yes: tuple[str, ...] = ()
    also_any_yes: tuple[str, ...] = ()  # one of these as well as one of `any_yes`
    all_yes: tuple[str, ...] = ()
    none_yes: tuple[str, ...] = ()
    any_not_known: tuple[str, ...] = ()
    none_not_known: tuple[str, ...] = ()
    any_not_no: tuple[str, ...] = ()
    all_no: tuple[str, ...] = ()
    jurisdictions: tuple[str, ...] = ()
    otherwise: bool = False
    first: tuple[str, ...] = ()
    go_with: tuple[str, ...] = ()
    by_phone: tuple[str, ...] = ()
    tell: tuple[str, ...] = ()
    clinician: str = ""

    @property
    def police_free(self) -> bool:
        """Whether its route leaves the police out."""
        return any(route in POLICE_FREE for route in self.first)

    @property
    def conditional(self) -> bool:
        """Whether it asks anything of a call."""
        return any(getattr(self, name) for name in CONDITIONS)


CONDITIONS = (
    "any_yes",
    "also_any_yes",
    "all_yes",
    "none_yes",
    "any_not_known",
    "none_not_known",
    "any_not_no",
    "all_no",
    "jurisdictions",
)


@dataclass(frozen=True)
class Danger:
    """A danger and its questions: one "yes" settles it, or a "no" to each of them."""

    name: str
    questions: tuple[str, ...]


@dataclass(frozen=True)
class AdviceRules:
    """All rules of one program, top down, and the version that every advice keeps."""

    safety: tuple[Danger, ...]  # in asking order; provisional while one was not asked
    stays_inside: tuple[str, ...]  # staff that is not sent outside the program's own jurisdiction
    on: tuple[tuple[str, str], ...]  # who, and how it is known that they are on; others never are
    rules: tuple[AdviceRule, ...]

    @property
    def teams(self) -> dict[str, str]:
        """Whoever is on by the hours of a team, with its name."""
        return {who: how for who, how in self.on if how not in (ALWAYS, SIGNED_ON)}

    @cached_property
    def version(self) -> str:
        """The hash of what the rules say: comments and order of keys do not change it."""
        told = json.dumps(asdict(self), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(told.encode()).hexdigest()


def parse_advice(raw: bytes, *, teams: Collection[str] | None = None) -> AdviceRules:
    """Read a file that holds the section `advice` alone; raises FileRefused with every fault.

    `teams` are those that have hours, where they are known.
    """
    document = read_document(raw)
    root = document.root()
    rules = read_advice(root.section("advice"))
    if teams is not None:
        check_teams(root, rules, teams)
    root.close()
    document.refuse_if_faulty()
    return rules


def read_advice(section: Section) -> AdviceRules:
    """The section `advice` of a program file; faults are noted in its document."""
    parts = list(section.sections("rules"))
    rules = AdviceRules(
        safety=tuple(_danger(part) for part in section.sections("safety")),
        stays_inside=section.texts("stays_inside", (), of=STAFF),
        on=tuple(sorted(section.section("on", needed=False).words(of=STAFF).items())),
        rules=tuple(_rule(part) for part in parts),
    )
    section.close()
    _check(section, rules)
    return rules


def check_teams(root: Section, rules: AdviceRules, teams: Collection[str]) -> None:
    """Whoever is on by the hours of a team needs a team that has hours."""
    for who, team in rules.teams.items():
        if team not in teams:
            root.fault(f"The team {team!r} has no hours.", "advice", "on", who)


def _danger(part: Section) -> Danger:
    danger = Danger(part.text("danger"), part.texts("questions", of=QUESTIONS))
    part.close()
    return danger


def _rule(part: Section) -> AdviceRule:
    rule = AdviceRule(
        id=part.text("id", pattern=r"[a-z][a-z0-9_]{2,39}"),
        reason=part.text("reason"),
        authority=part.text("authority"),
        **{
            name: part.texts(name, (), of=JURISDICTIONS if name == "jurisdictions" else QUESTIONS)
            for name in CONDITIONS
        },
        otherwise=part.flag("otherwise", False),
        first=part.texts("first", (), of=FIRST),
        go_with=part.texts("with", (), of=RULE_WITH),
        by_phone=part.texts("by_phone", (), of=RULE_BY_PHONE),
        tell=part.texts("tell", (), of=TELL),
        clinician=part.text("clinician", "", of=("", *POSITIONS)),
    )
    part.close()
    if not (rule.first or rule.go_with or rule.by_phone or rule.tell or rule.clinician):
        part.fault("A rule that advises nothing is none.", "id")
    if not (rule.conditional or rule.otherwise):
        part.fault("A rule without a condition holds always: mark it `otherwise`.", "id")
    if rule.otherwise and not rule.first:
        part.fault("A rule `otherwise` says who goes first.", "otherwise")
    if rule.police_free and not all(route in POLICE_FREE for route in rule.first):
        part.fault("A route without police falls back on none with police.", "first")
    return rule


def _check(section: Section, rules: AdviceRules) -> None:
    """What must hold of the rules together, whoever writes them."""
    asked = tuple(question for danger in rules.safety for question in danger.questions)
    for missing in _missing(FLOOR, asked):
        section.fault(f"`safety` lacks {missing!r}.", "safety")
    for who, how in rules.on:
        if how == SIGNED_ON and who not in SIGNS_ON:
            section.fault(f"Nobody signs on as {who!r}: say `always` or a team.", "on", who)
    names = [rule.id for rule in rules.rules]
    for index, rule in enumerate(rules.rules):
        if rule.id in names[:index]:
            section.fault(f"The rule {rule.id!r} stands twice.", "rules", index, "id")
        if rule.police_free:
            _check_police_free(section, rules, index)
    for question in MEDICAL:
        if not any(_sends_ems(rule, question) for rule in rules.rules):
            section.fault(f"No rule sends EMS when {question!r} is yes.")
    if not any(rule.otherwise and not rule.conditional for rule in rules.rules):
        section.fault("No rule says who goes when nothing was asked.")


def _check_police_free(section: Section, rules: AdviceRules, index: int) -> None:
    rule = rules.rules[index]
    dangers = sorted(_dangers(rules) - set(FLOOR))
    # What a file may leave unasked it may not leave at "yes" or "not known".
    ruled_out = {*rule.all_no, *(set(rule.none_yes) & set(rule.none_not_known))}
    lacking = [*_missing(FLOOR, rule.all_no), *_missing(dangers, ruled_out)]
    if lacking or rule.otherwise:
        said = f": `all_no` lacks {', '.join(lacking)}" if lacking else ""
        sentence = f"A route without police stands only where every danger was denied{said}."
        section.fault(sentence, "rules", index, "id")


def _missing(wanted: Iterable[str], given: Collection[str]) -> list[str]:
    return [question for question in wanted if question not in given]


def _dangers(rules: AdviceRules) -> set[str]:
    """Every question to which a "yes" sends the police: a route without them needs its "no"."""
    return {
        question
        for rule in rules.rules
        if rule.first and not rule.police_free and not rule.otherwise
        for question in (*rule.any_yes, *rule.also_any_yes, *rule.all_yes)
    }


def _sends_ems(rule: AdviceRule, question: str) -> bool:
    """Whether that one answer, whatever else is known, makes it a route of EMS with police."""
    asks_more = any(getattr(rule, name) for name in CONDITIONS if name != "any_yes")
    sends = rule.first[:1] == ("ems_and_patrol",) and not rule.otherwise
    return sends and question in rule.any_yes and not asks_more
