"""Journeys of whole people through the whole product, in a real browser."""
