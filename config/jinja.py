"""What every template may call: addresses, files, words."""

from typing import Any

from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language, gettext, ngettext
from jinja2 import Environment

from tandem.kernel.shapes.drawn import DrawnRows, clock_digits


def url(name: str, *args: Any) -> str:
    """The address of a named page."""
    return reverse(name, args=args)


def environment(**options: Any) -> Environment:
    """Jinja2 with our words installed; autoescape is on."""
    env = Environment(**options)  # noqa: S701 (Django's backend asks for autoescape)
    env.globals.update(url=url, static=static, get_language=get_language)
    env.globals.update(clock_digits=clock_digits, kept_row=DrawnRows())
    env.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]
    return env
