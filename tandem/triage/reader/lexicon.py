"""The reader's lexicon: which phrases are signs, which change what a sign says, and why."""

import re
import tomllib
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from typing import Any

from tandem.triage.reader.patterns import Choices, Node, PhraseError, expand, insert

VERSION = 1
SIGN_FILES = ("crisis", "safety", "ignore", "context")
KINDS = frozenset({"state", "event", "condition", "setting"})
ROLES = frozenset(
    [
        "negate_before",
        "negate_after",
        "pseudo",
        "not_known",
        "stop",
        "history_before",
        "history_after",
        "now",
        "hypothetical_before",
        "not_hypothetical",
        "caller",
        "officer",
        "kin",
        "other",
        "subject",
        "pronoun",
        "said",
        "died",
        "explains",
        "exercise",
        "might",
        "over",
    ]
)
CRISIS_CUES = frozenset(
    [
        "suicide",
        "self_harm",
        "overdose",
        "despair",
        "psychosis",
        "condition",
        "mental_health",
        "legal_hold",
        "off_medication",
        "medication",
        "behavior",
        "confusion",
        "distress",
        "care",
        "welfare_check",
        "standoff",
        "edged_weapon",
        "family_called",
        "homicidal",
        "agitation",
        "high_place",
        "will_not_stop",
        "completed_suicide",
    ]
)
SAFETY_CUES = frozenset(
    [
        "weapon_present",
        "weapon_access",
        "weapon_brandished",
        "violence_now",
        "threat_to_named",
        "medical_danger",
        "children",
        "intoxication",
        "flight",
    ]
)


class LexiconError(ValueError):
    """A lexicon or a code table that cannot be used; the message names file and place."""


@dataclass(frozen=True, slots=True)
class Group:
    """One reviewed group of phrases.

    `role` is "crisis", "safety", "ignore" (no cue of any sort), "not_crisis" (safety cues inside
    stand), or what a context group does (`ROLES`). `weight` is
    from 0 to 1 and only for crisis groups; `reach` counts words.
    """

    name: str
    role: str
    reason: str
    cue: str = ""
    weight: float = 0.0
    kind: str = ""
    unless: tuple[str, ...] = ()
    instead: str = ""
    reach: int = 0
    lists: bool = False
    verbal: bool = False
    fades: bool = False


@dataclass(slots=True)
class Lexicon:
    """Everything the reader knows, compiled: one trie for all phrases."""

    groups: list[Group] = field(default_factory=list)
    root: Node = field(default_factory=Node)
    classes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    shorthand: dict[str, str] = field(default_factory=dict)
    twins: dict[str, tuple[str, ...]] = field(default_factory=dict)
    slashes: frozenset[str] = frozenset()
    spelled: tuple[str, ...] = ()
    never_corrected: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()
    prefixes: frozenset[str] = frozenset()
    english: frozenset[str] = frozenset()
    spanish: frozenset[str] = frozenset()
    read: frozenset[str] = frozenset()
    unread: dict[str, frozenset[str]] = field(default_factory=dict)
    codes: dict[str, dict[str, Any]] = field(default_factory=dict)


def shipped_toml(name: str) -> dict[str, Any]:
    """One file of the shipped lexicon, as TOML."""
    source = resources.files("tandem.triage.reader") / "lexicon" / f"{name}.toml"
    return tomllib.loads(source.read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def shipped() -> Lexicon:
    """The lexicon that ships, read and compiled once per process (about 0.3 s)."""
    lexicon = Lexicon()
    words = shipped_toml("words")
    _read_words(lexicon, words)
    symbols: set[str] = set()
    lists = Choices()
    named = {name for names in lexicon.classes.values() for name in names}
    for name in SIGN_FILES:
        for entry in shipped_toml(name)["group"]:
            group = _group(name, entry)
            lexicon.groups.append(group)
            for phrase in entry["phrases"]:
                symbols |= _add(lexicon, lists, group, phrase)
    _close(lexicon, lists, symbols - named - set(lists.names.values()))
    _read_languages(lexicon, shipped_toml("language"))
    lexicon.codes = checked_codes(shipped_toml("codes"), "codes.toml")
    return lexicon


def _close(lexicon: Lexicon, lists: Choices, symbols: set[str]) -> None:
    """Give every word the word lists it stands in; a class that nobody defined is an error."""
    missing = {symbol for symbol in symbols if symbol.startswith("@")}
    if missing:
        raise LexiconError(f"phrases name unknown classes {sorted(missing)}")
    for words, name in lists.names.items():
        for word in words:
            lexicon.classes[word] = (*lexicon.classes.get(word, ()), name)
    lexicon.prefixes = frozenset(symbol[:-1] for symbol in symbols if symbol.endswith("*"))
    plain = {symbol for symbol in symbols if symbol[0] != "?" and not symbol.endswith("*")}
    lexicon.words = frozenset(plain | set(lexicon.classes) | set(lexicon.spelled))


def _read_words(lexicon: Lexicon, words: dict[str, Any]) -> None:
    classes: dict[str, set[str]] = {}
    for name, members in words["classes"].items():
        for member in members:
            classes.setdefault(member, set()).add(f"@{name}")
    lexicon.classes = {word: tuple(sorted(names)) for word, names in classes.items()}
    lexicon.shorthand = dict(words["shorthand"])
    lexicon.twins = {word: tuple(group) for group in words["twins"]["groups"] for word in group}
    lexicon.slashes = frozenset(words["slashes"]["words"])
    lexicon.spelled = tuple(words["spelling"]["words"])
    lexicon.never_corrected = frozenset(words["spelling"]["never"])


def _read_languages(lexicon: Lexicon, languages: dict[str, Any]) -> None:
    lexicon.english = frozenset(languages["read"]["english"].split())
    lexicon.spanish = frozenset(languages["read"]["spanish"].split())
    lexicon.read = lexicon.english | lexicon.spanish
    lexicon.unread = {
        name: frozenset(text.split()) - lexicon.read for name, text in languages["unread"].items()
    }


def _group(file: str, entry: dict[str, Any]) -> Group:
    facts = {key: value for key, value in entry.items() if key != "phrases"}
    facts["unless"] = tuple(facts.get("unless", ()))
    facts.setdefault("role", {"crisis": "crisis", "safety": "safety"}.get(file, "ignore"))
    try:
        group = Group(**facts)
    except TypeError as error:
        raise LexiconError(f"{file}.toml: the group {entry.get('name')}: {error}") from None
    known = {"crisis": CRISIS_CUES, "safety": SAFETY_CUES}.get(group.role)
    if known is not None and group.cue not in known:
        raise LexiconError(f"{file}.toml: {group.name} has the unknown cue {group.cue!r}")
    if group.role == "crisis" and not (0 < group.weight < 1 and group.kind in KINDS):
        raise LexiconError(f"{file}.toml: {group.name} needs a kind and a weight between 0 and 1")
    if file == "ignore" and group.role not in ("ignore", "not_crisis"):
        raise LexiconError(f"ignore.toml: {group.name} has the unknown role {group.role!r}")
    if file == "context" and group.role not in ROLES:
        raise LexiconError(f"context.toml: {group.name} has the unknown role {group.role!r}")
    return group


def _add(lexicon: Lexicon, lists: Choices, group: Group, phrase: str) -> set[str]:
    symbols: set[str] = set()
    try:
        for sequence in expand(phrase, lists):
            insert(lexicon.root, sequence, len(lexicon.groups) - 1)
            symbols.update(symbol for symbol in sequence if not symbol.startswith(".."))
    except PhraseError as error:
        raise LexiconError(f"{group.name}: {error}") from None
    return symbols


_CODE = re.compile(r"[\w./'-]{2,24}")


def checked_codes(table: dict[str, Any], source: str) -> dict[str, dict[str, Any]]:
    """The code table of a TOML document: code → `{"cue", "weight", "safety", "means", "off"}`.

    Raises LexiconError for a code, cue, weight or key that cannot be.
    """
    codes = table.get("codes")
    if not isinstance(codes, dict) or set(table) - {"version", "name", "codes"}:
        raise LexiconError(f"{source} has no table of codes, or a key beside version, name, codes.")
    for code, entry in codes.items():
        if not _CODE.fullmatch(code) or not isinstance(entry, dict):
            raise LexiconError(f"{source}: {code!r} is not a code with a table of its own.")
        extra = set(entry) - {"cue", "weight", "safety", "means", "off"}
        if extra:
            raise LexiconError(f"{source}: the code {code} has the unknown key {min(extra)!r}.")
        if entry.get("off") is True:
            continue
        weight = entry.get("weight", 0.0)
        if "cue" in entry and (entry["cue"] not in CRISIS_CUES or not 0 < weight < 1):
            raise LexiconError(f"{source}: the code {code} needs a known cue and a weight below 1.")
        if set(entry.get("safety", ())) - SAFETY_CUES or not (entry.keys() & {"cue", "safety"}):
            raise LexiconError(f"{source}: the code {code} names no cue that the reader knows.")
    return {code.lower(): entry for code, entry in codes.items()}
