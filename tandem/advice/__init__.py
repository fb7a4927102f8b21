"""Advises who should go to a call: rules from the program's file over answers; it orders nobody."""
