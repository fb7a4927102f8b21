"""`tandem plan`: how many teams, when and where."""

import argparse

from tandem.planning import commands


def register(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `tandem plan` and its verbs."""
    plan = subparsers.add_parser("plan", help="how many teams, when and where")
    verbs = plan.add_subparsers(dest="plan_verb", required=True, metavar="VERB")
    commands.register(verbs)
