"""Whether two written addresses mean one place, as far as spelling alone can tell. Plain Python.

Words and their standard forms: USPS Publication 28, appendix C1 (street suffixes), C2 (units) and
section 233 (directions).
"""

from tandem.people.matching import fold

_SUFFIXES = {
    "aly": "alley allee ally",
    "ave": "avenue av aven avenu avn avnue",
    "blvd": "boulevard boul boulv",
    "cir": "circle circ circl crcl crcle",
    "cres": "crescent crsent crsnt",
    "ct": "court",
    "cv": "cove",
    "dr": "drive driv drv",
    "expy": "expressway expr express expw",
    "fwy": "freeway freewy frway frwy",
    "hl": "hill",
    "hts": "heights ht",
    "hwy": "highway highwy hiway hiwy hway",
    "jct": "junction jction jctn junctn juncton",
    "ln": "lane",
    "pkwy": "parkway parkwy pkway pky",
    "pl": "place",
    "plz": "plaza plza",
    "pt": "point",
    "rd": "road",
    "rdg": "ridge rdge",
    "rte": "route",
    "sq": "square sqr sqre squ",
    "st": "street str strt",
    "ter": "terrace terr",
    "tpke": "turnpike trnpk turnpk",
    "trl": "trail",
    "vly": "valley vally vlly",
    "xing": "crossing crssng",
}
_UNITS = {"apt": "apartment", "bldg": "building", "fl": "floor", "rm": "room", "ste": "suite"}
_DIRECTIONS = {
    "n": "north",
    "s": "south",
    "e": "east",
    "w": "west",
    "ne": "northeast",
    "nw": "northwest",
    "se": "southeast",
    "sw": "southwest",
}


def _short(table: dict[str, str]) -> dict[str, str]:
    return {long: short for short, words in table.items() for long in words.split()}


_SHORT, _DIRECTION = _short(_SUFFIXES) | _short(_UNITS), _short(_DIRECTIONS)


def place_key(place: str) -> str:
    """The address as addresses are compared: `12 North Main Street` is `12 n main st`.

    A direction right before the last suffix is the street's name: East Street is not E Street.
    """
    words = [_SHORT.get(word, word) for word in fold(place).split()]
    last = max((at for at, word in enumerate(words) if word in _SUFFIXES), default=-1)
    key = [word if at + 1 == last else _DIRECTION.get(word, word) for at, word in enumerate(words)]
    return " ".join(key)[:200]
