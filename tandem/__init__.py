"""Tandem runs a police and mental-health co-responder program."""
