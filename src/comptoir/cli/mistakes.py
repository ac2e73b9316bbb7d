"""What went wrong around a command, in one line that says what to do: a file, the database.

What is not told here is a bug, and its trace is wanted.
"""

import errno
import os
import socket

import asyncpg

_AWAY = (ConnectionError, TimeoutError, socket.gaierror)
_NO_WAY = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, None})
_SHUT = (
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.ClientConfigurationError,
)
_OLD = (
    asyncpg.UndefinedTableError,
    asyncpg.UndefinedColumnError,
    asyncpg.UndefinedFunctionError,
    asyncpg.UndefinedObjectError,
    asyncpg.InvalidParameterValueError,  # The role we work as is not there.
)
_REFUSED = (asyncpg.IntegrityConstraintViolationError, asyncpg.DataError)
_URLS = ("COMPTOIR_DATABASE_URL", "COMPTOIR_MIGRATE_URL")


def told(error: Exception) -> str | None:
    """The line for an expected error, or None."""
    if isinstance(error, _SHUT):
        return _no_database(error)
    if isinstance(error, _OLD):
        return f"The database is not up to date ({_first(error)}): comptoir migrate"
    if isinstance(error, _REFUSED):
        return f"The database refuses this, nothing was changed: {_first(error)}"
    if not isinstance(error, OSError):
        return None
    if error.filename is not None:
        return f"{os.fsdecode(error.filename)}: {_lower(error)}"
    if isinstance(error, _AWAY) or error.errno in _NO_WAY:
        return _no_database(error)
    return _lower(error)


def _no_database(error: Exception) -> str:
    given = " and ".join(name for name in _URLS if name in os.environ)
    mend = f"Check {given}; comptoir doctor" if given else "comptoir doctor"
    why = " ".join(str(error).split()) or type(error).__name__
    return f"The database does not answer: {why}. {mend} says more."


def _first(error: Exception) -> str:
    return str(error).partition("\n")[0]


def _lower(error: OSError) -> str:
    return (error.strerror or str(error) or type(error).__name__).lower()
