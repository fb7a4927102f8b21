"""Agencies, staff, units and duty: who works here, where, and now."""
