"""Standard instruments: how they are scored and their LOINC codes. No words of any question.

Facts and their sources: docs/reference/instruments.md. An instrument informs; nothing is decided by
a score. A question that was not answered is never a "no" and never makes a level lower.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

DECLINED = "declined"
Reply = int | str | None  # points, DECLINED, or None where nobody answered
Replies = Mapping[str, Reply]
UNDETERMINED = "undetermined"

_YES_NO = 1
_PHQ_POINTS = 3
_AUDIT_POINTS = 4


@dataclass(frozen=True)
class Question:
    """One question of an instrument: its id in the instrument, its LOINC code, its most points."""

    id: str
    loinc: str
    most: int


@dataclass(frozen=True)
class Setting:
    """What a score is read against: the wording's reversed items, the threshold that applies."""

    reversed_items: frozenset[str] = frozenset()
    positive_from: int | None = None


@dataclass(frozen=True)
class Result:
    """What the answers say so far.

    `level` holds for the answers given; `may_be` is what it could be once the rest is answered.
    """

    instrument: str
    score: int | None  # of the answers given; None where there is no sum score
    score_may_be: int | None
    level: str
    may_be: str
    asked: tuple[str, ...]
    unanswered: tuple[str, ...]
    critical: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Whether everything that had to be asked was answered."""
        return not self.unanswered


@dataclass(frozen=True)
class Instrument:
    """One instrument: facts for the record, and the function that reads its answers."""

    code: str
    title: str
    edition: str
    panel_loinc: str  # of the whole, where one is known to be right
    score_loinc: str
    level_loinc: str
    questions: tuple[Question, ...]
    levels: tuple[str, ...]  # lowest first
    text: str  # "shipped", or "pack": loaded by the county under its license
    owner: str
    read: Callable[[Instrument, Replies, Setting], Result]

    def question(self, question_id: str) -> Question | None:
        """The question of that id."""
        return next((one for one in self.questions if one.id == question_id), None)

    def score(self, replies: Replies, setting: Setting | None = None) -> Result:
        """Read the answers; ValueError on an answer that the instrument does not have."""
        for question_id, reply in replies.items():
            question = self.question(question_id)
            whole = isinstance(reply, int) and not isinstance(reply, bool)
            fits = reply in {None, DECLINED} or (
                whole and question is not None and 0 <= int(reply or 0) <= question.most
            )
            if question is None or not fits:
                raise ValueError(f"{self.code} has no answer {reply!r} to {question_id!r}")
        return self.read(self, replies, setting or Setting())

    def rank(self, level: str) -> float:
        """The order of levels; not determined stands above the lowest: nobody knows it is that."""
        return 0.5 if level == UNDETERMINED else float(self.levels.index(level))


def _points(replies: Replies, question: Question, setting: Setting) -> int | None:
    reply = replies.get(question.id)
    if not isinstance(reply, int):
        return None
    return question.most - reply if question.id in setting.reversed_items else reply


def _summed(
    instrument: Instrument,
    replies: Replies,
    setting: Setting,
    level_of: Callable[[int], str],
    critical: tuple[str, ...] = (),
) -> Result:
    points = {one.id: _points(replies, one, setting) for one in instrument.questions}
    low = sum(value for value in points.values() if value is not None)
    open_ones = tuple(key for key, value in points.items() if value is None)
    high = low + sum(one.most for one in instrument.questions if one.id in open_ones)
    level, may_be = level_of(low), level_of(high)
    if may_be != level and level == instrument.levels[0]:
        level = UNDETERMINED
    return Result(
        instrument.code,
        low,
        high,
        level,
        may_be,
        asked=tuple(points),
        unanswered=open_ones,
        critical=critical,
    )


def _banded(*floors: int) -> Callable[[Instrument, Replies, Setting], Result]:
    """A sum read in bands: each level begins at its floor."""

    def read(instrument: Instrument, replies: Replies, setting: Setting) -> Result:
        def level_of(score: int) -> str:
            return instrument.levels[sum(score >= floor for floor in floors)]

        return _summed(
            instrument, replies, setting, level_of, _thoughts_of_death(instrument, replies)
        )

    return read


def _thoughts_of_death(instrument: Instrument, replies: Replies) -> tuple[str, ...]:
    """PHQ-9's question 9 above zero calls for asking about suicide whatever the sum says."""
    reply = replies.get("9")
    return ("9",) if instrument.code == "phq-9" and isinstance(reply, int) and reply > 0 else ()


AUDIT_C_WOMEN, AUDIT_C_MEN = 3, 4


def _audit_c(instrument: Instrument, replies: Replies, setting: Setting) -> Result:
    # Where nobody said which threshold applies, the lower one: it misses fewer.
    floor = setting.positive_from or AUDIT_C_WOMEN
    return _summed(
        instrument, replies, setting, lambda score: "positive" if score >= floor else "negative"
    )


def _cssrs_level(yes: set[str]) -> str:
    if yes & {"4", "5", "6b"}:
        return "high"
    if yes & {"3", "6"}:
        return "moderate"
    return "low" if yes & {"1", "2"} else "none"


def _cssrs(instrument: Instrument, replies: Replies, setting: Setting) -> Result:
    """The screener's triage; no sum score. 3 to 5 follow a 2 that is not a no, 6b follows 6."""
    yes = {key for key, reply in replies.items() if reply == 1}
    said = {key for key, reply in replies.items() if isinstance(reply, int)}
    asked = ["1", "2"]
    if replies.get("2") != 0:
        asked += ["3", "4", "5"]
    asked.append("6")
    if "6" in yes or "6b" in said:
        asked.append("6b")
    unanswered = tuple(key for key in asked if key not in said)
    could = yes | set(unanswered) | ({"6b"} if "6" in unanswered else set())
    level, may_be = _cssrs_level(yes), _cssrs_level(could)
    if level == "none" and may_be != "none":
        level = UNDETERMINED
    # Behavior without knowing when may be of these three months.
    recent = {"6b"} if "6" in yes and "6b" in unanswered else set()
    critical = tuple(key for key in ("4", "5", "6b") if key in yes | recent)
    return Result(instrument.code, None, None, level, may_be, tuple(asked), unanswered, critical)


def _asq(instrument: Instrument, replies: Replies, setting: Setting) -> Result:
    """Any yes or refusal in 1 to 4 is positive; then 5, whether it is now, says acute or not."""
    first = ("1", "2", "3", "4")
    positive = any(replies.get(key) == 1 or replies.get(key) == DECLINED for key in first)
    open_ones = tuple(key for key in first if replies.get(key) is None)
    now = replies.get("5")
    if not positive and now != 1:
        level = UNDETERMINED if open_ones else "negative"
        may_be = "acute_positive" if open_ones else "negative"
        return Result(instrument.code, None, None, level, may_be, first, open_ones, ())
    settled = now in {0, 1}
    level = "acute_positive" if now == 1 else "non_acute_positive"
    may_be = level if settled else "acute_positive"
    unanswered = (*open_ones, *(() if settled else ("5",)))
    critical = () if now == 0 else ("5",)
    return Result(instrument.code, None, None, level, may_be, (*first, "5"), unanswered, critical)


def _asked(loincs: tuple[str, ...], most: int) -> tuple[Question, ...]:
    return tuple(Question(str(number), loinc, most) for number, loinc in enumerate(loincs, 1))


_PHQ_LOINC = (
    "44250-9",
    "44255-8",
    "44259-0",
    "44254-1",
    "44251-7",
    "44258-2",
    "44252-5",
    "44253-3",
    "44260-8",
)
_GAD_LOINC = ("69725-0", "68509-9", "69733-4", "69734-2", "69735-9", "69689-8", "69736-7")
_PFIZER = "Pfizer Inc.; Spitzer, Williams, Kroenke and colleagues"

INSTRUMENTS: dict[str, Instrument] = {
    one.code: one
    for one in (
        Instrument(
            code="c-ssrs-screener",
            title="C-SSRS Screener",
            edition="recent and lifetime",
            panel_loinc="",
            score_loinc="",
            level_loinc="93374-7",
            questions=tuple(
                Question(key, loinc, _YES_NO)
                for key, loinc in (
                    ("1", "93246-7"),
                    ("2", "93247-5"),
                    ("3", "93248-3"),
                    ("4", "93249-1"),
                    ("5", "93250-9"),
                    ("6", "93267-3"),
                    ("6b", "93269-9"),
                )
            ),
            levels=("none", "low", "moderate", "high"),
            text="pack",
            owner="The Research Foundation for Mental Hygiene, Inc.",
            read=_cssrs,
        ),
        Instrument(
            code="asq",
            title="ASQ",
            edition="4 questions and acuity",
            panel_loinc="",
            score_loinc="",
            level_loinc="",
            questions=_asked(("", "", "", "", ""), _YES_NO),
            levels=("negative", "non_acute_positive", "acute_positive"),
            text="shipped",
            owner="National Institute of Mental Health",
            read=_asq,
        ),
        Instrument(
            code="phq-9",
            title="PHQ-9",
            edition="9 questions, last two weeks",
            panel_loinc="44249-1",
            score_loinc="44261-6",
            level_loinc="",
            questions=_asked(_PHQ_LOINC, _PHQ_POINTS),
            levels=("none", "mild", "moderate", "moderately_severe", "severe"),
            text="shipped",
            owner=_PFIZER,
            read=_banded(5, 10, 15, 20),
        ),
        Instrument(
            code="phq-2",
            title="PHQ-2",
            edition="2 questions, last two weeks",
            panel_loinc="55757-9",
            score_loinc="55758-7",
            level_loinc="",
            questions=_asked(_PHQ_LOINC[:2], _PHQ_POINTS),
            levels=("negative", "positive"),
            text="shipped",
            owner=_PFIZER,
            read=_banded(3),
        ),
        Instrument(
            code="gad-7",
            title="GAD-7",
            edition="7 questions, last two weeks",
            panel_loinc="69737-5",
            score_loinc="70274-6",
            level_loinc="",
            questions=_asked(_GAD_LOINC, _PHQ_POINTS),
            levels=("minimal", "mild", "moderate", "severe"),
            text="shipped",
            owner=_PFIZER,
            read=_banded(5, 10, 15),
        ),
        Instrument(
            code="audit-c",
            title="AUDIT-C",
            edition="3 questions, last year",
            panel_loinc="72109-2",
            score_loinc="75626-2",
            level_loinc="",
            questions=_asked(("68518-0", "68519-8", "68520-6"), _AUDIT_POINTS),
            levels=("negative", "positive"),
            text="pack",
            owner="World Health Organization",
            read=_audit_c,
        ),
        Instrument(
            code="dast-10",
            title="DAST-10",
            edition="10 questions, last year",
            panel_loinc="82666-9",
            score_loinc="82667-7",
            level_loinc="",
            questions=_asked(("",) * 10, _YES_NO),
            levels=("none", "low", "moderate", "substantial", "severe"),
            text="pack",
            owner="Harvey A. Skinner",
            read=_banded(1, 3, 6, 9),
        ),
    )
}
