"""One connection takes on each login role in one transaction: true grants, true row policies."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db.backends.postgresql import base as django_base

from tandem.storage.backend import base


class DatabaseWrapper(base.DatabaseWrapper):
    """The alias `default` connects once, as superuser, and becomes each login by SET LOCAL ROLE."""

    def __init__(self, settings_dict: dict[str, Any], alias: str = "default") -> None:
        super().__init__(settings_dict, alias)
        self._roles: list[str] = []

    @property
    def login(self) -> str:
        """Who connects; what may be reached is decided by the role taken on."""
        return self.fixed_login or "superuser"

    @contextmanager
    def as_login(self, login: str) -> Iterator[None]:
        """Take on a login role inside the test's transaction."""
        self._become(login)
        self._roles.append(login)
        try:
            yield
        finally:
            self._roles.pop()
            self._become(self._roles[-1] if self._roles else "superuser")

    def _become(self, login: str) -> None:
        assert self.in_atomic_block, "a test that acts needs the database: mark it django_db"
        with django_base.DatabaseWrapper.cursor(self) as cursor:
            cursor.execute(f'SET LOCAL ROLE "tandem_{login}"')

    def _cursor(self, name: str | None = None) -> Any:
        return django_base.DatabaseWrapper._cursor(self, name)  # type: ignore[attr-defined]

    def close(self) -> None:
        """Requests give connections back; inside a test's transaction there is none to spare."""
        if not self.in_atomic_block:
            super().close()
