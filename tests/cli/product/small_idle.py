"""A program that only lives."""

import signal

signal.pause()
