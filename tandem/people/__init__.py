"""Persons, per compartment: each side has its own, and nothing matches across."""
