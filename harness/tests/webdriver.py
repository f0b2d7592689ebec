"""A browser for the tests: headless Chromium, driven by the W3C WebDriver protocol through chromedriver.

A client of our own: the few commands that are needed are a page of code, while Selenium brings a dozen
packages and a manager that downloads browsers.
"""

import base64
import json
import os
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

FLAGS = """
--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking
--disable-component-update --disable-sync --disable-dev-shm-usage --hide-scrollbars
""".split()
KEYS = {
    "ArrowLeft": "\ue012", "ArrowRight": "\ue014", "End": "\ue010", "Home": "\ue011", "Tab": "\ue004",
    "Enter": "\ue007",
}  # fmt: skip
PATIENCE = 200.0  # seconds for a state to come about, and for an answer: the machine may be busy
_ELEMENT = "element-6066-11e4-a52e-4f735466cecf"


def missing() -> str:
    """Why there can be no browser here, or nothing."""
    absent = [name for name in ("chromedriver", "chromium") if shutil.which(name) is None]
    return (
        f"no {' and no '.join(absent)}: apt-get install chromium chromium-driver" if absent else ""
    )


class Browser:
    """One session."""

    def __init__(self, url: str, profile: Path) -> None:
        options = {
            "args": [*FLAGS, f"--user-data-dir={profile}"],
            "binary": shutil.which("chromium"),
        }
        wanted = {"goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}
        self._url = url
        answer = self._ask("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})
        self._url = f"{url}/session/{answer['sessionId']}"

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._url + path, data, method=method)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise RuntimeError(error.read().decode(errors="replace")) from None

    def open(self, file: Path) -> None:
        """Loads a file and waits until it has been loaded."""
        self._ask("POST", "/url", {"url": file.absolute().as_uri()})

    def run(self, script: str, *arguments: Any) -> Any:
        """What a function body returns in the page."""
        return self._ask("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def until(self, script: str, wanted: Any) -> None:
        """Waits for an expression to have a value."""
        deadline = time.monotonic() + PATIENCE
        while (seen := self.run(f"return {script}")) != wanted:
            assert time.monotonic() < deadline, f"{script} is {seen!r}, not {wanted!r}"

    def press(self, *keys: str) -> None:
        """Types keys, by their names or characters, at whatever has the focus."""
        typed = [KEYS.get(key, key) for key in keys]
        actions = [{"type": kind, "value": k} for k in typed for kind in ("keyDown", "keyUp")]
        source = {"type": "key", "id": "keyboard", "actions": actions}
        self._ask("POST", "/actions", {"actions": [source]})

    def click(self, selector: str) -> None:
        """Clicks on an element, where a person would."""
        found = self._ask("POST", "/element", {"using": "css selector", "value": selector})
        self._ask("POST", f"/element/{found[_ELEMENT]}/click", {})

    def devtools(self, command: str, **parameters: Any) -> Any:
        """A command of Chromium's own protocol."""
        return self._ask("POST", "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def resize(self, width: int, height: int = 900) -> None:
        """The page's size in CSS pixels."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.devtools("Emulation.setDeviceMetricsOverride", **size)

    def scheme(self, name: str) -> None:
        """What the person prefers: light or dark."""
        feature = {"name": "prefers-color-scheme", "value": name}
        self.devtools("Emulation.setEmulatedMedia", features=[feature])

    def errors(self) -> list[str]:
        """What the console has complained of since the last time it was asked."""
        rows = self._ask("POST", "/se/log", {"type": "browser"})
        return [row["message"] for row in rows if row["level"] in ("SEVERE", "WARNING")]

    def picture(self, file: Path) -> None:
        """A screenshot."""
        file.write_bytes(base64.b64decode(self._ask("GET", "/screenshot")))

    def close(self) -> None:
        """Ends the session."""
        self._ask("DELETE", "")


@contextmanager
def browser(folder: Path) -> Iterator[Browser]:
    """A browser with a fresh profile in `folder`, ended with all its processes."""
    driver = subprocess.Popen(
        ["chromedriver", "--port=0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,  # so that it can be ended with the browser that it starts
    )
    try:
        session = Browser(f"http://127.0.0.1:{_port(driver)}", folder / "profile")
        try:
            yield session
        finally:
            session.close()
    finally:
        os.killpg(driver.pid, signal.SIGKILL)
        driver.communicate()


def _port(driver: "subprocess.Popen[str]") -> int:
    assert driver.stdout is not None
    for line in driver.stdout:
        if "started successfully on port" in line:
            return int(line.rstrip(".\n").rpartition(" ")[2])
    raise RuntimeError("chromedriver did not start")
