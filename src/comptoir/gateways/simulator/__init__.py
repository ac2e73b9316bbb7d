"""A fake gateway of our own: stateful, deterministic, strict, and troubled on request.

It proves screens and recovery, never another gateway's connector. `transport` is registered for
`sandbox://` addresses; everything else here is for wiring, pages and tests.
"""

from comptoir.gateways.simulator import acs
from comptoir.gateways.simulator.acts import transport
from comptoir.gateways.simulator.cards import (
    TEST_CARDS,
    NotATestCard,
    TestCard,
    check_test_number,
    code_of_amount,
    find_test_card,
)
from comptoir.gateways.simulator.choosing import LATER, choose, take_back
from comptoir.gateways.simulator.faults import NO_FAULT, Fault, fault_of_amount
from comptoir.gateways.simulator.notices import due_notifications
from comptoir.gateways.simulator.settlement import settlement_lines
from comptoir.gateways.simulator.store import charges, clear_script, close, connect, script

__all__ = [
    "LATER",
    "NO_FAULT",
    "TEST_CARDS",
    "Fault",
    "NotATestCard",
    "TestCard",
    "acs",
    "charges",
    "check_test_number",
    "choose",
    "clear_script",
    "close",
    "code_of_amount",
    "connect",
    "due_notifications",
    "fault_of_amount",
    "find_test_card",
    "script",
    "settlement_lines",
    "take_back",
    "transport",
]
