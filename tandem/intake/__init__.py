"""Intake by hand at two desks, each in its own compartment."""
