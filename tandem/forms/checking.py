"""What must hold between the items of a form: ids once, conditions that can be decided."""

from __future__ import annotations

from tandem.forms.definition import Condition, Definition, Item
from tandem.forms.faults import Fault

_ORDERED = {"integer", "decimal", "date", "dateTime", "time"}


def structure_faults(definition: Definition) -> list[Fault]:
    """Every fault between the items of a definition whose items each read well."""
    faults: list[Fault] = []
    seen: set[str] = set()
    for item, _ in definition.walk():
        if item.link_id in seen:
            faults.append(
                Fault(item.link_id, f"The id {item.link_id} stands twice; each id stands once.")
            )
        seen.add(item.link_id)
    if faults:
        return faults
    items = definition.by_id()
    for item, _ in definition.walk():
        faults.extend(_item_faults(item))
        for condition in item.conditions:
            faults.extend(_condition_faults(item, condition, items.get(condition.question)))
    return faults or _circle_faults(definition)


def _item_faults(item: Item) -> list[Fault]:
    faults = []
    if item.repeats and item.kind != "choice":
        faults.append(
            Fault(item.link_id, f"Only a choice may have several answers: item {item.link_id}.")
        )
    if item.required and not item.asks:
        faults.append(
            Fault(item.link_id, f"Item {item.link_id} asks nothing and cannot be required.")
        )
    if item.prefill and not item.asks:
        faults.append(
            Fault(item.link_id, f"Item {item.link_id} asks nothing and cannot be prefilled.")
        )
    return faults


def _condition_faults(item: Item, condition: Condition, question: Item | None) -> list[Fault]:
    def fault(sentence: str) -> list[Fault]:
        return [Fault(item.link_id, sentence)]

    here, asked = item.link_id, condition.question
    if question is None:
        return fault(f"Item {here} depends on {asked}, which is not in the form.")
    if not question.asks:
        return fault(f"Item {here} depends on {asked}, which asks nothing.")
    if condition.operator == "exists":
        return (
            []
            if isinstance(condition.answer, bool)
            else fault(f"Whether {asked} was answered is true or false: item {here}.")
        )
    if not _fits(question, condition):
        return fault(f"Item {here} compares {asked} with an answer that it cannot have.")
    if condition.operator not in {"=", "!="} and question.kind not in _ORDERED:
        return fault(f"Item {here} asks whether {asked} is more or less; it has no order.")
    return []


def _fits(question: Item, condition: Condition) -> bool:
    answer = condition.answer
    if question.kind == "choice":
        return isinstance(answer, str) and question.option(answer) is not None
    if question.kind == "boolean":
        return isinstance(answer, bool)
    if isinstance(answer, bool):
        return False
    if question.kind in {"integer", "decimal"}:
        return not isinstance(answer, str)
    return isinstance(answer, str)


def settling_order(definition: Definition) -> tuple[list[str], dict[str, set[str]]]:
    """The ids in an order in which each can be decided, and those that wait for each other.

    An item waits for the questions of its conditions and for the group around it.
    """
    waits: dict[str, set[str]] = {}
    for item, around in definition.walk():
        waits[item.link_id] = {condition.question for condition in item.conditions}
        if around:
            waits[item.link_id].add(around[-1].link_id)
    order: list[str] = []
    decided: set[str] = set()
    while True:
        ready = [link for link, wanted in waits.items() if wanted <= decided]
        if not ready:
            return order, waits
        order.extend(ready)
        decided.update(ready)
        for link in ready:
            del waits[link]


def _circle_faults(definition: Definition) -> list[Fault]:
    waits = settling_order(definition)[1]
    if not waits:
        return []
    circle = _circle(next(iter(waits)), waits)
    sentence = "These items wait for each other and none is ever asked: " + ", ".join(circle) + "."
    return [Fault(circle[0], sentence)]


def _circle(start: str, waits: dict[str, set[str]]) -> list[str]:
    path = [start]
    while True:
        following = min(waits[path[-1]] & waits.keys())
        if following in path:
            return path[path.index(following) :]
        path.append(following)
