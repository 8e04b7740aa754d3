"""Options of the embedded PostgreSQL for this machine."""

import os
from pathlib import Path

import psutil

from tradewind.core.postgres_place import Place

MB = 1024 * 1024


def memory() -> int:
    """Bytes of memory that we may count with: that of the machine, or of the container (cgroup v2, v1) if it
    is less."""
    total = int(psutil.virtual_memory().total)
    for file in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            total = min(total, int(Path(file).read_text(encoding="ascii")))
        except (OSError, ValueError):
            continue
    return total


def options(place: Place, *, durable: bool, port: int) -> dict[str, str]:
    """Server options. Memory: an eighth for shared buffers, as web, workers and the system live on the same
    machine."""
    total = memory()
    chosen = {
        "port": str(port),
        "listen_addresses": "",
        "unix_socket_directories": str(place.sockets),
        "max_connections": "200",
        "shared_buffers": f"{_between(total // 8, 64, 4096)}MB",
        "effective_cache_size": f"{_between(total // 2, 128, 65536)}MB",
        "maintenance_work_mem": f"{_between(total // 32, 32, 512)}MB",
        "work_mem": "16MB",
        "random_page_cost": "1.1",
        "jit": "off",
        "wal_compression": "on",
        "min_wal_size": "128MB",
        "max_wal_size": "2GB",
        "checkpoint_timeout": "15min",
        # Queues are updated all the time: small, frequent vacuums keep them short.
        "autovacuum_naptime": "20s",
        "autovacuum_vacuum_scale_factor": "0.05",
        "autovacuum_vacuum_cost_limit": "1000",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_checkpoints": "off",
        "log_lock_waits": "on",
    }
    if _small_shared_memory():
        chosen["dynamic_shared_memory_type"] = "mmap"
    if not durable:
        chosen |= {
            "fsync": "off",
            "full_page_writes": "off",
            "synchronous_commit": "off",
            "shared_buffers": "128MB",
            "autovacuum_naptime": "1min",
        }
    return chosen


def _between(size: int, least: int, most: int) -> int:
    return max(least, min(most, size // MB))


def _small_shared_memory() -> bool:
    """Containers often get 64 MB of /dev/shm, too little for parallel queries."""
    try:
        room = os.statvfs("/dev/shm")  # noqa: S108
    except OSError:
        return True
    return room.f_frsize * room.f_blocks < 256 * MB
