"""Attacks that were tried on a running product, kept so that they stay beaten."""
