"""The boxes of a sandbox account's options, in the panels of merchant accounts."""

from typing import Any

import msgspec

from comptoir.kit.errors import Invalid


class FaultsUnreadable(Invalid):
    code = "faults_unreadable"
    title = "Faults are written like timeout_after=0.05, busy=0.01"


class OptionBoxes(msgspec.Struct):
    """Boxes left empty are the usual: they say how the gateway is unlike a good one."""

    sandbox: str = ""  # The panel showed these boxes.
    no_tokens: bool = False
    forgets_keys: bool = False
    real_delays: bool = False
    seed: str = ""
    faults: str = ""

    def options(self) -> dict[str, Any]:
        made: dict[str, Any] = {
            "tokens": not self.no_tokens,
            "honours_keys": not self.forgets_keys,
            "real_delays": self.real_delays,
            "faults": dict(_fault(part) for part in self.faults.split(",") if part.strip()),
        }
        return made | ({"seed": _seed(self.seed)} if self.seed.strip() else {})


def _seed(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise Invalid("The seed is a whole number", field="seed") from None


def _fault(part: str) -> tuple[str, float]:
    name, _, rate = part.partition("=")
    try:
        return name.strip(), float(rate)
    except ValueError:
        raise FaultsUnreadable(field="faults") from None
