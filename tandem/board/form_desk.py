"""Forms as the county changes them: what is in force, the draft, what differs, how it will look."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from tandem.board.forms import form_items, language_now
from tandem.charting.definitions import (
    code_of,
    definition_of,
    draft_of,
    form_in_force,
    forms_in_force,
    history_of,
)
from tandem.forms.asking import instrument_of
from tandem.forms.definition import Definition, Item
from tandem.forms.editing import changes
from tandem.kernel.shapes import EditedItem, FormEdit, FormLine, Option
from tandem.storage.standing import Standing


def _day(at: datetime) -> str:
    return date_format(timezone.localtime(at), "M j, Y")


def form_lines(standing: Standing, at: datetime) -> list[FormLine]:
    """Every form that may be changed; the words of an instrument are their owner's."""
    lines = []
    for definition in forms_in_force(standing, at):
        if instrument_of(definition.url) is not None:
            continue
        draft = draft_of(standing, definition.url)
        forced = next(iter(history_of(standing, definition.url)), None)
        lines.append(
            FormLine(
                title=definition.name(language_now()),
                url=reverse("board:form_edit", args=[code_of(definition.url)]),
                version=definition.version,
                questions=sum(
                    item.asks and not item.retired for item, _around in definition.walk()
                ),
                forced_by=forced.forced_by_name if forced else "",
                forced_on=_day(forced.forced_at) if forced else "",
                changing=draft.changed_by_name if draft else "",
            )
        )
    return lines


def form_edit_of(
    standing: Standing, url: str, at: datetime, typed: dict[str, str] | None = None
) -> FormEdit:
    """One form with its draft, or as it is in force."""
    old = form_in_force(standing, url, at)
    draft = draft_of(standing, url)
    shown = definition_of(draft) if draft else old
    code, language = code_of(url), language_now()
    return FormEdit(
        title=shown.name(language),
        version=old.version,
        url=reverse("board:form_edit", args=[code]),
        change_url=reverse("board:form_change", args=[code]),
        drop_url=reverse("board:form_drop", args=[code]),
        force_url=reverse("board:form_force", args=[code]),
        back_url=reverse("board:forms"),
        is_draft=draft is not None,
        items=[_line(item, len(around)) for item, around in shown.walk()],
        preview=form_items(shown, {}, known=True),
        groups=_groups(shown, language),
        changes=changes(old, shown, language),
        history=[
            FormLine(
                shown.name(language), "", one.version, 0, one.forced_by_name, _day(one.forced_at)
            )
            for one in history_of(standing, url)
        ],
        changed_by=draft.changed_by_name if draft else "",
        typed=typed or {},
    )


def _groups(definition: Definition, language: str) -> list[Option]:
    return [
        Option(item.link_id, item.label(language))
        for item, _around in definition.walk()
        if item.kind == "group" and not item.retired
    ]


def _line(item: Item, level: int) -> EditedItem:
    return EditedItem(
        key=item.link_id,
        kind=item.kind,
        text=item.text,
        text_es=item.text_es,
        level=level,
        required=item.required,
        asks=item.asks,
        retired=item.retired,
        conditional=bool(item.conditions),
        answers="; ".join(option.label(language_now()) for option in item.options),
    )
