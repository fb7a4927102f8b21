"""A responder's page is closed: the phone is told, and shows the fixed words and nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable

from playwright.sync_api import expect

from tests.axe import broken
from tests.journeys.stage import Seat, Stage

Sit = Callable[..., Seat]
# The browser's own push service is not there in a test: it says what one of ours would say.
SUBSCRIBED = """(facts) => {
  PushManager.prototype.getSubscription = async () => null;
  PushManager.prototype.subscribe = async (how) => {
    window.asked = how;
    const { endpoint, p256dh, auth } = facts;
    return { toJSON: () => ({ endpoint, keys: { p256dh, auth } }) };
  };
}"""
# What is shown first: a browser without a tray may take it away again at once.
SHOWN = """async () => {
  const made = await navigator.serviceWorker.getRegistration('/static/ui/js/');
  const end = Date.now() + 15000;
  let shown = [];
  while (!shown.length && Date.now() < end) {
    shown = await made.getNotifications();
    await new Promise((done) => setTimeout(done, 10));
  }
  return shown.map((one) => [one.title, one.body, one.tag]);
}"""


def test_a_closed_page_is_told_of_an_assignment_in_fixed_words(stage: Stage, sit: Sit) -> None:
    phones = stage.product.phones
    stage.on_duty("2B31", "patrol-officer-2")
    seat = sit("patrol-officer-2", theme="dark")
    seat.context.grant_permissions(["notifications"])
    made = phones.browser()
    facts = {"endpoint": made.endpoint, "p256dh": made.p256dh, "auth": made.auth}
    seat.context.add_init_script(f"({SUBSCRIBED})({json.dumps(facts)})")
    page = seat.go("/duty/")
    expect(page.locator("[data-phone-state]")).to_contain_text("This device tells you")
    assert page.evaluate("window.asked.userVisibleOnly") is True
    expect(page.locator("[data-phone-off]")).to_be_visible()
    # What lies half behind the foot is scrolled to, not too small.
    whole = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": 360, "height": max(740, whole + 200)})
    assert broken(page) == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    # Nothing of a page is kept: the worker answers no request, and there is no cache.
    assert page.evaluate("navigator.serviceWorker.controller") is None
    assert page.evaluate("caches.keys()") == []
    page.goto("about:blank")
    call = stage.call()
    stage.browser("dispatcher").post(f"/desk/{call}/assign/", script=True, unit="2b31")
    assert phones.wait_for(lambda: bool(made.heard))
    assert made.heard == ['{"words": "New activity. Open to view."}']
    # What the push service read is what the browser's worker is given.
    page = seat.go("/my-calls/")
    tools = seat.context.new_cdp_session(page)
    found: list[str] = []
    tools.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda told: found.extend(one["registrationId"] for one in told["registrations"]),
    )
    tools.send("ServiceWorker.enable")
    page.wait_for_function("() => navigator.serviceWorker")
    assert found
    origin = stage.product.url
    tools.send(
        "ServiceWorker.deliverPushMessage",
        {"origin": origin, "registrationId": found[0], "data": made.heard[0]},
    )
    assert page.evaluate(SHOWN) == [["Tandem", "New activity. Open to view.", "tandem"]]
