"""The operator's words about the demonstration: `tandem demo personas`."""

import argparse
import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tandem.demo.personas import Persona

DONE, WRONG_USAGE = 0, 2


def register(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `tandem demo …`."""
    demo = subparsers.add_parser("demo", help="the demonstration: cast and replayed calls")
    verbs = demo.add_subparsers(dest="demo_verb", required=True)
    personas = verbs.add_parser("personas", help="who can be played, with password and TOTP secret")
    personas.add_argument("--json", action="store_true", help="print one JSON array")
    personas.set_defaults(handler=show_personas)


def show_personas(args: argparse.Namespace) -> int:
    """Print how to sign in as each of the cast."""
    from tandem.demo.personas import NotADemo, read_personas
    from tandem.kernel.instance import Instance

    try:
        personas = read_personas(Instance.find())
    except NotADemo as refusal:
        print(refusal, file=sys.stderr)
        return WRONG_USAGE
    if args.json:
        print(json.dumps([asdict(persona) for persona in personas], indent=2))
    else:
        _print_table(personas)
    return DONE


def _print_table(personas: "list[Persona]") -> None:
    for persona in personas:
        print(
            f"{persona.persona:18} {persona.name:20} {persona.agency:5} {persona.role:5}"
            f" {persona.username:12} {persona.password}  {persona.totp_secret}"
        )
