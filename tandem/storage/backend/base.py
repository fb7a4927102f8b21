"""Django's PostgreSQL backend, with one pool per login role and no connection without one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, ClassVar

from django.db import connections
from django.db.backends.postgresql import base
from psycopg_pool import ConnectionPool
from psycopg_pool.base import AttemptWithBackoff

from tandem.kernel.instance import Instance

# The role is per context, not per thread: a new thread or task starts with none and is refused.
_login: ContextVar[str] = ContextVar("tandem_login", default="")

# Logins that change the schema or prune; the others may only work inside a transaction,
# because their claims (agency, staff) live and die with it.
_FREE = frozenset({"owner", "identity", "superuser"})

# A pool tries a lost server again after 1, 2, 4 s; a restart here takes 0.2 s, so we ask sooner.
AttemptWithBackoff.INITIAL_DELAY = 0.1
AttemptWithBackoff.DELAY_BACKOFF = 1.5


class NoLogin(RuntimeError):
    """A query without a login role: somebody forgot to say who is acting."""


class DatabaseWrapper(base.DatabaseWrapper):
    """Takes login role and pool from the context; an alias may fix its login by OPTIONS."""

    # Django keeps its pools by alias in this table of the class; ours are kept by login as well.
    _connection_pools: ClassVar[dict[str, ConnectionPool[Any]]]
    _configure_connection: Callable[[Any], None]

    def __init__(self, settings_dict: dict[str, Any], alias: str = "default") -> None:
        options = {**settings_dict["OPTIONS"]}
        self.fixed_login: str = options.pop("login", "")
        super().__init__({**settings_dict, "OPTIONS": options}, alias)
        self.connected_as = ""
        self._connecting = False

    @property
    def login(self) -> str:
        """The role to connect as."""
        login = self.fixed_login or _login.get()
        if not login:
            raise NoLogin("no login role in this context: the database is not opened")
        return login

    @contextmanager
    def as_login(self, login: str) -> Iterator[None]:
        """Connect as this login inside; an outer connection that is in use is set aside."""
        token = _login.set(login)
        outer = self if self.connection is not None else None
        inner = connections.create_connection(self.alias) if outer else self
        if outer:
            connections[self.alias] = inner
        try:
            yield
        finally:
            inner.close()
            if outer:
                connections[self.alias] = outer
            _login.reset(token)

    def get_connection_params(self) -> dict[str, Any]:
        """Host and database from settings, role and password from the instance."""
        if self._pool_name in self._connection_pools:
            # The pool of this login knows them: a request need not read the secrets again.
            return {}
        params = super().get_connection_params()
        login = self.login
        instance = Instance.find()
        params["user"] = instance.user(login)
        params["password"] = instance.password(login)
        params["application_name"] = f"tandem {login}"
        return params

    @property
    def _pool_name(self) -> str:
        return f"{self.alias}/{self.settings_dict['NAME']}/{self.login}"

    @property
    def pool(self) -> ConnectionPool[Any] | None:
        """The pool of this login in this process: at most four, closed when idle for a minute."""
        if not self.settings_dict["OPTIONS"].get("pool"):
            return None
        key = self._pool_name
        if key not in self._connection_pools:
            pool: ConnectionPool[Any] = ConnectionPool(
                kwargs={**self.get_connection_params(), "autocommit": True},
                open=False,
                configure=self._configure_connection,
                check=ConnectionPool.check_connection,
                name=key,
                min_size=0,
                max_size=4,
                max_idle=60.0,
                timeout=5.0,
            )
            self._connection_pools.setdefault(key, pool)
        return self._connection_pools[key]

    def close_pool(self) -> None:
        """Close the pool of this login, if any was opened."""
        if pool := self.pool:
            pool.close()
            self._connection_pools.pop(pool.name, None)

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Connect, and remember as whom."""
        self.connected_as = self.login
        return super().get_new_connection(conn_params)

    def connect(self) -> None:
        """Connect; Django looks at the server's version meanwhile, which needs no claims."""
        self._connecting = True
        try:
            super().connect()
        finally:
            self._connecting = False

    def _cursor(self, name: str | None = None) -> Any:
        if self.connection is not None and self.connected_as != self.login:
            raise NoLogin(f"connected as {self.connected_as}, but the context is {self.login}")
        if not (self.in_atomic_block or self._connecting or self.login in _FREE):
            raise NoLogin("outside a transaction there are no claims: open one first")
        return super()._cursor(name)  # type: ignore[misc]
