"""Tells a responder's closed phone that there is an assignment, in fixed words."""
