"""Tests: the same engine, one connection that takes on each login role inside one transaction."""

from config.settings.base import *  # noqa: F403
from config.settings.base import DATABASES

for _database in DATABASES.values():
    _database["ENGINE"] = "tests.backend"
    _database["OPTIONS"].pop("pool", None)
