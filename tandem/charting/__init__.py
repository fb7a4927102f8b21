"""Structured forms and instruments of the clinical record, filled in on an encounter."""
