"""What no template may hold: inline code, a bare word; and every word has its Spanish."""

from __future__ import annotations

import dataclasses
import functools
import re
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.extract import extract
from babel.messages.pofile import read_po
from jinja2 import Environment

from .environment import make_environment
from .preview import all_contexts, render
from .shapes import ROOT, UI

TEMPLATES = sorted(UI.rglob("*.html"))
IDS = [str(path.relative_to(UI)) for path in TEMPLATES]
SAME_EVERYWHERE = {
    "Tandem",
    "English",
    "Español",
    "Ctrl Z",
    "F2",
    "F3",
    "F4",
    "J",
    "K",
    "A",
    "N",
    "ack",
    "stg",
    "min",
    "new",
    "s",
    "v",
    *("ack", "stg"),  # commands, the same in both languages
}
EXTRACTION = {"encoding": "utf-8", "newstyle_gettext": "true", "trimmed": "true"}
INLINE = re.compile(
    r"\sstyle\s*=|\son[a-z]+\s*=|<style|<script(?![^>]*\bsrc=)|javascript:|hx-on|hx-vals=['\"]js:",
    re.IGNORECASE,
)


@pytest.mark.parametrize("path", TEMPLATES, ids=IDS)
def test_template_holds_no_inline_code(path: Path) -> None:
    assert INLINE.search(path.read_text(encoding="utf-8")) is None


@pytest.mark.parametrize("name", sorted(all_contexts()))
def test_page_as_drawn_holds_no_inline_code(name: str) -> None:
    assert INLINE.search(render(name, all_contexts()[name], "en", "light")) is None


@pytest.mark.parametrize("name", sorted(all_contexts()))
def test_every_word_goes_through_gettext(name: str) -> None:
    """Drawn with a catalog that marks each sentence, no unmarked word of ours is left."""
    page = re.sub(r"&\w+;|&#\d+;", " ", drawn_with_marks(name))
    text = re.sub(r"<(script|template|noscript)\b.*?</\1>", " ", page, flags=re.DOTALL)
    while "⟦" in text:  # a sentence may hold another one
        text, inner = re.subn(r"⟦[^⟦⟧]*⟧", " ", text)
        assert inner
    attributes = re.findall(r'(?:aria-label|title|placeholder|alt)="([^"]*)"', text)
    ours = set(words_of_contexts(name)) | SAME_EVERYWHERE
    shown = re.sub(r"<[^>]*>", " ", text)
    left = {
        word for part in [shown, *attributes] for word in re.findall(r"[A-Za-zÀ-ÿ]{3,}", part)
    } - ours
    assert left == set()


@functools.cache
def marking() -> Environment:
    """An environment that puts every translated sentence between marks."""
    environment = make_environment("en", lambda path: f"/static/{path}")
    environment.install_gettext_callables(  # type: ignore[attr-defined]
        lambda text: f"⟦{text}⟧", lambda one, many, n: f"⟦{one if n == 1 else many}⟧", newstyle=True
    )
    return environment


def drawn_with_marks(name: str) -> str:
    """The page with every translated sentence between marks."""
    context = all_contexts()[name]
    frame = dataclasses.replace(context["chrome"])
    return (
        marking()
        .get_template(f"pages/{name.split('--', maxsplit=1)[0]}.html")
        .render({**context, "chrome": frame})
    )


def words_of_contexts(name: str) -> list[str]:
    """Words that came with the invented facts: names, places, typed text, keys, commands."""
    facts = repr(all_contexts()[name]).replace("\\n", " ")
    keys = "Enter Esc Ctrl Alt Shift cru1 2b18 clr off late"
    return re.findall(r"[A-Za-zÀ-ÿ]{3,}", facts + " " + keys + " doctype html")


def messages() -> list[str]:
    """Every sentence of the templates, as the extraction finds it."""
    found = []
    for path in TEMPLATES:
        source = BytesIO(path.read_bytes())
        for _line, message, _comments, _context in extract(
            "jinja2",
            source,
            options=EXTRACTION,
        ):
            found.append(message if isinstance(message, str) else message[0])
    return sorted(set(found))


def test_every_sentence_has_its_spanish() -> None:
    path = ROOT / "locale" / "es" / "LC_MESSAGES" / "django.po"
    with path.open("rb") as source:
        catalog = read_po(source, locale="es")
    missing = []
    for message in messages():
        entry = catalog.get(message)
        strings = (
            entry.string
            if entry and isinstance(entry.string, tuple | list)
            else [entry.string if entry else ""]
        )
        if not all(strings):
            missing.append(message)
    assert missing == []


def every_form(words: object) -> list[str]:
    """The singular and the plural, or the one form."""
    forms = words if isinstance(words, tuple | list) else [words]
    return [str(form or "") for form in forms]


def places(*texts: str) -> set[str]:
    """The placeholders in some texts."""
    return {place for text in texts for place in re.findall(r"%\(\w+\)s|\{\w+\}", text)}


def test_spanish_keeps_every_placeholder() -> None:
    path = ROOT / "locale" / "es" / "LC_MESSAGES" / "django.po"
    with path.open("rb") as source:
        catalog = read_po(source, locale="es")
    broken = []
    for entry in catalog:
        ids, strings = every_form(entry.id), every_form(entry.string)
        wanted = places(*ids)
        for string in strings:
            # The singular may say "one" without its number.
            if places(string) - wanted or wanted - {"%(num)s"} - places(string):
                broken.append(entry.id)
    assert broken == []


FIXED = {
    "No call is waiting.": "No hay llamadas en espera.",
    "Not acknowledged. Rung again at %(at)s.": "Sin confirmar. Se avisó otra vez a las %(at)s.",
    "Reported on this call, unverified": "Informado en esta llamada, sin verificar",
    "Officer first.": "Primero el agente.",
    "Crisis worker goes in on the officer's word.": (
        "El equipo de crisis entra cuando el agente lo indique."
    ),
    "Police record: crisis staff do not see this": (
        "Registro policial: el personal de crisis no lo ve"
    ),
    "Crisis record: police do not see this": "Registro de crisis: la policía no lo ve",
    "Saved on the server %(time)s": "Guardado en el servidor a las %(time)s",
    "You can clear now and finish later.": "Puede terminar ahora y completar después.",
    "No one can send you until you sign on.": "Nadie puede enviarle hasta que inicie su turno.",
    "As of {time}. Nothing below changes until the connection is back.": (
        "Datos de las {time}. Nada cambia hasta que vuelva la conexión."
    ),
    "What would patrol alone have done?": "¿Qué habría hecho la patrulla sola?",
}


@pytest.mark.parametrize(("english", "spanish"), FIXED.items())
def test_fixed_sentences_are_word_for_word(english: str, spanish: str) -> None:
    path = ROOT / "locale" / "es" / "LC_MESSAGES" / "django.po"
    with path.open("rb") as source:
        entry = read_po(source, locale="es").get(english)
    assert entry is not None
    assert entry.string == spanish


@pytest.mark.parametrize("name", sorted(all_contexts()))
def test_titles_name_nobody(name: str) -> None:
    title = re.search(r"<title>(.*?)</title>", render(name, all_contexts()[name], "en", "light"))
    assert title is not None
    for word in ("Corin", "Okafor", "Riverside", "Suicidal", "distress", "West Ave"):
        assert word not in title.group(1)


def test_a_row_of_the_desk_stays_small() -> None:
    """A full night is hundreds of rows for each of hundreds of desks."""
    full = all_contexts()["desk"]["desk"]
    many = dataclasses.replace(full, pending=full.pending * 20, detail=None)
    few = dataclasses.replace(full, pending=full.pending * 10, detail=None)
    sizes = [
        len(render("desk", {**all_contexts()["desk"], "desk": one}, "en", "light"))
        for one in (few, many)
    ]
    assert (sizes[1] - sizes[0]) / (len(many.pending) - len(few.pending)) < 1700
