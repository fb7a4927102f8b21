"""The whole product for a test: its own data folder, its own supervisor, free ports, the cast.

`with product("crash") as running:` gives `.url`, `.instance`, `.dsn(login)`, `.personas`,
`.browser(persona)` (signed in, over plain HTTP), `.tandem(*words)` and `.feed_token()`. At the end,
also after a failure or a kill of the caller, every process and the folder are gone.
"""

from __future__ import annotations

from contextlib import AbstractContextManager

from tandem.demo.throwaway import NotStarted, Product, throwaway

__all__ = ["NotStarted", "Product", "product"]


def product(tmp_name: str) -> AbstractContextManager[Product]:
    """A throw-away installation whose folder's name begins with this word."""
    return throwaway(f"test-{tmp_name}")
