"""What a score may do: propose that the team be considered. There is nothing else in its reach.

The rules below turn what was read about a call into advice. Advice can say three things: consider
the team, ask this question, this danger is possible. It has no field that could remove or delay
police or EMS, lower a priority, close a call, contact anyone or create a caution, and `apply` only
ever adds to the standing plan.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace

from tandem.triage.reader import THRESHOLD, Reading
from tandem.triage.types import Reading as TypeReading

CRISIS_KIND = "behavioral_health"
# The safety questions of call-taking, with the cues that make each "possible".
GATE: dict[str, tuple[str, ...]] = {
    "weapon": ("weapon_present", "weapon_access", "weapon_brandished"),
    "violence": ("violence_now", "threat_to_named"),
    "medical": ("medical_danger", "intoxication"),
    "children": ("children",),
    "flight": ("flight",),
}
POSSIBLE = "possible"


@dataclass(frozen=True)
class Signs:
    """What was read about one call; every part may be missing.

    Attributes:
        score: of the learned model in force, 0 to 1; None without one.
        threshold: the model's working point.
        types: the reading of the call type.
        narratives: the readings of remarks and texts.
    """

    score: float | None = None
    threshold: float = 1.0
    types: TypeReading | None = None
    narratives: tuple[Reading, ...] = ()


@dataclass(frozen=True)
class Advice:
    """What is shown beside a call; nothing of it acts.

    Attributes:
        consider_team: that the team be considered.
        because: the rules that said so.
        possible: safety questions that a cue opened as "possible"; an absent one says nothing.
        unread: whether some text could not be read, which is never "no sign".
    """

    consider_team: bool = False
    because: tuple[str, ...] = ()
    possible: tuple[str, ...] = ()
    unread: bool = False


@dataclass(frozen=True)
class Plan:
    """The plan that stands for a call, as far as advice could touch it.

    Attributes:
        sent: who is sent or on the way, such as `police` and `ems`.
        priority: 1 is the most urgent.
        open: whether the call is open.
        considered: whether the team is to be considered.
        gate: safety question = its answer, in the words of call-taking.
        contacts, cautions: acts of people; advice never adds one.
    """

    sent: frozenset[str] = frozenset()
    priority: int = 3
    open: bool = True
    considered: bool = False
    gate: Mapping[str, str] | None = None
    contacts: tuple[str, ...] = ()
    cautions: tuple[str, ...] = ()


Rule = Callable[[Signs], bool]


def by_score(signs: Signs) -> bool:
    """The learned score reaches the working point."""
    return signs.score is not None and signs.score >= signs.threshold


def by_type(signs: Signs) -> bool:
    """The call type is one of behavioral health."""
    return signs.types is not None and CRISIS_KIND in signs.types.kinds


def by_narrative(signs: Signs) -> bool:
    """A text that could be read shows a sign that is neither denied, past nor supposed."""
    return any(_shows(reading) for reading in signs.narratives)


def _shows(reading: Reading) -> bool:
    return reading.score is not None and reading.score >= THRESHOLD


# Every rule there is; the test of what a score may do walks all of them.
RULES: dict[str, Rule] = {"score": by_score, "call type": by_type, "text": by_narrative}


def advise(signs: Signs, rules: Collection[str] = tuple(RULES)) -> Advice:
    """What to show beside the call: any rule that fires proposes the team, none takes it back."""
    fired = tuple(name for name in RULES if name in rules and RULES[name](signs))
    cues = {cue.cue for reading in signs.narratives for cue in reading.safety}
    possible = tuple(question for question, names in GATE.items() if cues & set(names))
    return Advice(
        consider_team=bool(fired),
        because=fired,
        possible=possible,
        unread=any(not reading.was_read for reading in signs.narratives),
    )


def apply(plan: Plan, advice: Advice) -> Plan:
    """The plan with the advice beside it: the team may come to be considered, a question opened.

    A question that a person answered "yes" stays so; every other answer becomes "possible" where a
    cue speaks for it. Nothing else of the plan can change.
    """
    gate = dict(plan.gate or {})
    for question in advice.possible:
        if gate.get(question) != "yes":
            gate[question] = POSSIBLE
    return replace(plan, considered=plan.considered or advice.consider_team, gate=gate)
