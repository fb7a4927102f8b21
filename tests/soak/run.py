"""`make soak MINUTES=`: calls are replayed and pages are looked at while memory is sampled.

The sum is of proportional shares (PSS) of everything that `make demo` runs; reading those of other
accounts needs root, an ordinary user's processes are their own. Libraries are shared with whatever
else runs on the machine, so on a busy one the shares move by themselves: beside their growth stands
that of the memory which nobody shares (USS).
"""

from __future__ import annotations

import argparse
import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import psutil  # type: ignore[import-untyped]

from tandem.demo.throwaway import Product
from tandem.kernel.instance import checkout
from tests.bench.rows import Rows
from tests.crash.viewers import Viewer
from tests.harness import product

MINUTES = 60.0
SAMPLE_EVERY = 5.0
LOOK_EVERY = 1.0
WARM_UP = 0.2  # of the run: caches and pools fill, which is no leak
REPLAY_SPEED = "60"
STREAMS = 10
MEGABYTE = 1024 * 1024
MOST, STEEPEST = 800, 5
JUDGED_FROM = 30.0
PAGES = {"dispatcher": "/desk/", "cru-officer": "/my-calls/", "police-custodian": "/audit/"}


@dataclass
class Samples:
    """Megabytes over time, all together and by process."""

    hours: list[float] = field(default_factory=list)
    sums: list[float] = field(default_factory=list)
    unshared: list[float] = field(default_factory=list)
    by_name: dict[str, list[float]] = field(default_factory=dict)

    def slope(self, megabytes: list[float]) -> float:
        """Megabytes an hour, by least squares, after the warm-up."""
        # A process that was away for a sample has fewer; all of them end together.
        hours = self.hours[-len(megabytes) :]
        first = int(len(self.hours) * WARM_UP)
        hours, sums = hours[first:], megabytes[first:]
        if len(hours) < 2:
            return 0.0
        middle, level = sum(hours) / len(hours), sum(sums) / len(sums)
        spread = sum((hour - middle) ** 2 for hour in hours)
        pairs = zip(hours, sums, strict=True)
        return sum((hour - middle) * (value - level) for hour, value in pairs) / spread


def shares(running: Product) -> tuple[dict[str, float], float]:
    """Megabytes of each process of the installation with its children; what nobody shares."""
    state = running.instance.read_state()
    named = {"supervisor": state["supervisor"], **state["pids"]}
    found, unshared = {}, 0.0
    for name, pid in named.items():
        with contextlib.suppress(psutil.NoSuchProcess):
            first = psutil.Process(pid)
            below = [] if name == "supervisor" else first.children(recursive=True)
            sizes = [_sizes(process) for process in (first, *below)]
            found[name] = sum(share for share, _ in sizes) / MEGABYTE
            unshared += sum(own for _, own in sizes) / MEGABYTE
    return found, unshared


def _sizes(process: psutil.Process) -> tuple[int, int]:
    with contextlib.suppress(psutil.Error):
        facts = process.memory_full_info()
        return int(getattr(facts, "pss", 0) or facts.rss), int(facts.uss)
    return 0, 0


@contextlib.contextmanager
def replayed(running: Product) -> Iterator[None]:
    """The demonstration's calls, an hour in a minute, as its own feed sends them."""
    words = [sys.executable, "-m", "tandem.cli", "demo", "replay", "--speed", REPLAY_SPEED]
    child = subprocess.Popen(
        words,
        cwd=checkout(),
        env=dict(running.environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        child.terminate()
        child.wait(timeout=30)


def soak(running: Product, minutes: float) -> tuple[Samples, int, int]:
    """Look at pages and sample until the time is over; pages asked, and those not answered."""
    samples, asked, bad = Samples(), 0, 0
    browsers = {persona: running.browser(persona) for persona in PAGES}
    cookie = browsers["dispatcher"].cookies["tandem_session"]
    viewers = [Viewer(running.url, cookie) for _ in range(STREAMS)]
    for viewer in viewers:
        viewer.start()
    began = sampled = time.monotonic()
    while (now := time.monotonic()) < began + minutes * 60:
        for persona, browser in browsers.items():
            asked += 1
            bad += browser.get(PAGES[persona]).status != 200
        if now - sampled >= SAMPLE_EVERY:
            sampled = now
            found, unshared = shares(running)
            samples.unshared.append(unshared)
            samples.hours.append((now - began) / 3600)
            samples.sums.append(sum(found.values()))
            for name, value in found.items():
                samples.by_name.setdefault(name, []).append(value)
        for viewer in viewers:
            viewer.told.clear()  # what we heard is our memory, not the product's
        time.sleep(max(0.0, now + LOOK_EVERY - time.monotonic()))
    for viewer in viewers:
        viewer.stop()
    return samples, asked, bad


def main() -> int:
    """Read the words of the Makefile."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak.run", description=__doc__)
    parser.add_argument("--minutes", type=float, default=MINUTES)
    minutes = parser.parse_args().minutes
    rows = Rows("soak")
    with product("soak") as running, replayed(running):
        samples, asked, bad = soak(running, minutes)
    n = len(samples.sums)
    rows.add("memory of everything, at the end", samples.sums[-1], "MB", at_most=MOST, n=n)
    rows.add("memory of everything, highest", max(samples.sums), "MB", at_most=MOST, n=n)
    # Over a few minutes, one page of a pool that grows is a steep slope: only a long run is judged.
    limit = STEEPEST if minutes >= JUDGED_FROM else None
    rows.add("growth after the warm-up", samples.slope(samples.sums), "MB/h", at_most=limit, n=n)
    rows.add("growth of what nobody shares", samples.slope(samples.unshared), "MB/h", n=n)
    for name, values in samples.by_name.items():
        rows.add(f"memory of {name}", values[-1], "MB", beside=("at first", values[0]), n=n)
        rows.add(f"growth of {name}", samples.slope(values), "MB/h", n=len(values))
    rows.add("pages not answered", bad, "pages", at_most=0, n=asked)
    return rows.finish()


if __name__ == "__main__":
    sys.exit(main())
