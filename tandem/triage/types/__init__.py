"""Reads any CAD's call types into a small set of kinds, and says which words decided and how sure.

The words are in `lexicon.toml`, readable and correctable by people who know calls; nothing here is
fitted, so nothing here can have learned a city by heart.
"""

from tandem.triage.types.reader import Evidence, Reading, TypeReader, default_reader

__all__ = ["Evidence", "Reading", "TypeReader", "default_reader"]
