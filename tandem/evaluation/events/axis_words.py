"""The words of each axis that measures know; a site's own are told of, never guessed at."""

from tandem.kernel.axes import AXES, UNKNOWN

# Words of other programs' exports, beside those that the product itself writes.
_ELSEWHERE = {
    "legal_status": ("protective_custody", "voluntary"),
    "destination": ("winnebago_mhi",),
}
# A referral is an event of its own in the event tables.
AXIS_WORDS: dict[str, tuple[str, ...]] = {
    code: (*(word for word in axis.values if word != UNKNOWN), *_ELSEWHERE.get(code, ()))
    for code, axis in AXES.items()
    if code != "referral"
}
