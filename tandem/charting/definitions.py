"""Which forms are in force, and each version as it was used."""

from __future__ import annotations

import json
from datetime import datetime

from django.utils import timezone

from tandem.charting.models import FormDraft, FormInForce, FormText
from tandem.forms.asking import INSTRUMENT_URL, form_of
from tandem.forms.definition import Definition
from tandem.forms.instruments import INSTRUMENTS
from tandem.forms.packs import pack_in_force
from tandem.forms.reading import read_document
from tandem.forms.shipped import CODES, shipped_form
from tandem.forms.writing import to_json
from tandem.kernel.instance import Instance
from tandem.kernel.refusals import NotFound
from tandem.privacy.acts import Trail
from tandem.storage.standing import Standing

FORM_URL = "urn:tandem:form:"


def url_of(code: str) -> str:
    """The address of a form or an instrument by the word in a page's address."""
    return f"{INSTRUMENT_URL}{code}" if code in INSTRUMENTS else f"{FORM_URL}{code}"


def code_of(url: str) -> str:
    """The word in a page's address."""
    return url.rsplit(":", 1)[-1]


def forms_in_force(standing: Standing, at: datetime) -> list[Definition]:
    """Every form that may be begun, in the order of the work; instruments that have words last."""
    newest = {
        row["url"]: row["version"]
        for row in FormInForce.objects.visible_to(standing)
        .order_by("forced_at")
        .values("url", "version")
    }
    found = []
    for code in CODES:
        url = f"{FORM_URL}{code}"
        changed = newest.get(url)
        found.append(kept_version(standing, url, changed) if changed else shipped_form(code))
    day = timezone.localtime(at).date()
    for code in INSTRUMENTS:
        pack = pack_in_force(Instance.find(), code, "en", day)
        if pack is not None:
            found.append(form_of(pack))
    return found


def form_in_force(standing: Standing, url: str, at: datetime) -> Definition:
    """The version with which a form is begun now; NotFound where there is none."""
    for definition in forms_in_force(standing, at):
        if definition.url == url:
            return definition
    raise NotFound


def kept_version(standing: Standing, url: str, version: str) -> Definition:
    """A version that something was filled in with, word for word as it was then."""
    texts = FormText.objects.visible_to(standing).filter(url=url, version=version)
    text = texts.values_list("definition", flat=True).first()
    if text is None:
        raise NotFound
    return read_document(json.loads(text))


def keep_version(trail: Trail, definition: Definition) -> None:
    """Keep the words of a version the first time that it is used."""
    doing = trail.doing
    FormText.objects.bulk_create(
        [
            FormText(
                program_id=doing.program_id,
                agency_id=doing.agency_id,
                url=definition.url,
                version=definition.version,
                definition=to_json(definition),
            )
        ],
        ignore_conflicts=True,
    )


def draft_of(standing: Standing, url: str) -> FormDraft | None:
    """The form as it is being changed, if somebody began."""
    return FormDraft.objects.visible_to(standing).filter(url=url, is_open=True).first()


def definition_of(draft: FormDraft) -> Definition:
    """What a draft holds."""
    return read_document(json.loads(draft.definition))


def history_of(standing: Standing, url: str) -> list[FormInForce]:
    """Which versions the county put in force, newest first."""
    return list(
        FormInForce.objects.visible_to(standing).filter(url=url).order_by("-forced_at")[:20]
    )
