"""The operator's words about phones: a new push key, and forgetting the old ones."""

from __future__ import annotations

import argparse
import json


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `tandem phones …`."""
    group = subparsers.add_parser("phones", help="how closed phones are told of assignments")
    verbs = group.add_subparsers(dest="phones_verb", required=True)
    rotate = verbs.add_parser("rotate-key", help="a new push key beside those that are there")
    rotate.add_argument("--drop", action="store_true", help="forget all but the newest instead")
    rotate.add_argument("--json", action="store_true", help="print one JSON object")
    rotate.set_defaults(handler=_rotate)


def _rotate(args: argparse.Namespace) -> int:
    from tandem.kernel.instance import Instance
    from tandem.paging.keys import drop_old_keys, keys_of, rotate_keys

    instance = Instance.find()
    keys_of(instance)
    dropped = drop_old_keys(instance) if args.drop else 0
    if not args.drop:
        rotate_keys(instance)
    kept = len(keys_of(instance).versions)
    if args.json:
        print(json.dumps({"keys": kept, "dropped": dropped}))
    elif args.drop:
        print(f"{dropped} older keys are forgotten: browsers that had them are told no more.")
    else:
        print("There is a new push key. Each browser takes it when its page is opened next.")
    return 0
