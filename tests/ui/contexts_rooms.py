"""Invented pages beside a desk: the wall, what CAD and the hand tell otherwise, rules of advice."""

from __future__ import annotations

import dataclasses
from typing import Any

from .contexts import chrome, moment, s, timer


def _frame(role: str, **changes: Any) -> dict[str, Any]:
    return {"chrome": chrome(role), "sentence": None, "done": None, **changes}


def wall() -> dict[str, dict[str, Any]]:
    """Calls past their limit and in time; a night with none."""
    line = s.WallLine
    full = s.Wall(
        [
            line("1", "0417", timer(187, 120), [], "triaged"),
            line("2", "12415", timer(4321, 600), ["CRU 1"], "on_scene"),
        ],
        [
            line("3", "0400", timer(61, 120), ["MC 2", "2B12"], "en_route"),
            line("4", "0388", timer(12), ["2B25"], "assigned"),
        ],
    )
    return {
        "wall": _frame("dispatcher", wall=full),
        "wall--empty": _frame("dispatcher", wall=s.Wall()),
    }


def differences() -> dict[str, dict[str, Any]]:
    """CAD and the hand, and a feed that fell silent; none at all."""
    at, later = moment("02:01:10"), moment("02:03:44")
    told = [
        s.Difference("0417", "/desk/?call=1", "2B12", "P. Castellane", "en_route", at, later),
        s.Difference("0400", "/desk/?call=2", "CRU 1", "Dana Okafor", "on_scene", None, later),
        s.Difference(
            "0399", "/desk/?call=3", "", "Dana Okafor", "place", None, later, "Elm St", "Main St"
        ),
    ]
    silent = [s.FeedState("La Crosse CAD", "silent", at, leads=True)]
    return {
        "differences": _frame("dispatcher", differences=told, silent=silent),
        "differences--empty": _frame("dispatcher", differences=[], silent=[]),
    }


def _rules() -> list[Any]:
    """One rule that sends officers, one that can do without."""
    weapon = s.RuleWords(
        "weapon",
        "A weapon that may be at hand: officers first, the crisis worker staged.",
        "program policy 4.2",
        yes=["weapon_in_hand"],
        not_known=["weapon_accessible"],
        first=["patrol"],
        moves=["ems_staged"],
        tell=["supervisor"],
        clinician="staged",
    )
    calm = s.RuleWords(
        "calm",
        "Every danger was denied.",
        "program policy 4.5",
        denied=["weapon_in_hand", "weapon_accessible"],
        never=["shots_or_hostage"],
        first=["mobile_crisis", "cru_pair"],
        otherwise=True,
        elsewhere=True,
    )
    return [weapon, calm]


def advice_rules() -> dict[str, dict[str, Any]]:
    """Rules with a trial and copies; a refused copy; a program without rules."""
    draft = s.RuleDraft(
        "r1",
        "9c31aa02",
        "T. Brandvold",
        "Nov 22, 14:03",
        "draft",
        try_url="?try=r1",
        force_url="/force",
    )
    was = dataclasses.replace(
        draft, key="r2", state="was", in_force_by="K. Ostrem", in_force_at="Nov 1, 08:00"
    )
    page = s.RulesPage(
        "51ae0d11",
        "edited",
        "77b01c9e",
        _rules(),
        [
            draft,
            dataclasses.replace(was, state="in_force"),
            was,
            dataclasses.replace(draft, state="old"),
        ],
        '[[advice.rule]]\nid = "weapon"\nyes = ["weapon_in_hand"]\n',
        "/advice/rules",
        trial=s.RuleTrial(
            "9c31aa02",
            1204,
            31,
            [("first", 22), ("ask_next", 9)],
            [("cru_pair", "mobile_crisis", 22), ("phone", "", 1)],
            188,
            210,
        ),
    )
    wrong = dataclasses.replace(
        page, trial=None, faults=[(2, "Unknown key `colour`."), (14, "A route without police.")]
    )
    refused = s.Sentence("The copy was not kept.", "What you typed is still there.", "See below.")
    none = s.RulesPage("", "file", "77b01c9e", [], [], "", "/advice/rules")
    return {
        "advice_rules": _frame("dispatcher", rules=page),
        "advice_rules--refused": _frame("admin", rules=wrong, sentence=refused),
        "advice_rules--empty": _frame("admin", rules=none),
    }


def skills() -> dict[str, dict[str, Any]]:
    """A register with what holds and what lapsed; an empty one; a refused entry."""
    line = s.SkillLine
    lines = [
        line("1", "Dana Okafor", "cit", "2024-03-04", "2027-03-03", "Register 12", "E. Haugen"),
        line("2", "Priya Vang", "not_alone", "2026-10-01", "2026-12-31", "Plan 4", "E. Haugen"),
        line(
            *("3", "Dana Okafor", "negotiator", "2022-01-01", "2025-12-31", "Academy", "E. Haugen"),
            lapsed=True,
        ),
    ]
    people = [s.Option("1", "Dana Okafor"), s.Option("2", "Priya Vang")]
    full = s.SkillsPage("/skills", lines, people, ["cit", "spanish", "not_alone"])
    none = s.SkillsPage("/skills", [], people, ["cit"])
    wrong = s.Sentence("It ends before it begins. What you typed is still there.")
    return {
        "skills": _frame("admin", skills=full),
        "skills--empty": _frame("admin", skills=none),
        "skills--refused": {**_frame("admin", skills=full), "sentence": wrong},
    }


def past() -> dict[str, dict[str, Any]]:
    """Emergencies that are over, one that a desk never had; none."""
    row = s.PastEmergency
    rows = [
        row(
            *("D. Okafor", "CRU 1", "0417", "Nov 22, 02:14:03", "at", "Riverside Park"),
            *("T. Brandvold", 4, "K. Abara", 9, False, "T. Brandvold", "D. Okafor", 6),
        ),
        row(
            *("P. Vang-Ritter", "", "", "Nov 20, 23:40:51", "unknown", ""),
            *("T. Brandvold", 31, "", None, True, "T. Brandvold", "P. Vang-Ritter", 12),
        ),
    ]
    return {
        "emergencies": _frame("dispatcher", past=s.PastEmergencies(rows)),
        "emergencies--empty": _frame("dispatcher", past=s.PastEmergencies([])),
    }
