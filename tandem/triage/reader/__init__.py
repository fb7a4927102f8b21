"""Reads dispatcher remarks and police narratives: a score, its evidence, and safety cues."""

from tandem.triage.reader.lexicon import VERSION, LexiconError
from tandem.triage.reader.reading import THRESHOLD, Evidence, Reading, SafetyCue, read
from tandem.triage.reader.tables import CodeTable

__all__ = [
    "THRESHOLD",
    "VERSION",
    "CodeTable",
    "Evidence",
    "LexiconError",
    "Reading",
    "SafetyCue",
    "read",
]
