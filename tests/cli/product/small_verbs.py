"""The one verb that the supervisor calls before it serves."""

import argparse


def register(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `db setup`, which has nothing to do here."""
    verbs = subparsers.add_parser("db").add_subparsers(required=True)
    verbs.add_parser("setup").set_defaults(handler=lambda _: 0)
