"""The server's settings and the text of its access file: small, quiet, loopback only."""

from __future__ import annotations

__all__ = ["ACCESS_RULES", "INITDB_OPTIONS", "server_settings"]

INITDB_OPTIONS = (
    "--username=postgres",
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    # the server's own locale sorts alike on every machine
    "--locale-provider=builtin",
    "--locale=C.UTF-8",
    "--wal-segsize=4",
    "--no-instructions",
)

# written over what initdb makes: passwords everywhere, no replication
ACCESS_RULES = """\
# Written by Askwire at each start.
local all all scram-sha-256
host  all all 127.0.0.1/32 scram-sha-256
"""

_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_permissions": "0700",
    "password_encryption": "scram-sha-256",
    "max_connections": "60",
    "shared_buffers": "48MB",
    "work_mem": "8MB",
    "maintenance_work_mem": "32MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_replication_slots": "0",
    "max_logical_replication_workers": "0",
    "max_wal_size": "256MB",
    "min_wal_size": "16MB",
    # one process less for each; a demo waits for no disk
    "io_method": "sync",
    "autovacuum_max_workers": "1",
    # parallel plans would add processes and sum floating-point numbers in another order each time
    "max_parallel_workers_per_gather": "0",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_destination": "stderr",
    "logging_collector": "off",
    "log_min_messages": "warning",
}

_NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def server_settings(port: int, socket_folder: str | None, *, durable: bool) -> list[str]:
    """Return the server's arguments; a `socket_folder` of None means TCP alone."""
    quoted = '"' + socket_folder.replace('"', '""') + '"' if socket_folder else ""
    settings = _SETTINGS | {"port": str(port), "unix_socket_directories": quoted}
    if not durable:
        settings |= _NOT_DURABLE
    return [argument for name, value in settings.items() for argument in ("-c", f"{name}={value}")]
