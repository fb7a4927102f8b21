"""Calls from files of other systems: history, or a live drop of a CAD that has no other way."""
