"""All published numbers over one set of disjoint pieces: what sums to what, across releases."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from tandem.evaluation.publish.periods import parse_period
from tandem.evaluation.publish.sentences import PublishError, say
from tandem.evaluation.publish.table import ALL, Place

MOST_PIECES = 400_000
Mask = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Quantity:
    """One number at one place, as the public sees it: between `low` and `high`.

    `high` None: not shown, and known to be at least 1, because zero is always shown.
    """

    series: str
    at: Place
    low: int
    high: int | None
    release: int
    words: str

    @property
    def hidden(self) -> bool:
        """Whether the public was told nothing but that it is above zero."""
        return self.high is None


@dataclass(frozen=True)
class Target:
    """What an attacker would like to know: the sum of some variables."""

    plus: tuple[int, ...]
    minus: tuple[int, ...]
    release: int | None  # the first release that hides it; None where nobody listed it
    words: str


class Lattice:
    """Disjoint pieces such that every published number is a sum of pieces of its series.

    `part_of` says which series counts a part of which other; `within` per dimension which value
    lies in which. A wider value is all its known parts and nothing else, unless (dimension, value)
    is in `open_ended`; None leaves every one open.
    """

    def __init__(
        self,
        quantities: Sequence[Quantity],
        *,
        part_of: Mapping[str, str],
        within: Mapping[str, Mapping[str, str]],
        open_ended: Iterable[tuple[str, str]] | None = (),
    ) -> None:
        self.quantities = list(quantities)
        self.series = sorted({q.series for q in quantities} | {*part_of, *part_of.values()})
        self.part_of = dict(part_of)
        self._open = None if open_ended is None else set(open_ended)
        places = sorted({q.at for q in quantities})
        self._axes = {
            name: self._axis(name, {dict(at)[name] for at in places if name in dict(at)}, within)
            for name in sorted({name for at in places for name, _ in at})
        }
        self._cut(places)

    def _axis(
        self, name: str, values: set[str], within: Mapping[str, Mapping[str, str]]
    ) -> dict[str, npt.NDArray[np.bool_]]:
        """Each value's leaves along one dimension, and those of the whole."""
        if name == "period":
            return _periods(values)
        above = within.get(name, {})
        chain = set(values)
        for value in values:
            holder: str | None = value
            while (holder := above.get(holder or "")) is not None:
                chain.add(holder)
        parents = {above[value] for value in chain if value in above}
        # Whoever knows the map knows that there are other parts; together they are one leaf.
        unlisted = {wider for part, wider in above.items() if part not in chain}
        unlisted |= {ALL for top in set(above.values()) - set(above) if top not in chain}
        rests = {p for p in (*parents, ALL) if p in unlisted or self._is_open(name, p)}
        leaves = sorted(chain - parents)
        axis = {v: np.zeros(len(leaves) + len(rests), dtype=bool) for v in (*chain, ALL)}
        for number, leaf in enumerate((*leaves, *sorted(rests))):
            axis[ALL][number] = True
            holder = leaf
            while holder in chain:
                axis[holder][number] = True
                holder = above.get(holder, ALL)
        return axis

    def _is_open(self, name: str, value: str) -> bool:
        return self._open is None or (name, value) in self._open

    def _cut(self, places: list[Place]) -> None:
        """Merge leaves that no published number tells apart."""
        sizes = [len(axis[ALL]) for axis in self._axes.values()]
        count = int(np.prod(sizes, dtype=float)) if sizes else 1
        if count > MOST_PIECES:
            raise PublishError(say("too_fine", count=count, most=MOST_PIECES))
        marks = np.random.default_rng(0).integers(1, 2**63, size=len(places), dtype=np.uint64)
        signature = np.zeros(count, dtype=np.uint64)
        for at, mark in zip(places, marks, strict=True):
            signature[self._leaves(at)] ^= mark
        kinds, first = np.unique(signature, return_index=True)
        first = first[kinds != 0]
        self.pieces = len(first)
        self._where = {at: np.flatnonzero(self._leaves(at)[first]) for at in places}

    def _leaves(self, at: Place) -> npt.NDArray[np.bool_]:
        mask = np.ones(1, dtype=bool)
        named = dict(at)
        for name, axis in self._axes.items():
            mask = np.logical_and.outer(mask, axis[named.get(name, ALL)]).ravel()
        return mask

    def variables(self, series: str, at: Place) -> Mask:
        """The variables whose sum is this number."""
        return self.series.index(series) * self.pieces + self._where[at]

    def targets(self, quantities: Sequence[Quantity]) -> list[Target]:
        """Everything an attacker may try to learn, each thing once.

        Every number not shown; what a whole holds beside its part; what a wider place holds
        beside its listed parts along each dimension; and every single piece.
        """
        found: dict[tuple[tuple[int, ...], tuple[int, ...]], Target] = {}
        for target in (*self._not_shown(quantities), *self._derived):
            if target.plus:
                found.setdefault((target.plus, target.minus), target)
        return list(found.values())

    def _not_shown(self, quantities: Sequence[Quantity]) -> Iterable[Target]:
        for q in sorted(quantities, key=lambda q: q.release):
            if q.hidden:
                yield Target(_tuple(self.variables(q.series, q.at)), (), q.release, q.words)

    @cached_property
    def _derived(self) -> list[Target]:
        return [*self._beside_parts(), *self._follow_in_series()]

    def _beside_parts(self) -> Iterable[Target]:
        listed = self._listed()
        for part, whole in sorted(self.part_of.items()):
            for at in sorted(listed.get(part, set()) & listed.get(whole, set())):
                words = f"{whole} without {part}: {_where(at)}"
                plus, minus = self.variables(whole, at), self.variables(part, at)
                yield Target(_tuple(plus), _tuple(minus), None, words)

    def _follow_in_series(self) -> Iterable[Target]:
        for series, listed in self._listed().items():
            offset = self.series.index(series) * self.pieces
            for at, name, rest in self._rests(sorted(listed)):
                words = f"{series}: {_where(at)}, less its listed parts by {name}"
                yield Target(_tuple(offset + rest), (), None, words)
            words = f"{series}: a part that follows from several numbers"
            for piece in np.unique(np.concatenate([self._where[at] for at in listed])):
                yield Target((int(offset + piece),), (), None, words)

    def _listed(self) -> dict[str, set[Place]]:
        found: dict[str, set[Place]] = {}
        for q in self.quantities:
            found.setdefault(q.series, set()).add(q.at)
        return found

    def sums(self, release: int) -> Iterable[tuple[int, list[int]]]:
        """Each number of a release that is the sum of others of it: places in the quantities."""
        spots: dict[str, dict[Place, int]] = {}
        for number, q in enumerate(self.quantities):
            if q.release == release:
                spots.setdefault(q.series, {})[q.at] = number
        for listed in spots.values():
            for whole, line in self._lines(sorted(listed)):
                masks = {at: set(self._where[at].tolist()) for at in line}
                inside = [at for at in line if masks[at] < masks[whole]]
                widest = [a for a in inside if not any(masks[a] < masks[b] for b in inside)]
                size = sum(len(masks[at]) for at in widest)
                if widest and size == len(masks[whole]):
                    yield listed[whole], [listed[at] for at in widest]

    def _lines(self, listed: Sequence[Place]) -> Iterable[tuple[Place, list[Place]]]:
        for name in self._axes:
            lines: dict[Place, list[Place]] = {}
            for at in listed:
                lines.setdefault(tuple(pair for pair in at if pair[0] != name), []).append(at)
            for line in lines.values():
                yield from ((at, line) for at in line if len(line) > 1)

    def _rests(self, listed: Sequence[Place]) -> Iterable[tuple[Place, str, Mask]]:
        """What each place holds beside the places within it that differ in one dimension."""
        for name in self._axes:
            lines: dict[Place, list[Place]] = {}
            for at in listed:
                lines.setdefault(tuple(pair for pair in at if pair[0] != name), []).append(at)
            for line in lines.values():
                masks = np.zeros((len(line), self.pieces), dtype=bool)
                for mask, at in zip(masks, line, strict=True):
                    mask[self._where[at]] = True
                for at, own in zip(line, masks, strict=True):
                    inside = ~(masks & ~own).any(axis=1) & ~(masks == own).all(axis=1)
                    left = own & ~masks[inside].any(axis=0)
                    if inside.any() and left.any():
                        yield at, name, np.flatnonzero(left)


def _tuple(variables: Mask) -> tuple[int, ...]:
    return tuple(int(v) for v in variables)


def _where(at: Place) -> str:
    return ", ".join(f"{name} {value}" for name, value in at) or "everything"


def _periods(values: set[str]) -> dict[str, npt.NDArray[np.bool_]]:
    spans = {value: parse_period(value)[0] for value in values}
    edges = sorted({edge for span in spans.values() for edge in span})
    steps = len(edges) - 1 if edges else 0
    axis = {ALL: np.ones(steps + 1, dtype=bool)}  # the last leaf is all other time
    for value, (first, end) in spans.items():
        mask = np.zeros(steps + 1, dtype=bool)
        mask[edges.index(first) : edges.index(end)] = True
        axis[value] = mask
    return axis
