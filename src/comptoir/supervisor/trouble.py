"""What can go wrong on the way up. Each text names the thing and how to mend it."""


class Trouble(Exception):
    """Something that only a person can mend; its text says what and how."""


class HomeUnusable(Trouble):
    """The home folder is missing, belongs to somebody else or cannot be passed through."""


class AlreadyRunning(Trouble):
    """Another living process holds this home."""

    def __init__(self, text: str, pid: int | None, address: str | None) -> None:
        super().__init__(text)
        self.pid = pid
        self.address = address


class NoPostgres(Trouble):
    """No usable PostgreSQL was found on this machine."""


class WrongVersion(Trouble):
    """The data folder was made by a PostgreSQL that is not here."""


class DatabaseFailed(Trouble):
    """PostgreSQL ended, or stands still, before it took a connection."""


class PortTaken(Trouble):
    """Another program listens where Comptoir should."""
