"""`make proof ONLY=worlds` in short: whatever a crisis desk does alone, police get the same bytes.

The proof runs this file with RANDOM_WORLDS sequences, drawn from RANDOM_WORLDS_SEED on, and reads
what it wrote to RANDOM_WORLDS_TOLD.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tandem.dispatch.services import duty
from tandem.encounters.services import told
from tandem.intake.services import crisis
from tests.intake.worlds import LATER, Stand, boards, opened_by
from tests.random_worlds import ACTS, carried_out

pytestmark = [
    pytest.mark.django_db(databases=["default", "identity"]),
    pytest.mark.timeout(0),
]
WHO = ("dispatcher", "patrol-officer", "cru-officer")
SEQUENCES = int(os.environ.get("RANDOM_WORLDS", "4"))
FIRST = int(os.environ.get("RANDOM_WORLDS_SEED", "0"))


def opened(stand: Stand) -> dict[str, list[str]]:
    """What each of them can open at all, of every address that there is."""
    whole = boards(stand, lambda: None, {who: stand.paths(LATER) for who in WHO})
    return {who: opened_by(whole, who) for who in WHO}


def test_random_work_of_a_crisis_desk_leaves_police_no_differing_byte(stand: Stand) -> None:
    paths = opened(stand)
    assert {"/desk/", "/wall/", "/alarm/", "/panes/map/"} <= set(paths["dispatcher"])
    assert "/my-calls/" in paths["cru-officer"]
    done: Counter[str] = Counter()
    found: list[str] = []
    pages = 0
    without = boards(stand, lambda: None, paths)
    for seed in range(FIRST, FIRST + SEQUENCES):
        with_it = boards(stand, lambda: done.update(carried_out(stand, seed)), paths)  # noqa: B023
        found += [f"{seed}: {what}" for what in without if with_it[what] != without[what]]
        pages += len(without)
    if told_to := os.environ.get("RANDOM_WORLDS_TOLD"):
        told_of = {"sequences": SEQUENCES, "pages": pages, "done": done, "found": found}
        Path(told_to).write_text(json.dumps(told_of), encoding="utf-8")
    assert found == []
    assert sum(done.values()) >= SEQUENCES * 2


def _loud(trail: Any, contact: Any, *_more: Any) -> None:
    trail.announce(contact.pk, to=["police"])


def _everybody(_trail: Any, _beside: Any, *, at_dispatch: bool) -> list[str]:
    return ["clinical", "dispatch"] if not at_dispatch else ["dispatch"]


def _case_named(trail: Any, encounter_id: Any, *, writes: str = "") -> None:
    trail.announce(encounter_id, to=["dispatch"])


@pytest.mark.parametrize(
    ("module", "place", "planted", "act"),
    [
        (crisis, "_announce", _loud, "contact opened"),
        (duty, "_who_sees_unit", _everybody, "signed on"),
        (told, "own_case", _case_named, "told in confidence"),
    ],
    ids=["a tick on the stream", "a sign-on told", "who was told something"],
)
def test_a_leak_planted_in_one_act_is_found_by_random_work(
    stand: Stand,
    monkeypatch: pytest.MonkeyPatch,
    module: ModuleType,
    place: str,
    planted: Callable[..., Any],
    act: str,
) -> None:
    paths = {"dispatcher": ["/desk/"], "patrol-officer": ["/my-calls/"]}
    without = boards(stand, lambda: None, paths)
    monkeypatch.setattr(module, place, planted)
    leaking = []
    for seed in range(30):
        done: list[str] = []
        with_it = boards(stand, lambda: done.extend(carried_out(stand, seed)), paths)  # noqa: B023
        if act in done:
            leaking.append(with_it != without)
        if any(leaking):
            break
    assert any(leaking)


def test_every_act_is_drawn_and_carried_out_by_some_sequence(stand: Stand) -> None:
    done: set[str] = set()
    for seed in range(150):
        boards(stand, lambda: done.update(carried_out(stand, seed)), {})  # noqa: B023
        if done == set(ACTS):
            break
    assert done == set(ACTS)
