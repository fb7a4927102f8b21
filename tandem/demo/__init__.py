"""The demonstration: a program that never was, its fictional cast and its replayed calls."""
