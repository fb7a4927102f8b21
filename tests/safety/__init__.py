"""Emergencies, checks and what nobody noticed."""
