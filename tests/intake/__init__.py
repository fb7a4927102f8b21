"""Intake by hand at two desks."""
