"""Runs the whole product from a data folder of its own and removes it; never the real one.

The keeper, a process of its own, starts and ends everything: it waits for the end of its input,
so that also a caller who was killed leaves no process and no folder behind.
"""

import contextlib
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

import psutil  # type: ignore[import-untyped]

from tandem.demo.browser import Browser, Page
from tandem.demo.personas import Persona, feed_token, read_personas
from tandem.demo.phones import FakePhones, fake_phones, settings_of
from tandem.kernel.instance import SYSTEM_DATA, Instance, checkout

# What of the caller's words a throw-away installation may know.
_KEPT = ("TANDEM_RUN_AS",)
_END_SECONDS = 120


class NotStarted(Exception):
    """The throw-away installation did not start; the message holds its last words."""


@dataclass(frozen=True)
class Product:
    """A whole running product: its address, its installation, its cast."""

    instance: Instance
    url: str
    phones: FakePhones
    told: Mapping[str, str]  # what its processes know of those phones

    @property
    def personas(self) -> Mapping[str, Persona]:
        """The cast by key, with passwords and second factors."""
        return {persona.persona: persona for persona in read_personas(self.instance)}

    @property
    def environment(self) -> dict[str, str]:
        """What a process about this installation is told, and nothing of another one."""
        return _environment(self.instance, self.told)

    def dsn(self, login: str) -> str:
        """How one login reaches the database."""
        return self.instance.dsn(login)

    def feed_token(self) -> str:
        """The token of the demonstration's feed."""
        return feed_token(self.instance, "demo-replay")

    def tandem(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """Run one of the operator's verbs about this installation."""
        return _tandem(*words, environment=self.environment)

    def sign_in(self, persona: str) -> tuple[Browser, Page]:
        """A browser of the persona's own after both factors, and the page it landed on."""
        person, browser = self.personas[persona], Browser(self.url)
        return browser, browser.sign_in(person.username, person.password, person.totp_secret)

    def browser(self, persona: str) -> Browser:
        """A browser that is signed in, or an error with what the product said."""
        browser, page = self.sign_in(persona)
        if page.status != 200 or page.url.startswith("/sign-in/"):  # noqa: PLR2004
            raise NotStarted(f"{persona} could not sign in: {page.status} at {page.url}.")
        return browser


def _environment(instance: Instance, told: Mapping[str, str]) -> dict[str, str]:
    plain = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("TANDEM_", "DJANGO_", "PYTEST_")) and name != "DATABASE_URL"
    }
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return {**plain, **kept, **told, **instance.environment(), "TANDEM_PORT": "0"}


def _tandem(*words: str, environment: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(  # noqa: S603 (our own command)
        [sys.executable, "-m", "tandem.cli", *words],
        cwd=checkout(),
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def _new(name: str) -> Instance:
    chosen = f"{name}-{os.getpid()}-{secrets.token_hex(3)}"
    above = SYSTEM_DATA if os.geteuid() == 0 else checkout() / ".tandem"
    return Instance(chosen, above / chosen)


@contextlib.contextmanager
def throwaway(name: str) -> Iterator[Product]:
    """The whole product with the demonstration's cast; at the end it never was.

    Its phones are ours: a push service and a gateway of this process, which hear what leaves.
    """
    instance = _new(name)
    with fake_phones() as phones, settings_of(phones) as told:
        keeper = subprocess.Popen(  # noqa: S603 (our own module)
            [sys.executable, "-m", "tandem.demo.throwaway", str(instance.data)],
            cwd=checkout(),
            env=_environment(instance, told),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            # Ctrl-C is for the caller; the keeper ends when the caller has.
            start_new_session=True,
        )
        order, says = cast("IO[str]", keeper.stdin), cast("IO[str]", keeper.stdout)
        try:
            words = says.readline()
            started = json.loads(words) if words else {"sentence": "it said nothing"}
            if "url" not in started:
                raise NotStarted(str(started.get("sentence")))
            yield Product(instance, str(started["url"]), phones, told)
        finally:
            order.close()
            says.close()
            keeper.wait(timeout=_END_SECONDS)


def keep(folder: Path) -> int:
    """Start the installation that the environment names, hold it until input ends, remove it."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        up = _tandem("up", "--demo", "--json", environment=os.environ)
        said = up.stdout.strip() or json.dumps({"sentence": up.stderr.strip()[-500:]})
        with contextlib.suppress(BrokenPipeError):
            print(said, flush=True)  # noqa: T201 (what the caller waits for)
        sys.stdin.read()
    finally:
        _tandem("down", environment=os.environ)
        _end_by_number(folder)
        shutil.rmtree(folder, ignore_errors=True)
    return 0 if up.returncode == 0 else 1


def _end_by_number(folder: Path) -> None:
    """End what still was told to serve this folder, which exists for nobody else."""
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.pid != os.getpid() and process.environ().get("TANDEM_DATA") == str(folder):
                process.kill()


if __name__ == "__main__":
    sys.exit(keep(Path(sys.argv[1])))
