"""A Jinja2 environment like the product's own, but strict, so that no template guesses."""

from __future__ import annotations

import functools
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from tandem.kernel.shapes.drawn import DrawnRows, clock_digits

from .shapes import ROOT, UI


def translations(lang: str) -> NullTranslations:
    """The catalog of a language, straight from its .po file; English is the source."""
    path = ROOT / "locale" / lang / "LC_MESSAGES" / "django.po"
    if lang == "en" or not path.exists():
        return NullTranslations()
    compiled = BytesIO()
    with path.open("rb") as source:
        write_mo(compiled, read_po(source, locale=lang))
    compiled.seek(0)
    return Translations(compiled)


def make_environment(lang: str, static: Callable[[str], str]) -> Environment:
    """The environment of one language; `static` says where a file is served."""
    environment = Environment(
        loader=FileSystemLoader(UI),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
    )
    catalog = translations(lang)
    environment.install_gettext_translations(catalog, newstyle=True)  # type: ignore[attr-defined]
    environment.globals.update(
        static=static,
        url=lambda name, *args: "/" + "/".join([name, *map(str, args)]),
        csrf_input=Markup('<input type="hidden" name="csrfmiddlewaretoken" value="preview">'),
        csrf_token="preview",
        clock_digits=clock_digits,
        kept_row=DrawnRows(),
    )
    return environment


@functools.cache
def kept_environment(lang: str, static: Callable[[str], str]) -> Environment:
    """The same, made once and not to be changed: reading a catalog takes longer than a page."""
    return make_environment(lang, static)


def page_path(name: str) -> Path:
    """Where a template's file is."""
    return UI / name
