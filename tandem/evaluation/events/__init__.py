"""The event model: the tidy tables that every measure and every study starts from."""
