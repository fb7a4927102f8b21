"""Tandem runs a police and mental-health co-responder program."""

__version__ = "0.1.0"
