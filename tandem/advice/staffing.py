"""Who counts as on: by sign-on, by the hours of a team, or always, as the rules say."""

from collections.abc import Callable, Collection

from tandem.kernel.advice import ALWAYS, SIGNED_ON, AdviceRules


def staffed_now(
    rules: AdviceRules, *, signed_on: Collection[str], works: Callable[[str], bool]
) -> frozenset[str]:
    """Everybody who can be advised: `signed_on` of patrol and the pair; does a team work now?"""
    return frozenset(
        who
        for who, how in rules.on
        if how == ALWAYS or (who in signed_on if how == SIGNED_ON else works(how))
    )
