"""Pictures of every page, in both themes, wide and narrow, into ./shots: `make shots`.

A demo home is started in a temporary folder; `--address`, `--email`, `--password` and `--key`
(NUMBER:KEY of a shop, for payment pages) use one that runs already. Ends with 1
when axe objects to a page or when one is wider than a phone.
"""

import argparse
import asyncio
import base64
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.async_api import Browser, BrowserContext, Page, async_playwright

import payment_pages
from pages import PLACES

ROOT = Path(__file__).resolve().parent.parent
SHOTS = ROOT / "shots"
AXE = ROOT / "tests" / "journeys" / "vendor" / "axe" / "axe.min.js"
COMPTOIR = Path(sys.executable).with_name("comptoir")
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
THEMES = ("light", "dark")
WIDTHS = (1440, 390)
PHONE = 390
START_WITHIN = 180
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
# An open menu is looked at alone: what it half covers is looked at on the page without it.
LOOK = """async (tags) => {
  const menu = document.querySelector("details.drop[open] > .drop-menu");
  const found = await axe.run(menu || document, { runOnly: tags });
  const where = (v) => v.nodes.map((node) => node.target.join(" ")).join(", ");
  return found.violations.map((v) => `${v.id}: ${where(v)}`);
}"""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def demo_home() -> Iterator[tuple[str, str, str, str]]:
    """`comptoir up` in a folder of its own; address, the administrator's e-mail and password, and
    a shop's number and key.
    """
    home = Path(tempfile.mkdtemp(prefix="comptoir-shots-"))
    home.chmod(0o711)
    port = str(_free_port())
    environ = {**os.environ, "COMPTOIR_HOME": str(home), "COMPTOIR_PORT": port}
    log = (home / "up.log").open("wb")
    running = subprocess.Popen([COMPTOIR, "up"], env=environ, stdout=log, stderr=log)
    try:
        _wait(f"http://127.0.0.1:{port}/readyz", running, home / "up.log")
        known = json.loads(
            subprocess.check_output([COMPTOIR, "demo", "--json", "--sign-ins"], env=environ)
        )
        user = next(u for u in known["users"] if "administrator" in u["role"])
        shop = known["originators"][0]
        yield (
            f"http://127.0.0.1:{port}", user["email"], user["password"],
            f"{shop['number']}:{shop['api_key']}",
        )  # fmt: skip
    finally:
        running.terminate()
        running.wait(timeout=60)
        log.close()
        shutil.rmtree(home, ignore_errors=True)


def _wait(address: str, running: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(START_WITHIN * 2):
        if running.poll() is not None:
            raise SystemExit(f"comptoir up ended early:\n{log.read_text()[-2000:]}")
        try:
            with urllib.request.urlopen(address, timeout=2):  # noqa: S310  Our own server.
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.5)
    raise SystemExit("comptoir up did not become ready")


async def _enter(page: Page, address: str, email: str, password: str) -> None:
    await page.goto(f"{address}/office/sign-in")
    await page.locator("#f-email").fill(email)
    await page.locator("#f-password").fill(password)
    await page.locator("button[data-once]").click()
    await page.wait_for_url(re.compile(r"/office/(\?.*)?$"))


async def _context(browser: Browser, theme: str, width: int) -> BrowserContext:
    return await browser.new_context(
        viewport={"width": width, "height": 900 if width > PHONE else 844},
        color_scheme="dark" if theme == "dark" else "light",
        bypass_csp=True,
    )


async def _shoot(page: Page, name: str, theme: str, width: int) -> list[str]:
    """Take one picture; what is wrong with the page, if anything."""
    await page.screenshot(path=SHOTS / f"{name}-{theme}-{width}.png")
    sys.stdout.write(f"{name}-{theme}-{width}.png\n")
    wrong = []
    wide = await page.evaluate("document.documentElement.scrollWidth")
    if width == PHONE and wide > width:
        wrong.append(f"{name} {theme}: {wide} pixels wide on a phone")
    await page.evaluate(AXE.read_text())
    found = await page.evaluate(LOOK, TAGS)
    wrong.extend(f"{name} {theme} {width}: {text}" for text in found)
    return wrong


def _prepare(address: str, key: str, scene: payment_pages.Scene) -> str:
    """A payment as a shop prepares it; the link that its shopper gets."""
    body = {name: value for name, value in scene.body("A-1024").items() if value is not None}
    login = base64.b64encode(key.encode()).decode()
    asked = urllib.request.Request(  # noqa: S310  Our own server.
        f"{address}/payment/prepare", json.dumps(body).encode(),
        {"Authorization": f"Basic {login}"},
    )  # fmt: skip
    with urllib.request.urlopen(asked, timeout=30) as answer:  # noqa: S310
        return payment_pages.link(address, json.load(answer))


async def _payments(browser: Browser, address: str, key: str, only: str) -> list[str]:
    """The payment pages, each of a payment of its own."""
    wrong: list[str] = []
    for theme in THEMES:
        for width in WIDTHS:
            context = await _context(browser, theme, width)
            page = await context.new_page()
            for scene in payment_pages.named(only):
                await scene.show(page, await asyncio.to_thread(_prepare, address, key, scene))
                wrong += await _shoot(page, scene.name, theme, width)
            await context.close()
    return wrong


async def _all(address: str, email: str, password: str, key: str, only: str) -> list[str]:
    wrong: list[str] = []
    async with async_playwright() as player:
        browser = await player.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        for theme in THEMES:
            for width in WIDTHS:
                for stranger in (True, False):
                    context = await _context(browser, theme, width)
                    page = await context.new_page()
                    if not stranger:
                        await _enter(page, address, email, password)
                    for place in PLACES:
                        if place.stranger == stranger and only in place.name:
                            await place.show(page, address)
                            await page.wait_for_load_state("networkidle")
                            wrong += await _shoot(page, place.name, theme, width)
                    await context.close()
        if key:
            wrong += await _payments(browser, address, key, only)
        await browser.close()
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(description="Pictures of every page.")
    for name in ("address", "email", "password", "key", "only"):
        parser.add_argument(f"--{name}", default="")
    asked = parser.parse_args()
    SHOTS.mkdir(exist_ok=True)
    if asked.address:
        wrong = asyncio.run(_all(asked.address, asked.email, asked.password, asked.key, asked.only))
    else:
        with demo_home() as (address, email, password, key):
            wrong = asyncio.run(_all(address, email, password, key, asked.only))
    for line in wrong:
        sys.stderr.write(f"{line}\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
