"""One script tag in a web page, in a real browser."""

import http.server
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from support import Hub, eventually
from support.door import Door

SHOP = """<!doctype html><title>Shop</title>
<form id="signup">
  <input name="email" type="email" value="ada@example.com"> <input name="first_name" value="Ada">
  <input name="password" type="password" value="never-this-password"> <input name="pin" value="never-this-pin">
  <input name="card" value="4111 1111 1111 1111"> <input name="note" value="4111111111111111">
  <input type="hidden" name="csrf" value="never-this-token"> <input name="plain" value="kept">
  <input name="ignored" value="never-this-field" data-kith-ignore> <button>Go</button>
</form>
<form id="private" data-kith-ignore><input name="secret-form" value="never-this-form"></form>
<script src="{ingest}/v1/kith.js" data-write-key="{key}"{options}></script>
<script>
  addEventListener("submit", event => event.preventDefault());
  {script}
</script>"""

#: Before everything else: counts the events that were taken.
COUNT = """<script>
  const own = fetch; let taken = 0;
  window.fetch = async (url, options) => {
    const answer = await own(url, options);
    if (answer.ok) taken += JSON.parse(options.body).batch.length;
    return answer;
  };
</script>"""

STORY = """
  kith.track("Product Viewed", {sku: "a1", price: 2.5});
  signup.requestSubmit();
  document.getElementById("private").requestSubmit();
  history.pushState({}, "", "/cart?utm_source=mail");
  // What is still under way when a page is left is sent once more: here two pages, a track, and what comes of the form.
  const waiting = setInterval(() => {
    if (taken < 5) return;
    clearInterval(waiting);
    kith.identify("ada-1", {plan: "pro"});
    kith.group("acme");
    kith.track("Leaving");
    location.href = "/second";
  }, 20);
"""


class Site:
    """A web site of one page, and browsers that look at it."""

    def __init__(self, door: Door, profile: Path):
        self.door = door
        self.profile = profile
        self.pages: dict[str, str] = {}
        site = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                page = site.pages.get(self.path.partition("?")[0], "").encode()
                self.send_response(200 if page else 404)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.end_headers()
                self.wfile.write(page)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def put(self, path: str, script: str = "", options: str = "", ingest: str | None = None):
        page = SHOP.replace("{ingest}", ingest or self.door.hub.ingest).replace("{key}", self.door.key)
        self.pages[path] = page.replace("{options}", options).replace("{script}", script)

    def visit(self, path: str, until: Callable[[], Any]) -> Any:
        """Opens a page in a browser and closes it once there is what is waited for."""
        program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
        assert program, "a browser is missing: make test installs it"
        browser = subprocess.Popen(
            [program, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
             f"--user-data-dir={self.profile}", "--remote-debugging-port=0",
             f"http://127.0.0.1:{self.server.server_port}{path}"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            return eventually(until, 60, lambda: f"what the browser sends (so far {self.door.events()})")
        finally:
            browser.terminate()
            browser.wait(300)


@pytest.fixture(scope="module")
def shared(kith: Hub) -> Door:
    return Door(kith, "browser")


@pytest.fixture
def site(shared: Door, tmp_path: Path) -> Iterator[Site]:
    shared.forget()
    site = Site(shared, tmp_path / "browser")
    yield site
    site.server.shutdown()


def test_one_script_tag_tracks_a_page(site: Site):
    site.put("/", STORY)
    site.pages["/"] = COUNT + site.pages["/"]
    site.put("/second")
    door = site.door

    def everything() -> list[dict[str, Any]]:
        """Once the second page has been seen, and what the first one said on its way out is there."""
        events = door.events()
        is_there = any(path(event) == "/second" for event in events if event["type"] == "page")
        return events if is_there and any(event.get("name") == "Leaving" for event in events) else []

    events = site.visit("/", until=everything)
    assert len({event["messageId"] for event in events}) == len(events), "something was sent twice"
    by_type = {kind: [event for event in events if event["type"] == kind] for kind in ["page", "track", "identify", "group"]}
    assert [path(event) for event in by_type["page"]] == ["/", "/cart", "/second"]
    assert [event["name"] for event in by_type["track"]] == ["Product Viewed", "Form Submitted", "Leaving"]
    [anonymous] = {event["event"]["anonymousId"] for event in events}
    assert len(anonymous) == 36

    form = by_type["track"][1]["event"]["properties"]
    assert form == {"form": "signup", "fields": {"email": "ada@example.com", "first_name": "Ada", "plain": "kept"}}
    assert "never-this" not in str(events)
    assert "4111" not in str(events)

    signup, login = by_type["identify"]
    assert signup["event"]["traits"] == {"email": "ada@example.com", "first_name": "Ada"}
    assert (login["event"]["userId"], login["event"]["traits"]) == ("ada-1", {"plan": "pro"})
    assert by_type["group"][0]["event"]["groupId"] == "acme"
    assert {event["event"].get("userId") for event in events[-2:]} == {"ada-1"}, "the user is known on the next page"

    context = by_type["track"][2]["event"]["context"]
    assert context["library"]["name"] == "kith.js"
    assert context["campaign"] == {"source": "mail"}
    assert context["page"]["title"] == "Shop"
    assert all(event["sentAt"] and event["originalTimestamp"] for event in events)


def test_a_long_field_is_cut_between_characters(site: Site):
    site.put("/", 'signup.elements.plain.value = "x".repeat(499) + "\U0001f600"; signup.requestSubmit();')
    forms = lambda: [event["event"]["properties"] for event in site.door.events() if event.get("name") == "Form Submitted"]
    [form] = site.visit("/", until=forms)
    assert form["fields"]["plain"] == "x" * 499


def test_a_form_identifies_by_its_first_address_however_the_field_is_written(site: Site):
    fields = '<input name="Email" value="me@example.com"><input type="email" name="friend" value="you@example.com">'
    site.put("/", f"""document.body.insertAdjacentHTML("beforeend", '<form id="refer">{fields}</form>'); refer.requestSubmit();""")
    identified = lambda: [event["event"]["traits"] for event in site.door.events() if event["type"] == "identify"]
    assert site.visit("/", until=identified) == [{"email": "me@example.com"}]


def test_reset_makes_the_next_visitor_another(site: Site):
    site.put("/", 'kith.identify("ada-2"); kith.track("Before"); kith.reset(); kith.track("After"); kith.flush();')
    named = lambda: {event["name"]: event["event"] for event in site.door.events() if event["type"] == "track"}
    events = site.visit("/", until=lambda: found if len(found := named()) == 2 else None)
    assert events["Before"]["userId"] == "ada-2"
    assert events["After"].get("userId") is None
    assert events["After"]["anonymousId"] != events["Before"]["anonymousId"]


def test_a_page_that_may_store_nothing_still_knows_its_visitor(site: Site):
    refuse = '() => { throw new DOMException("", "SecurityError"); }'
    blocked = f"""
      Object.defineProperty(window, "localStorage", {{get: {refuse}}});
      Object.defineProperty(Document.prototype, "cookie", {{get: {refuse}, set: {refuse}}});"""
    site.put("/", 'kith.identify("ada-3"); kith.track("Bought");')
    site.pages["/"] = f"<script>{blocked}</script>" + site.pages["/"]
    by_name = lambda: {event.get("name", event["type"]): event["event"] for event in site.door.events()}
    events = site.visit("/", until=lambda: found if "Bought" in (found := by_name()) else None)
    assert (events["identify"]["userId"], events["Bought"]["userId"]) == ("ada-3", "ada-3")
    assert len({event["anonymousId"] for event in events.values()}) == 1


def test_calls_made_before_the_script_came_are_not_lost(site: Site):
    site.put("/", "")
    site.pages["/"] = '<script>kith = [["track", "Early", {a: 1}]];</script>' + site.pages["/"]
    site.visit("/", until=lambda: any(event["name"] == "Early" for event in site.door.events() if "name" in event))


def test_events_wait_while_ingest_cannot_be_reached(site: Site):
    """The page's own server stands for an ingest that fails twice; the events come through in the end, each once."""
    site.put("/", """
      const own = fetch; let calls = 0;
      window.fetch = (...all) => ++calls < 3 ? Promise.reject(new TypeError("offline")) : own(...all);
      kith.track("Patient");
    """)
    site.visit("/", until=lambda: [event for event in site.door.events() if event.get("name") == "Patient"])
    assert len([event for event in site.door.events() if event.get("name") == "Patient"]) == 1


def test_who_asks_not_to_be_tracked_is_not_when_the_page_says_so(site: Site):
    silent = 'Object.defineProperty(Navigator.prototype, "doNotTrack", {get: () => "1"});'
    site.put("/", 'kith.track("Never"); location.href = "/done";', options=" data-respect-dnt")
    site.pages["/"] = f"<script>{silent}</script>" + site.pages["/"]
    site.put("/done", options=' data-page="false"', script='kith.track("Done");')
    site.visit("/", until=lambda: any(event.get("name") == "Done" for event in site.door.events()))
    assert [event["name"] for event in site.door.events()] == ["Done"]


def test_the_script_is_small_and_is_fetched_again_only_when_it_changed(shared: Door):
    for address in ["/v1/kith.js", "/kith.js"]:
        answer = shared.get(address)
        assert answer.headers["content-type"].startswith("text/javascript")
        assert len(answer.body) < 6000
    assert shared.get("/v1/kith.js", If_None_Match=answer.headers["etag"]).status == 304


def path(event: dict[str, Any]) -> str:
    return event["event"]["properties"]["path"]
