"""Advice measured: one call through the shipped rules, in processor time."""

from __future__ import annotations

import random
import time

from tandem.advice.rules import Answers, advise
from tandem.kernel.advice import ANSWERS, QUESTIONS, STAFF
from tandem.kernel.instance import checkout
from tandem.kernel.program import parse_program
from tests.bench.rows import Rows, at

CALLS = 20_000
KILO = 1000


def measure(rows: Rows) -> None:
    """Every call another: random answers, random people on."""
    rules = parse_program((checkout() / "program.toml").read_bytes()).advice
    if rules is None:
        raise RuntimeError("the shipped program has no rules of advice")
    chance = random.Random(3)  # noqa: S311 (draws calls, guards nothing)
    took: list[float] = []
    for _ in range(CALLS):
        answers = Answers({question: chance.choice(ANSWERS) for question in QUESTIONS})
        staffed = [who for who in STAFF if chance.random() < 0.6]
        began = time.process_time()
        advise(rules, answers, staffed)
        took.append((time.process_time() - began) * KILO)
    rows.add("advice on one call, p99", at(took, 0.99), "ms", at_most=2, n=CALLS)
    rows.add("advice on one call, median", at(took, 0.5), "ms", n=CALLS)
