"""Measures are data: definitions in files, computed by one engine on any database Ibis reaches."""
