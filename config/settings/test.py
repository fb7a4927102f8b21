"""Tests: the same engine, one connection that takes on each login role inside one transaction."""

import os

# Whatever the developer's shell says, tests have an installation of their own.
for _name in [name for name in os.environ if name.startswith("TANDEM_") and "TEST" not in name]:
    del os.environ[_name]
os.environ.pop("DATABASE_URL", None)

from tandem.kernel.instance import default_name  # noqa: E402

# Each checkout has its own, several people in one checkout a suffix each, and each of several
# processes of one run its own again.
_OWN = default_name().removeprefix("main") + os.environ.get("TANDEM_TESTS_SUFFIX", "")
os.environ["TANDEM_INSTANCE"] = f"tests{_OWN}{os.environ.get('PYTEST_XDIST_WORKER', '')}"

from config.settings.base import *  # noqa: E402, F403
from config.settings.base import DATABASES  # noqa: E402

for _database in DATABASES.values():
    _database["ENGINE"] = "tests.backend"
    _database["OPTIONS"] = {k: v for k, v in _database["OPTIONS"].items() if k != "pool"}
