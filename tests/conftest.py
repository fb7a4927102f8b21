"""The demo's cast in a database of its own, each test rolled back; personas by name."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from django.conf import settings
from django.db import connections
from playwright.sync_api import Browser, sync_playwright
from pytest_django import DjangoDbBlocker

from tandem.cli import launcher
from tandem.demo.cast import load_cast
from tandem.demo.seed import key, seed
from tandem.identity.sessions import LOGIN_OF_ROLE
from tandem.kernel.instance import Instance
from tandem.privacy.acts import Doing
from tandem.privacy.models import AuditIntake
from tandem.privacy.setup import LOGINS, set_up
from tandem.storage.standing import Standing
from tests import workers
from tests.ui.preview import CHROMIUM, FLAGS

if TYPE_CHECKING:
    from tests.intake.worlds import Stand

NOON = datetime(2026, 7, 1, 17, 0, tzinfo=UTC)
BOTH = ["default", "identity"]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> workers.FilesAndFolders:
    """Who of several workers gets which tests."""
    return workers.FilesAndFolders(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Long files first where there are two processes; one keeps the order of the files."""
    for item in items:
        if item.get_closest_marker("browser"):
            # A browser on a busy machine may be late: it is played once more, and the run says so.
            item.add_marker(pytest.mark.flaky(reruns=1))
    if hasattr(config, "workerinput"):
        workers.long_files_first(items)


@pytest.fixture(scope="session", autouse=True)
def _ordinary_settings_for_children() -> None:
    """A product that a test starts is a product: it does not run with the tests' settings."""
    os.environ.pop("DJANGO_SETTINGS_MODULE", None)
    # Playwright keeps a loop in this thread; Django would take it for asynchronous code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's chromium, once for all pages and journeys: Playwright starts once in a process."""
    if not Path(CHROMIUM).exists():
        pytest.skip("chromium is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def installation(django_db_blocker: DjangoDbBlocker) -> Iterator[Instance]:
    """A server for the tests, with a database that is set up and seeded like a first start."""
    instance = Instance.find()  # `tests` and the suffix, as the tests' settings say
    instance.prepare()
    with launcher.ensure_cluster(instance):
        _drop_database(instance)
        launcher.provide_owner(instance)
        for database in (settings.DATABASES["default"], settings.DATABASES["identity"]):
            database["PORT"] = str(instance.server().port)
        with django_db_blocker.unblock(), _ProductBackend():
            set_up(instance)
            seed(instance)
        yield instance
        connections.close_all()


def _drop_database(instance: Instance) -> None:
    with psycopg.connect(instance.dsn("superuser", "postgres"), autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS tandem WITH (FORCE)")


class _ProductBackend:
    """Set-up commits, so it runs on the product's own backend; tests run on theirs."""

    def __enter__(self) -> None:
        self._swap("tandem.storage.backend")

    def __exit__(self, *_: object) -> None:
        self._swap("tests.backend")

    def _swap(self, engine: str) -> None:
        for alias in BOTH:
            connections[alias].close()
            connections.settings[alias]["ENGINE"] = engine
            connections.settings[alias]["PORT"] = settings.DATABASES[alias]["PORT"]
            connections[alias] = connections.create_connection(alias)


@pytest.fixture(scope="session")
def django_db_setup(installation: Instance) -> None:
    """Our own set-up instead of Django's: the walls belong to it."""


@pytest.fixture(scope="session")
def walled_dsns(installation: Instance) -> Mapping[str, str]:
    """How each login reaches the tests' database, and the superuser's way in."""
    return {login: installation.dsn(login) for login in (*LOGINS, "owner", "superuser")}


@dataclass(frozen=True)
class Persona:
    """One of the cast, able to act."""

    key: str
    short_name: str
    standing: Standing

    @property
    def staff_id(self) -> uuid.UUID:
        """Their key in the directory."""
        assert self.standing.staff_id is not None
        return self.standing.staff_id

    @property
    def program_id(self) -> uuid.UUID:
        """The program they work in."""
        assert self.standing.program_id is not None
        return self.standing.program_id

    @property
    def agency_id(self) -> uuid.UUID:
        """The agency they are on duty for."""
        assert self.standing.agency_id is not None
        return self.standing.agency_id

    def doing(self, **more: object) -> Doing:
        """The facts of one act at noon; a new act id each time."""
        facts = {"at": NOON, **more}
        return Doing(standing=self.standing, short_name=self.short_name, **facts)  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def cast() -> dict[str, Persona]:
    """Everybody of the demonstration, by persona key."""
    loaded = load_cast()
    kinds = {agency.code: agency.kind for agency in loaded.agencies}
    return {
        player.persona: Persona(
            player.persona,
            player.short_name,
            Standing(
                login=LOGIN_OF_ROLE[player.role],
                role=player.role,
                staff_id=key("staff", player.persona),
                agency_id=key("agency", player.agency),
                program_id=key("program", loaded.program.code),
                agency_kind=kinds[player.agency],
            ),
        )
        for player in loaded.players
    }


@pytest.fixture
def dispatcher(cast: dict[str, Persona]) -> Persona:
    """At the dispatch desk."""
    return cast["dispatcher"]


@pytest.fixture
def officer(cast: dict[str, Persona]) -> Persona:
    """Of the Community Resource Unit."""
    return cast["cru-officer"]


@pytest.fixture
def worker(cast: dict[str, Persona]) -> Persona:
    """A crisis worker of the county."""
    return cast["crisis-worker"]


@pytest.fixture
def trail(db: None) -> Callable[[], list[str]]:
    """The acts in the intake so far, oldest first, with `.refused` where they were refused."""

    def acts() -> list[str]:
        rows = AuditIntake.objects.order_by("server_at", "id").values_list("act", flat=True)
        return list(rows)

    return acts


@pytest.fixture
def stand(cast: dict[str, Persona]) -> Stand:
    """A pair on a call, while two worlds are still one."""
    from tests.intake.worlds import Stand
    from tests.scene import send_pair

    sent = send_pair(cast)
    assert sent.call_id is not None
    return Stand(cast, sent.call_id, sent.encounter_id)
