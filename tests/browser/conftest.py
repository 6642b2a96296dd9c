# SPDX-License-Identifier: GPL-3.0-or-later
"""A real browser without a network, and the pages it opens from disk."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright
from siak_backup.agenda.missed import Expected
from siak_backup.agenda.period import Period
from siak_backup.status.page import write_page
from siak_backup.status.settings import StatusSettings
from status_nights import ASSETS, NOW, SOP, offices

_ARGUMENTS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
)  # fmt: skip

Maker = Callable[..., Path]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    absent = pytest.mark.skip(reason="the status page's tests need chromium (Debian package chromium)")
    for item in items:
        if here in item.path.parents and shutil.which("chromium") is None:
            item.add_marker(absent)


# Not longer than a module: while Playwright's loop runs in this thread, no other test can run one of its own.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=list(_ARGUMENTS))
        yield found
        found.close()


@dataclass
class Opened:
    """A page that a browser has opened, with all that it asked for or complained of."""

    page: Page
    address: str
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


Opener = Callable[..., Opened]


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Opener]:
    """Open a file as a person would; at the end nothing was fetched and nothing complained of."""
    contexts: list[BrowserContext] = []
    opened: list[Opened] = []

    def opening(path: Path, *, width: int = 1440, height: int = 900, hash_: str = "", **options: object) -> Opened:
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        context.set_default_timeout(10_000)
        page = context.new_page()
        it = Opened(page, path.as_uri())
        opened.append(it)

        def asked(request: Request) -> None:
            it.requests.append(request.url)

        def said(message: ConsoleMessage) -> None:
            it.complaints.append(f"{message.type}: {message.text}")

        page.on("request", asked)
        page.on("console", said)
        page.on("pageerror", lambda error: it.complaints.append(str(error)))
        if options.get("java_script_enabled", True):
            page.clock.set_fixed_time(NOW)
        page.goto(it.address + hash_)
        return it

    yield opening
    for it in opened:
        assert it.complaints == []
        assert set(it.requests) == {it.address}
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def make_page(tmp_path_factory: pytest.TempPathFactory) -> Maker:
    """Write a page of some offices, or of a period and what is expected; each number of offices once."""
    made: dict[int, Path] = {}

    def making(
        count: int = 0, *, told: Period | None = None, wanted: tuple[Expected, ...] = (), **settings: object
    ) -> Path:
        if count in made and told is None and not settings:
            return made[count]
        if told is None:
            told, wanted = offices(count)
        path = tmp_path_factory.mktemp("status") / "status.html"
        write_page(
            path,
            period=told,
            older={},
            expected=wanted,
            sop=SOP,
            now=NOW,
            assets=ASSETS,
            settings=StatusSettings(**({"offsite_days": 7} | settings)),
        )
        if count and not settings:
            made[count] = path
        return path

    return making
