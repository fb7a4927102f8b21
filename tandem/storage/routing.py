"""Sign-in lies apart: its tables are read and written by the login role `identity` alone."""

from typing import Any


class SignInApart:
    """The one router: the package identity uses its own alias, everything else the default."""

    def db_for_read(self, model: Any, **hints: Any) -> str:
        """Which alias reads this model."""
        return "identity" if model._meta.app_label == "identity" else "default"

    db_for_write = db_for_read

    def allow_relation(self, left: Any, right: Any, **hints: Any) -> bool:
        """No relation crosses the line."""
        return bool((left._meta.app_label == "identity") == (right._meta.app_label == "identity"))

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        """The owner makes every table, on the default alias."""
        return db == "default"
