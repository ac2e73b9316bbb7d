"""A sandbox account on a real database, and the engine wired to the simulator."""

from collections.abc import Callable
from typing import Any

import pytest
from litestar import Litestar

from comptoir import gateways
from comptoir.kit import ids


@pytest.fixture(scope="session")
def gateway(app: Litestar, database: str) -> str:
    """The simulator, running since the application is there."""
    return database


@pytest.fixture
def an_account(gateway: str) -> Callable[..., gateways.AccountContext]:
    """Makes accounts, each of a company of its own, with the options given."""

    def make(**options: Any) -> gateways.AccountContext:
        return gateways.AccountContext(
            company_id=ids.new(),
            account_id=ids.new(),
            connector="sandbox",
            credentials={"api_key": "sandbox-key-of-the-tests", "webhook_secret": "whisper-one"},
            live=False,
            options=options,
        )

    return make


@pytest.fixture
def account(an_account: Callable[..., gateways.AccountContext]) -> gateways.AccountContext:
    return an_account()
