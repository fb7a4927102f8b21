"""How each person wants each desk: density, the order of its panes, which of them stand open."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from tandem.identity.models import Account

DENSITIES = ("", "dense", "roomy")
# In the order in which a desk comes; the first ones of each are its lists, on the left.
PANES = {
    "dispatch": ("pending", "active", "detail", "units", "requests", "map", "closed", "activity"),
    "crisis": ("asked", "callers", "contacts", "workers", "map", "closed", "activity"),
}
LISTS = {"dispatch": 2, "crisis": 3}
# What a desk cannot do its work without is always open.
_ALWAYS = {"pending", "active", "detail", "asked", "callers", "contacts"}
_FOLDED = {"map", "closed", "activity"}


@dataclass(frozen=True)
class DeskView:
    """One desk as one person has it."""

    desk: str
    density: str
    order: tuple[str, ...]
    shown: tuple[str, ...]

    @property
    def lists(self) -> tuple[str, ...]:
        """The panes of the left side."""
        left = PANES[self.desk][: LISTS[self.desk]]
        return tuple(name for name in self.order if name in left)

    @property
    def side(self) -> tuple[str, ...]:
        """The panes of the right side."""
        return tuple(name for name in self.order if name not in self.lists)

    @property
    def may_fold(self) -> tuple[str, ...]:
        """Those that may be put away."""
        return tuple(name for name in self.order if name not in _ALWAYS)


def desk_of_role(role: str) -> str:
    """Which desk a people-role works at; "" for none."""
    return {"TC": "dispatch", "MCW": "crisis", "SUP": "crisis"}.get(role, "")


def read_view(kept: str, desk: str) -> DeskView:
    """What is kept of a desk; whatever is not there, or not ours, is as it comes."""
    try:
        told = json.loads(kept or "{}").get(desk) or {}
    except (AttributeError, ValueError):
        told = {}
    if not isinstance(told, Mapping):
        told = {}
    every = PANES[desk]
    order = [name for name in _names(told.get("order")) if name in every]
    order += [name for name in every if name not in order]
    shown = _names(told.get("shown")) if "shown" in told else set(every) - _FOLDED
    density = told.get("density")
    return DeskView(
        desk=desk,
        density=density if density in DENSITIES else "",
        order=tuple(order),
        shown=tuple(name for name in order if name in _ALWAYS or name in shown),
    )


def _names(told: Any) -> list[str]:
    found = told if isinstance(told, list) else []
    return list(dict.fromkeys(name for name in found if isinstance(name, str)))


def changed(view: DeskView, asked: Mapping[str, str]) -> DeskView:
    """The view after one press: a density, a pane up or down, one opened or put away."""
    if (density := asked.get("density", view.density)) in DENSITIES:
        view = replace(view, density=density)
    for word, by in (("up", -1), ("down", 1)):
        if asked.get(word) in view.order:
            view = replace(view, order=_moved(view, asked[word], by))
    name = asked.get("toggle", "")
    if name in view.may_fold:
        kept = set(view.shown) ^ {name}
        view = replace(view, shown=tuple(one for one in view.order if one in kept))
    return view


def _moved(view: DeskView, name: str, by: int) -> tuple[str, ...]:
    """One place up or down, among the panes of its own side."""
    group = list(view.lists if name in view.lists else view.side)
    at = group.index(name)
    to = at + by
    if 0 <= to < len(group):
        group[at], group[to] = group[to], group[at]
    other = view.side if name in view.lists else view.lists
    return (*group, *other) if name in view.lists else (*other, *group)


def keep_view(account_id: uuid.UUID, kept: str, view: DeskView) -> None:
    """Keep one desk's view with the account, beside those of other desks."""
    try:
        all_of_them = json.loads(kept or "{}")
    except ValueError:
        all_of_them = {}
    told = {"density": view.density, "order": list(view.order), "shown": list(view.shown)}
    all_of_them[view.desk] = told
    Account.objects.filter(pk=account_id).update(desk_views=json.dumps(all_of_them))
