"""The engine of advice: rules over what was answered and who is on, to a set with its reasons.

Plain values in, plain values out; no clock, no database. It advises nobody who is not on, and it
never reads "not known" or "not asked" as "no".
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tandem.kernel.advice import (
    BY_PHONE,
    GO_WITH,
    NO,
    NOT_ASKED,
    NOT_KNOWN,
    POLICE_FREE,
    POSITIONS,
    TELL,
    YES,
    AdviceRule,
    AdviceRules,
)

PATROL = ("patrol", "cit_officer")  # an officer trained for crises is one of patrol
CRISIS_WORKERS = ("cru_pair", "mobile_crisis")
# Who must be on for a word of the advice: one of each group.
_NEEDS: dict[str, tuple[tuple[str, ...], ...]] = {
    "tactical_and_patrol": (("tactical",), PATROL),
    "ems_and_patrol": (("ems",), PATROL),
    "patrol": (PATROL,),
    "cru_pair": (("cru_pair",),),
    "cit_patrol": (("cit_officer",),),
    "mobile_crisis": (("mobile_crisis",),),
    "phone": (("crisis_phone", "telehealth"),),
    "additional_unit": (PATROL,),
    "ems_staged": (("ems",),),
    "crisis_worker_consult": (("crisis_phone", *CRISIS_WORKERS),),
    "crisis_line": (("crisis_phone",),),
    "telehealth": (("telehealth",),),
    "ems": (),  # EMS dispatch is told also while no ambulance is free
    "cps": (("on_call_cps",),),
    "tactical": (("tactical",),),
    "supervisor": (("supervisor",),),
    "veterans_line": (),
}


@dataclass(frozen=True)
class Answers:
    """What was answered about one call, as it stands now; a question left out was not asked."""

    values: Mapping[str, str] = field(default_factory=dict)
    age: int | None = None
    origin: str = "911"
    jurisdiction: str = "city"
    # Of staff that stays inside, who may go outside all the same, under a mutual-aid entry.
    aided: frozenset[str] = frozenset()

    def of(self, question: str) -> str:
        """One of `yes`, `no`, `not_known`, `not_asked`."""
        return self.values.get(question, NOT_ASKED)


@dataclass(frozen=True)
class Because:
    """Which rule put which word into which part of the advice."""

    part: str  # first | with | by_phone | tell | clinician
    value: str
    rule: AdviceRule

    def as_json(self) -> dict[str, str]:
        rule = self.rule
        return {
            "part": self.part,
            "value": self.value,
            "rule": rule.id,
            "reason": rule.reason,
            "authority": rule.authority,
        }


@dataclass(frozen=True)
class Advice:
    """Who goes first, who with, who by phone, whom to tell; and why."""

    first: str  # empty: nobody who could go is on
    go_with: tuple[str, ...]
    by_phone: tuple[str, ...]
    tell: tuple[str, ...]
    clinician: str
    not_asked: int  # safety questions; while there is one, the advice is provisional
    ask_next: str  # empty: nothing is left to ask
    unasked: tuple[str, ...]  # on a route without police: what else, were it yes, would end it
    not_on: tuple[str, ...]  # staff that the rules would have sent and that is not on
    because: tuple[Because, ...]
    version: str

    @property
    def police_free(self) -> bool:
        return self.first in POLICE_FREE

    @property
    def provisional(self) -> bool:
        return self.not_asked > 0

    def as_json(self) -> dict[str, Any]:
        """The shape that `tandem advice try` prints."""
        return {
            "first": self.first or None,
            "with": list(self.go_with),
            "by_phone": list(self.by_phone),
            "tell": list(self.tell),
            "clinician": self.clinician,
            "provisional": self.provisional,
            "not_asked": self.not_asked,
            "ask_next": self.ask_next or None,
            "unasked": list(self.unasked),
            "not_on": list(self.not_on),
            "because": [because.as_json() for because in self.because],
            "version": self.version,
        }


def advise(rules: AdviceRules, answers: Answers, staffed: Collection[str]) -> Advice:
    """The advice for one call, from who is on now."""
    on = frozenset(staffed)
    if answers.jurisdiction == "outside":
        on -= frozenset(rules.stays_inside) - answers.aided
    draft = _Draft(on)
    holding = [rule for rule in rules.rules if not rule.otherwise and _holds(rule, answers)]
    route = draft.route(holding)
    if not route:
        spare = [rule for rule in rules.rules if rule.otherwise and _holds(rule, answers)]
        route = draft.route(spare)
        holding += [rule for rule in spare if rule is draft.routed_by]
    if route in POLICE_FREE:
        draft.without_police(route)
    else:
        for rule in holding:
            draft.add(rule)
        draft.place_clinician(holding)
    ask, not_asked = _asking(rules, answers)
    return draft.finish(
        route,
        ask=ask,
        not_asked=not_asked,
        unasked=_unasked(draft.routed_by, answers) if route in POLICE_FREE else (),
        version=rules.version,
    )


def _unasked(rule: AdviceRule | None, answers: Answers) -> tuple[str, ...]:
    """What a route without police was not asked and would be ended by: said beside it."""
    return tuple(q for q in (rule.none_yes if rule else ()) if answers.of(q) == NOT_ASKED)


def _holds(rule: AdviceRule, answers: Answers) -> bool:
    return _invites(rule, answers) and all(answers.of(q) == NO for q in rule.all_no)


def _invites(rule: AdviceRule, answers: Answers) -> bool:
    """Whether all but the denials that it wants is there."""
    of = answers.of
    return (
        (not rule.any_yes or any(of(q) == YES for q in rule.any_yes))
        and (not rule.also_any_yes or any(of(q) == YES for q in rule.also_any_yes))
        and all(of(q) == YES for q in rule.all_yes)
        and not any(of(q) == YES for q in rule.none_yes)
        and not any(of(q) not in (YES, NO, NOT_ASKED) for q in rule.none_not_known)
        and (not rule.any_not_known or any(of(q) == NOT_KNOWN for q in rule.any_not_known))
        and (not rule.any_not_no or any(of(q) not in (YES, NO) for q in rule.any_not_no))
        and (not rule.jurisdictions or answers.jurisdiction in rule.jurisdictions)
    )


def _unsettled(rules: AdviceRules, answers: Answers) -> list[str]:
    """The questions of dangers that nobody affirmed and that were not denied whole."""
    found: list[str] = []
    for danger in rules.safety:
        if not any(answers.of(q) == YES for q in danger.questions):
            found += [q for q in danger.questions if answers.of(q) != NO]
    return found


def _asking(rules: AdviceRules, answers: Answers) -> tuple[str, int]:
    """The one question to ask next, and how many unasked ones make the advice provisional.

    First a safety question that was not asked; then one that alone keeps a route without police
    from being advised; then a safety question whose answer was not known, to ask somebody else.
    """
    unsettled = _unsettled(rules, answers)
    unasked = list(dict.fromkeys(q for q in unsettled if answers.of(q) == NOT_ASKED))
    if unasked:
        return unasked[0], len(unasked)
    for rule in rules.rules:
        if rule.police_free and _invites(rule, answers):
            given = [answers.of(q) for q in rule.all_no]
            if {NOT_ASKED} <= set(given) <= {NOT_ASKED, NO}:
                return rule.all_no[given.index(NOT_ASKED)], given.count(NOT_ASKED)
    return (unsettled[0], 0) if unsettled else ("", 0)


class _Draft:
    """One advice in the making: words with the rule that put them there."""

    def __init__(self, on: frozenset[str]) -> None:
        self.on = on
        self.words: dict[tuple[str, str], AdviceRule] = {}
        self.missing: dict[str, None] = {}
        self.clinician = "none"
        self.routed_by: AdviceRule | None = None

    def is_on(self, word: str) -> bool:
        return all(any(who in self.on for who in group) for group in _NEEDS[word])

    def put(self, part: str, word: str, rule: AdviceRule) -> bool:
        """Add a word if those it needs are on; else remember who was missing."""
        if self.is_on(word):
            self.words.setdefault((part, word), rule)
            return True
        for group in _NEEDS[word]:
            if not any(who in self.on for who in group):
                self.missing[group[0]] = None
                if group == ("ems",):
                    # An ambulance is due and none is free: somebody must find one elsewhere.
                    self.put("tell", "ems", rule)
                    self.put("tell", "supervisor", rule)
        return False

    def route(self, rules: Iterable[AdviceRule]) -> str:
        """Who goes first: the topmost rule's best choice that is on."""
        for rule in rules:
            for choice in rule.first:
                if self.put("first", choice, rule):
                    self.routed_by = rule
                    return choice
        return ""

    def add(self, rule: AdviceRule) -> None:
        for word in rule.go_with:
            self.put("with", word, rule)
        for word in rule.by_phone:
            self.put("by_phone", word, rule)
        for word in rule.tell:
            # Somebody must know that the one to be told cannot be reached.
            if not self.put("tell", word, rule):
                self.put("tell", "supervisor", rule)

    def without_police(self, route: str) -> None:
        rule = self._router()
        self.clinician = "alone" if route == "mobile_crisis" else "phone"
        self.words["clinician", self.clinician] = rule
        if route == "phone":
            line = "crisis_line" if self.is_on("crisis_line") else "telehealth"
            self.put("by_phone", line, rule)

    def place_clinician(self, holding: list[AdviceRule]) -> None:
        """The most protective position that any rule asks for, as far as somebody is on."""
        asking = [rule for rule in holding if rule.clinician]
        if not asking:
            return
        rule = min(asking, key=lambda rule: POSITIONS.index(rule.clinician))
        position = rule.clinician
        if position != "not_entry" and any(who in self.on for who in CRISIS_WORKERS):
            self.words["with", f"crisis_worker_{position}"] = rule
        elif position == "not_entry" and self.is_on("crisis_worker_consult"):
            pass
        elif self.is_on("phone"):
            position = "phone"
            if self.is_on("crisis_line"):
                self.put("by_phone", "crisis_worker_consult", rule)
            if self.is_on("telehealth"):
                self.put("by_phone", "telehealth", rule)
        else:
            position = "none"
        self.clinician = position
        self.words["clinician", position] = rule

    def _router(self) -> AdviceRule:
        if self.routed_by is None:
            raise RuntimeError("a route without a rule")
        return self.routed_by

    def finish(
        self, route: str, *, ask: str, not_asked: int, unasked: tuple[str, ...], version: str
    ) -> Advice:
        """The words in their order; EMS that goes or stages needs not be told besides."""
        if route == "ems_and_patrol" or ("with", "ems_staged") in self.words:
            self.words.pop(("tell", "ems"), None)

        def of(part: str, order: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(word for word in order if (part, word) in self.words)

        return Advice(
            first=route,
            go_with=of("with", GO_WITH),
            by_phone=of("by_phone", BY_PHONE),
            tell=of("tell", TELL),
            clinician=self.clinician,
            not_asked=not_asked,
            ask_next=ask,
            unasked=unasked,
            not_on=tuple(self.missing),
            because=tuple(Because(part, word, rule) for (part, word), rule in self.words.items()),
            version=version,
        )
