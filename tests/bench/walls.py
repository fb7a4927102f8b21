"""Area `privacy`: what walls and trail cost, beside the same product without them, in one run.

The other arm is a second web process behind a second front on the same throw-away database: it
writes no trail, and while it is measured every row policy says `true`.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import psycopg
from psycopg import sql

from tandem.cli.supervisor import answers
from tandem.demo.throwaway import Product
from tandem.kernel.instance import LOOPBACK, free_port
from tests.bench.desk import open_calls
from tests.bench.feed import CLIENTS, Load
from tests.bench.rows import Rows, at
from tests.bench.wire import Wire
from tests.crash.kills import waited_for

ROUNDS = 12
SINGLES_EACH, BATCHES_EACH, BATCH, PAGES, OPEN = 15, 6, 100, 15, 50
# What else the machine does only ever adds: the quicker quarter of the turns says what is ours.
QUICKER = 0.25
LIMITS = {"single event": 25, "batches of 100": 10, "page": 10}
WRAPPER = Path(__file__).parent / "wrapper" / "no_trail.py"
_POLICIES = """
SELECT tablename, policyname, qual, with_check FROM pg_policies
WHERE schemaname = 'public' AND policyname <> 'owner_all'
"""


class Walls:
    """The row policies of a database, to be opened and put back."""

    def __init__(self, running: Product) -> None:
        self.dsn = running.dsn("owner")
        with psycopg.connect(self.dsn) as connection:
            self.policies = connection.execute(_POLICIES).fetchall()

    def put_back(self) -> None:
        """As the policy file has them."""
        self._alter(as_true=False)

    def open(self) -> None:
        """Every row for every login that has the grant."""
        self._alter(as_true=True)

    def _alter(self, *, as_true: bool) -> None:
        with psycopg.connect(self.dsn) as connection:
            for table, name, using, check in self.policies:
                on, named = sql.Identifier(table), sql.Identifier(name)
                parts: list[sql.Composable] = [sql.SQL("ALTER POLICY {} ON {}").format(named, on)]
                for word, clause in (("USING", using), ("WITH CHECK", check)):
                    if clause is not None:
                        parts.append(sql.SQL(f"{word} ({'true' if as_true else clause})"))
                connection.execute(sql.SQL(" ").join(parts))


@contextlib.contextmanager
def without_trail(running: Product) -> Iterator[str]:
    """A second web process that writes no trail, behind a front of its own; the front's address."""
    web, front = waited_for(running.instance, "web"), waited_for(running.instance, "front")
    folder = running.instance.data / "wrapper"
    folder.mkdir()
    shutil.copy(WRAPPER, folder / "replaced.py")
    for path in (folder, folder / "replaced.py"):
        path.chmod(0o755)
    told = web.environ()
    old, port, web_port = told["TANDEM_WEB_PORT"], free_port(), free_port()
    ports = {"TANDEM_WEB_PORT": str(web_port), "TANDEM_PORT": str(port), "PYTHONPATH": str(folder)}
    swapped = {old: str(web_port), "config.wsgi:application": "replaced:application"}
    words = [swapped.get(word, word) for word in web.cmdline()]
    children = [
        _beside(web, words, {**told, **ports}),
        _beside(front, front.cmdline(), _without_socket({**front.environ(), **ports})),
    ]
    try:
        while not answers(LOOPBACK, port):
            time.sleep(0.1)
        yield f"http://localhost:{port}"
    finally:
        for child in children:
            child.terminate()
            child.wait(timeout=30)


def _without_socket(environment: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name != "TANDEM_FRONT_SOCKET"}


def _beside(
    model: psutil.Process, words: list[str], environment: dict[str, str]
) -> subprocess.Popen[bytes]:
    account = (model.uids().real, model.gids().real) if os.geteuid() == 0 else (None, None)
    return subprocess.Popen(
        words,
        cwd=model.cwd(),
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        user=account[0],
        group=account[1],
        extra_groups=[] if account[0] is not None else None,
    )


class Arm:
    """One of the two products, and the seconds each kind of work took there."""

    def __init__(self, running: Product, url: str, name: str, cookies: str) -> None:
        token = running.feed_token()
        self.singles = Load(url, token, f"{name}-single", CLIENTS)
        self.batches = Load(url, token, f"{name}-batch", 1)
        self.page = Wire(url, head=f"Cookie: {cookies}\r\n")
        self.seconds: dict[str, list[float]] = {kind: [] for kind in LIMITS}

    def turn(self, *, counted: bool) -> None:
        """One round of everything; the first is not counted."""
        singles = 1 / self.singles.run(SINGLES_EACH, 1)
        self.batches.run(BATCHES_EACH, BATCH)
        pages = [self._page() for _ in range(PAGES)]
        if counted:
            self.seconds["single event"].append(singles)
            self.seconds["batches of 100"] += self.batches.seconds
            self.seconds["page"] += pages

    def _page(self) -> float:
        began = time.perf_counter()
        status, _ = self.page.ask("GET", "/desk/")
        if status != 200:
            raise RuntimeError(f"the desk answered {status}")
        return time.perf_counter() - began


def measure(rows: Rows, running: Product) -> None:
    """Both arms in turns, so that whatever else the machine does weighs on both alike."""
    open_calls(running, OPEN)
    jar = running.browser("dispatcher").cookies
    cookies = "; ".join(f"{name}={value}" for name, value in jar.items())
    walls = Walls(running)
    with without_trail(running) as url:
        real = Arm(running, running.url, "real", cookies)
        bare = Arm(running, url, "bare", cookies)
        for number in range(ROUNDS + 1):
            for arm in (real, bare) if number % 2 else (bare, real):
                (walls.put_back if arm is real else walls.open)()
                arm.turn(counted=number > 0)
        walls.put_back()
    for kind, limit in LIMITS.items():
        one, other = at(real.seconds[kind], QUICKER), at(bare.seconds[kind], QUICKER)
        rows.add(
            f"walls and trail, {kind}",
            (one / other - 1) * 100,
            "%",
            at_most=limit,
            beside=("ms without them", other * 1000),
            ratio=one / other,
            n=len(real.seconds[kind]),
        )
