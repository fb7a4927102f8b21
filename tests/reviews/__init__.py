"""Forms and instruments on an encounter: acts, walls, pages."""
