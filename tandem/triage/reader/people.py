"""Who a sign is about: the subject of the call, the caller, kin, an officer, or somebody else.

Grammatical gender, names and kinds of kin play no part: exchanging them changes nothing.
"""

from bisect import bisect_left
from dataclasses import dataclass

from tandem.triage.reader.context import Marks, history
from tandem.triage.reader.patterns import Hit

NEAR = 6
PAST_REACH = 2
# How many mentions of persons before a sign are weighed.
LOOK_BACK = 40
_ROLES = frozenset({"caller", "officer", "kin", "other", "subject", "pronoun"})
_HAS = frozenset(
    [
        "is",
        "was",
        "has",
        "had",
        "have",
        "are",
        "were",
        "suffers",
        "suffered",
        "who",
        "with",
        "being",
        "be",
        "committed",
        "died",
        "killed",
        "hung",
        "hanged",
        "overdosed",
        "attempted",
        "took",
        "threatened",
        "being's",
        "diagnosed",
        "struggles",
        "struggled",
        "tiene",
        "tenia",
        "es",
        "esta",
        "estaba",
        "fue",
    ]
)
_SUFFERS = frozenset({"attended", "suffers", "suffered", "diagnosed", "treated"})
_PHONED = frozenset({"called", "calling", "calls", "phoned", "dialed", "reported"})
_TOLD = frozenset(
    [
        "told",
        "tells",
        "telling",
        "notified",
        "notifies",
        "informed",
        "informs",
        "advised",
        "advises",
    ]
)
_LEADS_AWAY = frozenset(
    [
        "to",
        "for",
        "on",
        "regarding",
        "about",
        "with",
        "of",
        "at",
        "from",
        "re",
        "ref",
        "reference",
        "by",
    ]
)
_OURS = frozenset({"my", "our", "mi", "nuestro", "nuestra"})
_THEIRS = frozenset({"his", "her", "their", "su", "sus"})
_WHO = frozenset(
    {"he", "she", "they", "he's", "she's", "they're", "hes", "shes", "he'll", "she'll", "they'll"}
)
_VICTIM = frozenset({"victim", "vic"})
_OF = frozenset({"of", "in", "by", "from", "de"})


class People:
    """Who is spoken of in one text, in order; asked once per sign."""

    def __init__(self, marks: Marks, symbols: list[tuple[str, ...]], hits: list[Hit]) -> None:
        self.marks = marks
        self.symbols = symbols
        found = [(hit, marks.groups[hit.group].role) for hit in hits]
        mentions = [pair for pair in found if pair[1] in _ROLES]
        ordered = sorted(mentions, key=lambda pair: (pair[0].first, -pair[0].last))
        self.mentions: list[tuple[Hit, str]] = []
        for mention, role in ordered:
            # `another resident` is one person, not also a resident.
            if (
                not self.mentions
                or mention.last > self.mentions[-1][0].last
                or (mention.first == self.mentions[-1][0].first == mention.last)
            ):
                self.mentions.append((mention, role))
        self._first = [mention.first for mention, _ in self.mentions]
        self._reporting: dict[int, bool] = {}

    def who(self, sign: Hit) -> str:
        """Say "subject", "caller", "relative", "officer" or "other" for one sign."""
        behind = self._whose_behind(sign)
        if behind:
            return behind
        speaking = _Speaking()
        until = bisect_left(self._first, sign.first)
        for mention, role in self.mentions[max(0, until - LOOK_BACK) : until]:
            if mention.last < sign.first:
                self._hear(speaking, mention, role, sign)
        if speaking.passing:
            return speaking.passing
        if speaking.current:
            return speaking.current
        return "subject"

    def _hear(self, speaking: "_Speaking", mention: Hit, role: str, sign: Hit) -> None:
        """Take one mention of a person into account."""
        word = self.marks.tokens.words[mention.last]
        if role == "pronoun":
            if word in _WHO:
                speaking.passing = ""
                if not self._reports(mention.last):
                    speaking.current = speaking.current or _caller_or_subject(speaking)
        elif role == "subject":
            if not speaking.current and self._calls(mention.last):
                speaking.reporter = speaking.reporter or "caller"
            else:
                speaking.current, speaking.passing = "subject", ""
        elif self._reports(mention.last):
            speaking.reporter = speaking.reporter or role
            speaking.passing = ""
        elif role == "caller":
            self._hear_caller(speaking, mention.last, sign)
        else:
            third = self._third(mention, role, speaking.current, sign)
            if third == "subject":
                speaking.current, speaking.passing = "subject", ""
            elif self._linked(mention.last, sign):
                speaking.passing = third

    def _hear_caller(self, speaking: "_Speaking", place: int, sign: Hit) -> None:
        word = self.marks.tokens.words[place]
        owns = self._is_owner(place) or word in _OURS
        if not owns and word != "me" and self._speaks_of_self(place, sign):
            speaking.current, speaking.passing = speaking.current or "caller", ""

    def _reports(self, place: int) -> bool:
        """Whether a word of saying, calling or seeing follows at once; kept for the next sign."""
        known = self._reporting.get(place)
        if known is None:
            known = self._reporting[place] = any(
                after < len(self.symbols)
                and self.marks.together(place, after)
                and "@said" in self.symbols[after]
                for after in (place + 1, place + 2)
            )
        return known

    def _speaks_of_self(self, place: int, sign: Hit) -> bool:
        """The caller is, has or wants something, or the sign follows at once."""
        after = place + 1
        if sign.first - after <= 1:
            return True
        if "@me" in self.symbols[place]:
            return True
        found = self.symbols[after] if after < len(self.symbols) else ()
        return "@be" in found or "@wants" in found or self.marks.tokens.words[after] in _HAS

    def _calls(self, place: int) -> bool:
        """Whether the person is the one who phoned: `a woman called to report`."""
        after = place + 1
        return after < len(self.symbols) and self.marks.tokens.words[after] in _PHONED

    def _is_owner(self, place: int) -> bool:
        return "?owner" in self.symbols[place]

    def _third(self, mention: Hit, role: str, current: str, sign: Hit) -> str:
        """Kin and others are the person of the call unless they are somebody's, or another's."""
        if role == "officer":
            return "officer"
        if mention.last > mention.first:
            return "other"
        third = "relative" if role == "kin" else "other"
        before = mention.first - 1
        word = self.marks.tokens.words[before] if before >= 0 else ""
        of_caller = before >= 0 and "@caller" in self.symbols[before]
        of_person = before >= 0 and self._is_owner(before) and not of_caller
        # `Neighbor's son is suicidal`: nobody else is spoken of, so he is whom the call is about.
        if of_person and role == "kin" and not current and self._bystander(before):
            of_person = False
        theirs = word in _THEIRS and current in ("subject", "caller")
        if of_person or theirs or (current == "caller" and word in _OURS):
            return third
        if role == "kin" and (self._is_past(mention) or self._died_before(mention, sign)):
            return third
        return "subject"

    def _is_past(self, mention: Hit) -> bool:
        """`since`, `after`, `loss of` shortly before: the event is a reason for grief."""
        return any(
            0 <= mention.first - mark.last - 1 <= PAST_REACH
            for mark in self.marks.near("over", mention)
        )

    def _bystander(self, place: int) -> bool:
        """Somebody at the edge of the call; a victim is at its center."""
        return "@other" in self.symbols[place] and not _VICTIM & set(self.symbols[place])

    def _died_before(self, mention: Hit, sign: Hit) -> bool:
        """`caller's brother died by suicide last spring`: kin, and long over."""
        died = any(
            mention.first - PAST_REACH <= mark.first <= mention.last + PAST_REACH
            for mark in self.marks.near("died", mention)
        )
        return died and bool(history(self.marks, sign, lasting=False))

    def _linked(self, place: int, sign: Hit) -> bool:
        """Whether the sign is said of this person: `mother has …`, `mother's …`, `mother …`."""
        away = sign.first - place - 1
        if away > NEAR or not self.marks.together(place, sign.first):
            return False
        between = self.marks.tokens.words[place + 1 : sign.first]
        if between and self._clause_of_its_own(place, between):
            return False
        strong = bool(between) and between[0] in _SUFFERS
        if "@officer" in self.symbols[place] and self._person_follows(sign):
            return False
        if between and between[-1] in _HAS and not self._person_follows(sign):
            return True
        if not strong and any(word in _LEADS_AWAY for word in between):
            return False
        if self._is_owner(place) or away == 0:
            return True
        if strong or not between or between[0] not in _HAS:
            return strong
        doing = len(between) > 1 and between[1].endswith(("ing", "ed", "sent"))
        return not (doing and between[1] not in _HAS)

    def _clause_of_its_own(self, place: int, between: list[str]) -> bool:
        """`told police X was …`, `notified her that X is …`, `according to police, the man was …`.

        `a neighbor that is …` and `the deputy, who is …` go on with the person before them.
        """
        if "that" in between and (between[0] != "that" or not _HAS & set(between[1:2])):
            return True
        if between[0] == "who":
            return False
        told = place > 0 and self.marks.tokens.words[place - 1] in _TOLD
        apart = "@officer" in self.symbols[place] and self.marks.commas(place, place + 1) > 0
        return told or apart

    def _person_follows(self, sign: Hit) -> bool:
        """`medics have suicidal female`: the sign is said of the person behind it."""
        after = sign.last + 1
        return after < len(self.symbols) and "@subject" in self.symbols[after]

    def _whose_behind(self, sign: Hit) -> str:
        """`suicide of his brother`, `dementia in her mother`."""
        words = self.marks.tokens.words
        after = sign.last + 1
        if after + 2 >= len(words) or words[after] not in _OF:
            return ""
        owned = words[after + 1] in _THEIRS | _OURS and "@kin" in self.symbols[after + 2]
        return "relative" if owned and self.marks.together(sign.last, after + 2) else ""


def _caller_or_subject(speaking: "_Speaking") -> str:
    return "caller" if speaking.reporter == "caller" else "subject"


@dataclass(slots=True)
class _Speaking:
    """The person of the call so far, who reported, and who is spoken of in passing."""

    current: str = ""
    reporter: str = ""
    passing: str = ""
