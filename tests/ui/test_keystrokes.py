"""Both desks by keyboard alone: each act within its keystrokes, counted by the page itself."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from .contexts_desk import desk
from .live import World, serve_live
from .test_scripts import until

pytestmark = pytest.mark.browser
COUNT = """window.pressed = 0;
addEventListener('keydown', (event) => { if (!event.repeat) window.pressed += 1; }, true);"""
ASSIGN, STATUS, NOTE = 12, 8, 6
WORDS = "seen at the bridge"
CLOSE = "/board:close_numbered"  # as the preview names an address


@pytest.fixture
def world() -> World:
    """An invented server that writes down what it is asked."""
    return World(desk=desk()["desk"]["desk"])


@pytest.fixture
def page(chromium: Browser, world: World) -> Iterator[Page]:
    """A window that counts key presses, and no mouse."""
    server, address = serve_live(world)
    context = chromium.new_context(viewport={"width": 1366, "height": 900}, base_url=address)
    context.add_init_script(COUNT)
    yield context.new_page()
    world.open_stream = False
    context.close()
    server.shutdown()
    server.server_close()


def typed(page: Page, world: World, text: str) -> tuple[str, dict[str, str], int]:
    """What a command sent, and how many keys it took."""
    before, acts = page.evaluate("window.pressed"), len(world.acts)
    page.keyboard.type(text)
    page.keyboard.press("Enter")
    until(lambda: len(world.acts) > acts)
    path, fields = world.acts[-1]
    sent = {name: value for name, value in fields.items() if name not in ("act_id",)}
    sent.pop("csrfmiddlewaretoken", None)
    return path, sent, page.evaluate("window.pressed") - before


def test_dispatch_assigns_sets_a_status_and_notes(page: Page, world: World) -> None:
    page.goto("/en/dark/desk")
    path, fields, keys = typed(page, world, "as 417 cru1")
    assert (path, fields) == ("/desk/k0417/assign/", {"unit": "CRU 1"})
    assert keys <= ASSIGN
    for text in ("er 405", "er 2b18", "clr 405", "cl 2b18", "ak 2b18", "clr b18", "ack 18"):
        path, fields, keys = typed(page, world, text)
        assert path == "/desk/k0405/status/"
        assert fields["unit"] == "2B18"
        assert keys <= STATUS
    path, fields, keys = typed(page, world, f"n417 {WORDS}")
    assert (path, fields) == ("/desk/k0417/note/", {"text": WORDS})
    assert keys - len(WORDS) <= NOTE
    # A call that its units left is in no list; one whose row is there is closed by its key.
    assert typed(page, world, "c 377 all well")[:2] == (
        CLOSE,
        {"number": "377", "text": "all well"},
    )
    assert typed(page, world, "c 417")[0] == "/desk/k0417/close/"
    assert unnamed(page, "command") == set()


def test_an_ending_that_two_units_share_is_none(page: Page, world: World) -> None:
    page.goto("/en/dark/desk")
    page.keyboard.type("er 2")
    page.keyboard.press("Enter")
    expect(page.locator("#command-error")).to_contain_text("No unit on duty has that name")
    assert world.acts == []


def unnamed(page: Page, script: str) -> set[str]:
    """Verbs that the command line reads and the help overlay does not name."""
    read = f"import('/static/ui/js/lib/{script}.js').then(script => script.VERBS)"
    named = " ".join(page.locator("[data-keys-dialog] code").all_text_contents()).split()
    return set(page.evaluate(read)) - set(named)


def test_a_verb_that_the_overlay_leaves_out_is_found(page: Page) -> None:
    page.goto("/en/dark/desk")
    page.locator("[data-keys-dialog] code").evaluate_all(
        "all => { for (const one of all) one.textContent = one.textContent.replace('vt', ''); }"
    )
    assert unnamed(page, "command") == {"vt"}


def test_the_crisis_desk_sends_sets_a_status_notes_and_answers(page: Page, world: World) -> None:
    page.goto("/en/dark/crisis_desk")
    path, fields, keys = typed(page, world, "as 412 mc1")
    assert (path, fields) == ("/accept", {"worker": "w0"})
    assert keys <= ASSIGN
    for text in ("er mc2", "at 406", "clr 406"):
        path, fields, keys = typed(page, world, text)
        assert (path, fields["unit"]) == ("/status", "MC 2")
        assert keys <= STATUS
    contact = page.locator("[data-contact]").first
    number = str(int(contact.get_attribute("data-number") or "0"))
    path, fields, keys = typed(page, world, f"n{number} {WORDS}")
    assert fields == {"kind": "note", "result": "noted", "words": WORDS}
    assert keys - len(WORDS) <= NOTE
    assert typed(page, world, "d 412")[:2] == ("/decline", {})
    counters = {
        "ct 412 ph": {"kind": "phone", "at": "", "place": ""},
        "ct 412 lt 330": {"kind": "later", "at": "03:30", "place": ""},
        "ct 412 mt Hixon Forest": {"kind": "meet", "at": "", "place": "Hixon Forest"},
    }
    for text, offer in counters.items():
        assert typed(page, world, text)[:2] == ("/counter", offer)
    assert unnamed(page, "crisis_command") == set()
    told = {"who": "vang", "change": "sick", "unit": ""}
    assert typed(page, world, "sk vang")[:2] == ("/presence", told)


def test_the_crisis_desk_is_walked_answered_and_undone_without_a_mouse(
    page: Page, world: World
) -> None:
    page.goto("/en/dark/crisis_desk")
    page.keyboard.press("j")
    expect(page.locator("[data-request]").first).to_be_focused()
    page.keyboard.press("j")
    expect(page.locator("[data-request]").nth(1)).to_be_focused()
    page.keyboard.press("y")
    until(lambda: [path for path, _ in world.acts] == ["/accept"])
    expect(page.locator("#said [data-undo]")).to_be_visible()
    page.keyboard.press("Control+z")
    until(lambda: [path for path, _ in world.acts] == ["/accept", "/undo/2"])
    page.keyboard.press("?")
    expect(page.locator("[data-keys-dialog]")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("F3")
    expect(page.locator("[data-contact]").first).to_be_focused()
    page.keyboard.press("/")
    page.keyboard.type("as 412 m")
    expect(page.locator("#command-list [role=option]")).to_have_count(1)
    page.keyboard.press("Tab")
    expect(page.locator("#command")).to_have_value("as 412 mc1")
    page.keyboard.press("Escape")
    page.locator("#command").fill("")
    page.keyboard.type("nonsense")
    page.keyboard.press("Enter")
    expect(page.locator("#command-error")).not_to_be_empty()
    expect(page.locator("#command")).to_have_value("nonsense")


def test_history_brings_back_what_was_sent(page: Page, world: World) -> None:
    page.goto("/en/dark/crisis_desk")
    typed(page, world, "d 412")
    expect(page.locator("#said [data-undo]")).to_be_visible()
    page.keyboard.press("ArrowUp")
    expect(page.locator("#command")).to_have_value("d 412")
