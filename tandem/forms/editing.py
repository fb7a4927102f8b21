"""Changing a form without a programmer: each change makes a new definition; ids never change."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from tandem.forms.definition import Definition, Item, Option
from tandem.forms.faults import Fault, FormRefused
from tandem.forms.reading import read_document
from tandem.forms.writing import to_questionnaire

# What may be added; a group takes the items that are added into it.
ADDED = ("group", "display", "boolean", "integer", "decimal", "date", "string", "text", "choice")
_Items = tuple[Item, ...]


def next_version(version: str) -> str:
    """The number of the version after this one: the last part grows by one."""
    *first, last = version.split(".")
    return ".".join([*first, str(int(last) + 1)]) if first else f"{version}.1"


def checked(definition: Definition) -> Definition:
    """The same, read again as strictly as a file; FormRefused tells what is wrong."""
    return read_document(to_questionnaire(definition))


def _each(items: _Items, change: Callable[[Item], Item]) -> _Items:
    return tuple(change(replace(item, items=_each(item.items, change))) for item in items)


def _on(definition: Definition, link_id: str, change: Callable[[Item], Item]) -> Definition:
    if link_id not in definition.by_id():
        raise FormRefused([Fault(link_id, "That question is not in the form.")])
    items = _each(definition.items, lambda one: change(one) if one.link_id == link_id else one)
    return checked(replace(definition, items=items))


def rename(definition: Definition, link_id: str, text: str, text_es: str) -> Definition:
    """Other words for the same question, in English and in Spanish."""
    return _on(
        definition,
        link_id,
        lambda one: replace(one, text=text.strip(), text_es=text_es.strip()),
    )


def require(definition: Definition, link_id: str, *, needed: bool) -> Definition:
    """Whether a missing answer is listed."""
    return _on(definition, link_id, lambda one: replace(one, required=needed))


def retire(definition: Definition, link_id: str, *, retired: bool) -> Definition:
    """Stop asking a question, or ask it again; its id stays taken either way."""
    waiting = [
        item.link_id
        for item, _ in definition.walk()
        if not item.retired and any(one.question == link_id for one in item.conditions)
    ]
    if retired and waiting:
        sentence = f"It decides whether these are asked: {', '.join(waiting)}. Retire them first."
        raise FormRefused([Fault(link_id, sentence)])
    return _on(definition, link_id, lambda one: replace(one, retired=retired))


def move(definition: Definition, link_id: str, *, up: bool) -> Definition:
    """One place up or down among its neighbors."""

    def moved(items: _Items) -> _Items:
        ids = [item.link_id for item in items]
        if link_id not in ids:
            return tuple(replace(item, items=moved(item.items)) for item in items)
        here = ids.index(link_id)
        there = max(0, here - 1) if up else min(len(ids) - 1, here + 1)
        order = list(items)
        order.insert(there, order.pop(here))
        return tuple(order)

    if link_id not in definition.by_id():
        raise FormRefused([Fault(link_id, "That question is not in the form.")])
    return checked(replace(definition, items=moved(definition.items)))


def add(
    definition: Definition,
    *,
    kind: str,
    text: str,
    text_es: str = "",
    answers: str = "",
    into: str = "",
    required: bool = False,
    many: bool = False,
) -> Definition:
    """A new question at the end of the form or of a group; answers are one a line, `words | es`."""
    if kind not in ADDED:
        raise FormRefused([Fault("form", "Choose what kind of answer the question takes.")])
    link_id = _free_id(definition, text)
    inside: _Items = ()
    if kind == "group":  # a group is never empty
        inside = (Item(f"{link_id}-words", "display", text.strip(), text_es.strip()),)
    item = Item(
        link_id,
        kind,
        text.strip(),
        text_es.strip(),
        required=required and kind not in {"group", "display"},
        repeats=many and kind == "choice",
        options=_options(answers) if kind == "choice" else (),
        items=inside,
    )
    if not into:
        return checked(replace(definition, items=(*definition.items, item)))
    group = definition.by_id().get(into)
    if group is None or group.kind != "group":
        raise FormRefused([Fault(into, "A question is added to the form or to a heading of it.")])
    return _on(definition, into, lambda one: replace(one, items=(*one.items, item)))


def _free_id(definition: Definition, text: str) -> str:
    taken = definition.by_id()
    base = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")[:40] or "question"
    return next(
        name
        for name in (base, *(f"{base}_{number}" for number in range(2, 1_000)))
        if name not in taken
    )


def _options(answers: str) -> tuple[Option, ...]:
    found: list[Option] = []
    for line in answers.splitlines():
        words, _, spanish = (part.strip() for part in line.partition("|"))
        if words:
            code = re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_")[:40] or f"a{len(found) + 1}"
            found.append(Option(code, words, spanish))
    return tuple(found)


def successor_faults(old: Definition, new: Definition) -> list[Fault]:
    """Why a definition cannot follow another one: ids that went away or mean something else."""
    faults = []
    if new.url != old.url:
        faults.append(Fault("form", "A new version keeps the address of the form."))
    if _parts(new.version) <= _parts(old.version):
        faults.append(Fault("form", f"The version must come after {old.version}."))
    there = new.by_id()
    for link_id, item in old.by_id().items():
        if link_id not in there:
            faults.append(Fault(link_id, f"Item {link_id} is gone. Retire it instead."))
        elif there[link_id].kind != item.kind:
            faults.append(Fault(link_id, f"Item {link_id} takes another kind of answer now."))
    return faults


def _parts(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def changes(old: Definition, new: Definition, language: str = "en") -> list[tuple[str, str]]:
    """What differs, as (added | retired | asked_again | renamed | moved | needed, the words)."""
    before, after = old.by_id(), new.by_id()
    told = []
    for link_id, item in after.items():
        was = before.get(link_id)
        if was is None:
            told.append(("added", item.label(language)))
            continue
        if was.retired != item.retired:
            told.append(("retired" if item.retired else "asked_again", item.label(language)))
        if (was.text, was.text_es) != (item.text, item.text_es):
            told.append(("renamed", item.label(language)))
        if was.required != item.required:
            told.append(("needed", item.label(language)))
    if [link for link in after if link in before] != list(before):
        told.append(("moved", ""))
    return told
