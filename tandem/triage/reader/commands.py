"""`tandem triage explain`: one text read, with the phrases that the score rests on."""

import argparse
import json
import os
import sys
from pathlib import Path

DONE, WRONG_USAGE = 0, 2
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


def register(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `explain` to the verbs of `tandem triage`."""
    explain = verbs.add_parser("explain", help="read one text and say what the score rests on")
    explain.add_argument("text", help="the text itself, or - for standard input")
    explain.add_argument("--tables", type=Path, help="a center's own code table, TOML")
    explain.add_argument("--json", action="store_true", help="print one JSON object")
    explain.set_defaults(handler=explain_text)


def explain_text(args: argparse.Namespace) -> int:
    """Read the text; exit 2 with one sentence where it or the code table cannot be used."""
    from tandem.triage.reader.language import too_long
    from tandem.triage.reader.lexicon import LexiconError
    from tandem.triage.reader.reading import read
    from tandem.triage.reader.tables import CodeTable

    raw = sys.stdin.buffer.read() if args.text == "-" else os.fsencode(args.text)
    text, encoding = decoded(raw)
    refusal = too_long(text)
    if refusal:
        print(f"Nothing was read: {refusal}.", file=sys.stderr)
        return WRONG_USAGE
    try:
        tables = CodeTable.load(args.tables) if args.tables else None
    except LexiconError as error:
        print(error, file=sys.stderr)
        return WRONG_USAGE
    if encoding != "utf-8":
        print(f"The text is not UTF-8 and was read as {encoding}.", file=sys.stderr)
    reading = read(text, tables)
    if args.json:
        print(json.dumps(reading.as_json(), ensure_ascii=False))
        return DONE
    for sentence in reading.unknown:
        print(sentence)
    if reading.score is not None:
        print(f"score {reading.score:.2f}")
    for piece in reading.evidence:
        about = [piece.who, piece.when]
        about += ["denied"] if piece.negated else []
        about += ["supposed"] if piece.hypothetical else []
        print(f"  {piece.start}-{piece.end} {piece.text!r}: {piece.cue} ({', '.join(about)})")
    for cue in reading.safety:
        print(f"  possible {cue.cue}: {text[cue.start : cue.end]!r} at {cue.start}-{cue.end}")
    return DONE


def decoded(raw: bytes) -> tuple[str, str]:
    """The text and the encoding it was read in: a byte order mark, UTF-8, else cp1252.

    cp1252 leaves five bytes undefined; they become the replacement character.
    """
    for mark, encoding in _BOMS:
        if raw.startswith(mark):
            return raw.decode(encoding, errors="replace"), encoding
    try:
        return raw.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace"), "cp1252"
