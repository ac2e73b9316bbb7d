"""The connectors, one pure module each, found by name."""

from comptoir.gateways.connectors.sandbox import SANDBOX
from comptoir.gateways.contract import Connector, UnusableAccount

CONNECTORS: dict[str, Connector] = {connector.name: connector for connector in (SANDBOX,)}


def get_connector(name: str) -> Connector:
    """The connector of that name; raises `UnusableAccount` for one that is not built in."""
    connector = CONNECTORS.get(name)
    if connector is None:
        raise UnusableAccount("There is no connector of this name", connector=name)
    return connector
