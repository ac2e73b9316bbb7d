"""What PostgreSQL is told: settings for a small machine, and who may connect how."""

import os
from pathlib import Path

MEGABYTE = 1024 * 1024
ASSUMED_MEMORY = 2048  # Megabytes, where the system does not say.

HBA = """\
# Written by Comptoir at every start. No TCP: the server listens on a Unix socket only.
local all postgres peer map=owner
local all all scram-sha-256
"""

CONFIG = """\
# Written by Comptoir at every start. Your own settings belong into own.conf beside this file.
listen_addresses = ''
port = 5432
unix_socket_directories = '{run}'
cluster_name = '{name}'
max_connections = 100
superuser_reserved_connections = 3

# A machine shared with the web and worker processes.
shared_buffers = {shared}MB
effective_cache_size = {cache}MB
work_mem = 16MB
maintenance_work_mem = 64MB
random_page_cost = 1.1
effective_io_concurrency = 16
jit = off

# No acknowledged commit is ever lost.
fsync = on
full_page_writes = on
synchronous_commit = on
wal_level = replica
min_wal_size = 128MB
max_wal_size = 2GB
checkpoint_timeout = 10min

timezone = 'UTC'
log_timezone = 'UTC'
lc_messages = 'C'

# A log for operators, by weekday, kept a week. No statement, parameter or row ever gets into it:
# a card number could be among them.
logging_collector = on
log_destination = 'stderr'
log_directory = '{log}'
log_filename = 'postgresql-%a.log'
log_file_mode = 0600
log_rotation_age = 1d
log_rotation_size = 0
log_truncate_on_rotation = on
log_line_prefix = '%m [%p] '
log_min_messages = warning
log_min_error_statement = panic
log_error_verbosity = terse
log_parameter_max_length = 0
log_parameter_max_length_on_error = 0
log_statement = 'none'
log_min_duration_statement = -1
log_min_duration_sample = -1
log_duration = off
log_connections = off
log_disconnections = off
log_checkpoints = off
debug_print_parse = off
debug_print_rewritten = off
debug_print_plan = off

include_if_exists 'own.conf'
"""

OWN = "# Your own settings of PostgreSQL; they win over comptoir.conf and are never overwritten.\n"


def config(run: Path, log: Path, name: str) -> str:
    """The text of comptoir.conf."""
    memory = _memory()
    return CONFIG.format(
        run=run,
        log=str(log).replace("'", "''"),
        name=name,
        shared=128 if memory < 3072 else 256,
        cache=memory // 2,
    )


def ident(user: str) -> str:
    """The text of pg_ident.conf: the owner of the home is the superuser, without a password."""
    quoted = user.replace('"', '""')
    return f'# Written by Comptoir at every start.\nowner "{quoted}" postgres\n'


def _memory() -> int:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // MEGABYTE
    except (OSError, ValueError):
        return ASSUMED_MEMORY
