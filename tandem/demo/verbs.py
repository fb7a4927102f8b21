"""The operator's words about the demonstration: who can be played, and the replay of calls."""

import argparse
import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tandem.demo.personas import Persona

DONE, CHECK_FAILED, WRONG_USAGE, NO_SERVER = 0, 1, 2, 3


def register(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `tandem demo …`."""
    demo = subparsers.add_parser("demo", help="the demonstration: cast and replayed calls")
    verbs = demo.add_subparsers(dest="demo_verb", required=True)
    personas = verbs.add_parser("personas", help="who can be played, with password and TOTP secret")
    personas.add_argument("--json", action="store_true", help="print one JSON array")
    personas.set_defaults(handler=show_personas)
    sign_in = verbs.add_parser("sign-in", help="sign a persona in and print the cookies")
    sign_in.add_argument("persona")
    sign_in.add_argument("--json", action="store_true", help="print one JSON object")
    sign_in.set_defaults(handler=run_sign_in)
    check = verbs.add_parser("check", help="play the story as each persona and judge it")
    check.set_defaults(handler=run_story)
    seed = verbs.add_parser("seed", help="put the cast into an empty database; repeatable")
    seed.set_defaults(handler=run_seed, needs_database=True)
    replay = verbs.add_parser("replay", help="post the demonstration's calls to the feed's door")
    replay.add_argument("--speed", default="1", help="1 is as it was, 60 an hour a minute, or max")
    replay.add_argument("--seed", type=int, help="draws the invented times and places")
    replay.add_argument("--limit", type=int, help="stop after this many messages")
    replay.add_argument("--fresh", action="store_true", help="begin again, with new call numbers")
    replay.add_argument("--url", help="another address than the running installation's")
    replay.add_argument("--json", action="store_true", help="print one JSON object at the end")
    replay.set_defaults(handler=run_replay)


def show_personas(args: argparse.Namespace) -> int:
    """Print how to sign in as each of the cast."""
    from tandem.demo.personas import NotADemo, read_personas
    from tandem.kernel.instance import Instance

    try:
        personas = read_personas(Instance.find())
    except NotADemo as refusal:
        return _say(refusal, WRONG_USAGE)
    if args.json:
        print(json.dumps([asdict(persona) for persona in personas], indent=2))
    else:
        _print_table(personas)
    return DONE


def run_sign_in(args: argparse.Namespace) -> int:
    """Print the address and the cookies of a signed-in browser."""
    from tandem.demo.personas import NotADemo
    from tandem.demo.signing import NotSignedIn, sign_in
    from tandem.kernel.instance import Instance

    try:
        found = sign_in(Instance.find(), args.persona)
    except NotADemo as refusal:
        return _say(refusal, WRONG_USAGE)
    except NotSignedIn as refusal:
        return _say(refusal, CHECK_FAILED)
    if args.json:
        print(json.dumps(found))
    else:
        cookies = found["cookies"]
        held = cookies if isinstance(cookies, dict) else {}
        print(found["url"], "; ".join(f"{name}={value}" for name, value in held.items()))
    return DONE


def run_story(args: argparse.Namespace) -> int:
    """Play the whole story on an installation of its own."""
    from tandem.demo.check import run_check
    from tandem.demo.throwaway import NotStarted

    print("Starting an installation of its own; it is gone afterwards…", file=sys.stderr)
    try:
        outcome = run_check()
    except NotStarted as refusal:
        return _say(refusal, NO_SERVER)
    print("\n".join(outcome.lines()))
    return DONE if outcome.ok else CHECK_FAILED


def run_seed(args: argparse.Namespace) -> int:
    """Put program, agencies, units and cast into the database."""
    from tandem.demo.seed import seed
    from tandem.kernel.instance import Instance

    seed(Instance.find())
    return DONE


def run_replay(args: argparse.Namespace) -> int:
    """Post the calls until the end, the limit, or Ctrl-C."""
    from tandem.demo import replay
    from tandem.demo.personas import NotADemo, feed_token
    from tandem.kernel.instance import Instance

    instance = Instance.find()
    seed = replay.DEFAULT_SEED if args.seed is None else args.seed
    try:
        speed = replay.read_speed(args.speed)
        token = feed_token(instance, replay.SOURCE)
    except (NotADemo, ValueError) as refusal:
        return _say(refusal, WRONG_USAGE)
    url = args.url or replay.address(instance)
    if url is None:
        return _say("Nothing runs here: start it with `make demo` or `tandem up`.", NO_SERVER)
    try:
        door = replay.Door(url, token)
        run = replay.Replay(instance, door, say=lambda words: print(words, file=sys.stderr))
    except replay.ReplayStopped as refusal:
        return _say(refusal, WRONG_USAGE)
    print("Demonstration: types and arrivals are real, everything else is drawn.", file=sys.stderr)
    try:
        if speed is None:
            run.history(seed=seed, fresh=args.fresh, limit=args.limit)
        else:
            run.live(seed=seed, speed=speed, fresh=args.fresh, limit=args.limit)
    except KeyboardInterrupt:
        print("Stopped; the next run goes on from here.", file=sys.stderr)
    except replay.ReplayStopped as refusal:
        return _say(refusal, CHECK_FAILED)
    except replay.NobodyAnswers as silence:
        return _say(silence, NO_SERVER)
    _print_tally(run.tally.as_json(), as_json=args.json)
    return DONE


def _say(sentence: object, code: int) -> int:
    print(sentence, file=sys.stderr)
    return code


def _print_tally(tally: "dict[str, object]", *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(tally))
    else:
        print(", ".join(f"{word} {count}" for word, count in tally.items()))


def _print_table(personas: "list[Persona]") -> None:
    import pyotp

    print(
        f"{'PERSONA':18} {'NAME':20} {'AT':5} {'ROLE':5} {'SIGNS IN AS':12}"
        f" {'PASSWORD':23}  {'CODE NOW':8}  TOTP SECRET"
    )
    for persona in personas:
        print(
            f"{persona.persona:18} {persona.name:20} {persona.agency:5} {persona.role:5}"
            f" {persona.username:12} {persona.password}"
            f"  {pyotp.TOTP(persona.totp_secret).now():8}  {persona.totp_secret}"
        )
