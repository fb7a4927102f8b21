"""Tries every cell of the policy on a live database: what stood open, what stayed shut."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tandem.privacy.policy.model import Policy
from tandem.privacy.policy.probe import Tally, try_logins
from tandem.privacy.policy.world import walk_rows


def walk(policy: Policy, dsns: Mapping[str, str]) -> dict[str, Any]:
    """Walk as each login; `owner` or `superuser` plants the rows and is not walked itself."""
    tally = Tally()
    try_logins(policy, dsns, tally)
    walk_rows(policy, dsns.get("superuser") or dsns["owner"], tally)
    # An effect without a mechanism denies. It is no pass: nobody has shown that it would allow.
    waiting = sum(cell.layer == "not yet" for cell in policy.cells.values())
    tally.not_yet += waiting
    tally.cells += waiting
    return {
        "cells": tally.cells,
        "passes": tally.passes,
        "not_yet": tally.not_yet,
        "leaks": tally.leaks,
        "wrong_denials": tally.wrong_denials,
    }
