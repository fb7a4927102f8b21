"""One machine, loopback only: what `make demo` and a first look use."""

from config.settings.base import *  # noqa: F403
