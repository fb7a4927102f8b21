"""The pages as they look: rendered from invented contexts, seen by a browser, measured."""
