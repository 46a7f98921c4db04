"""The pages: every link leads somewhere, and the commands of the page about queries work as they stand there."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from support import Hub, eventually
from support.hub import REPOSITORY

PAGES = sorted(path for pattern in ("*.md", "docs/*.md", "Services/**/README.md") for path in REPOSITORY.glob(pattern))
#: Somebody who meets what the page's searches ask for.
ADA = {"userId": "q-42", "messageId": "q-1", "traits": {
    "email": "ada@example.com", "name": "Ada Love", "phone": "+12015550123", "plan": "pro", "address": {"city": "Seoul"}}}


def without_blocks(text: str) -> str:
    return re.sub(r"^( *)```.*?^\1```", "", text, flags=re.DOTALL | re.MULTILINE)


def anchors(page: Path) -> set[str]:
    """What a link may name of a page: its headings, as GitHub writes them."""
    found: list[str] = []
    for heading in re.findall(r"^#+ (.+)$", without_blocks(page.read_text()), re.MULTILINE):
        found.append(re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-"))
    return {name if found[:place].count(name) == 0 else f"{name}-{found[:place].count(name)}" for place, name in enumerate(found)}


def links(page: Path) -> list[tuple[Path, str]]:
    """What a page leads to in this repository, each with the heading that is meant, if any."""
    found = [link.partition("#") for link in re.findall(r"\]\(([^)\s]+)\)", without_blocks(page.read_text()))
             if not link.startswith(("http://", "https://"))]
    return [((page.parent / path).resolve() if path else page, anchor) for path, _, anchor in found]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_every_link_leads_somewhere(page: Path):
    for target, anchor in links(page):
        assert target.exists(), target
        assert not anchor or anchor in anchors(target), (target, anchor)


def test_links_lead_from_the_first_page_to_every_other():
    reached, ahead = set(), [REPOSITORY / "README.md"]
    while ahead:
        page = ahead.pop()
        if page in PAGES and page not in reached:
            reached.add(page)
            ahead += [target for target, _ in links(page)]
    assert set(PAGES) - reached == set()


def commands() -> list[str]:
    """What the page about queries has to be pasted."""
    blocks = [block.strip() for block in (REPOSITORY / "docs" / "querying.md").read_text().split("```")[1::2]]
    return [block for block in blocks if block.startswith("curl ")]


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory):
    with Hub(tmp_path_factory.mktemp("pages") / "data") as hub:
        hub.send([{"type": "identify", **ADA},
                  {"type": "track", "userId": "q-42", "messageId": "q-2", "event": "Order Completed", "properties": {"total": 3}}])
        hub.settled()
        yield hub


@pytest.mark.parametrize("command", commands(), ids=lambda command: command.split("$API")[1].split()[0])
def test_what_the_page_about_queries_has_to_be_pasted_works(asked: Hub, tmp_path: Path, command: str):
    is_endless = "curl -N " in command
    command = command.replace("curl ", "exec curl -sSf " if is_endless else "curl -sSf --max-time 300 ", 1)
    output = tmp_path.parent / f"{tmp_path.name}.output"
    with open(output, "w") as file:
        asking = subprocess.Popen(["bash", "-c", command], cwd=tmp_path, stdout=file, stderr=file,
                                  env={**os.environ, "API": asked.profile, "KEY": asked.read_key})
    try:
        if is_endless:
            eventually(lambda: "event: profile" in output.read_text() or asking.poll() is not None, 60, output.read_text)
            assert asking.poll() is None, output.read_text()
        else:
            assert asking.wait(600) == 0, output.read_text()
    finally:
        asking.kill()
        asking.wait()
    files = [path.read_text() for path in tmp_path.iterdir()]
    said = "".join([output.read_text(), *files])
    assert "ada@example.com" in said or '"count":1' in said or "event: profile" in said or "Order Completed" in said, said
