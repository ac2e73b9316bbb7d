"""One machine, one command: the embedded PostgreSQL and the processes of Comptoir.

Only the command line imports this package.
"""

from comptoir.supervisor.binaries import Binaries, Source, find
from comptoir.supervisor.cluster import Cluster, to_stderr
from comptoir.supervisor.doctor import Finding, Level, diagnose, vault_keys
from comptoir.supervisor.processes import Program
from comptoir.supervisor.running import LOGS, database, environment, up
from comptoir.supervisor.trouble import (
    AlreadyRunning,
    DatabaseFailed,
    HomeUnusable,
    NoPostgres,
    PortTaken,
    Trouble,
    WrongVersion,
)

__all__ = [
    "LOGS",
    "AlreadyRunning",
    "Binaries",
    "Cluster",
    "DatabaseFailed",
    "Finding",
    "HomeUnusable",
    "Level",
    "NoPostgres",
    "PortTaken",
    "Program",
    "Source",
    "Trouble",
    "WrongVersion",
    "database",
    "diagnose",
    "environment",
    "find",
    "to_stderr",
    "up",
    "vault_keys",
]
