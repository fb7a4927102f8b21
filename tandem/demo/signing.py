"""Signs a persona in through the real pages and hands over the cookies; on a demo folder only."""

from tandem.demo.browser import Browser
from tandem.demo.personas import NotADemo, read_personas
from tandem.kernel.instance import Instance, ServerMissing


class NotSignedIn(Exception):
    """The running product refused the persona; the message says what it said."""


def sign_in(instance: Instance, persona: str) -> dict[str, object]:
    """`{"url", "cookies"}` of a browser that has given both factors."""
    found = next((one for one in read_personas(instance) if one.persona == persona), None)
    if found is None:
        raise NotADemo(f"No persona is called {persona!r}: `tandem demo personas` lists them.")
    url = instance.read_state().get("url")
    if not (url and instance.is_supervised()):
        raise ServerMissing("Nothing runs here: start it with `make demo`.")
    browser = Browser(url)
    try:
        page = browser.sign_in(found.username, found.password, found.totp_secret)
    except OSError as silence:
        raise ServerMissing(f"Nothing answers at {url} yet.") from silence
    if page.status != 200 or page.url.startswith("/sign-in/"):  # noqa: PLR2004
        raise NotSignedIn(f"{persona} could not sign in: {page.status} at {page.url}.")
    return {"url": f"{url}{page.url}", "cookies": browser.cookies}
