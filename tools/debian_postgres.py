"""Runs a command against the distribution's PostgreSQL instead of the embedded one.

The server is new and lives as long as the command.

python tools/debian_postgres.py .venv/bin/pytest -q tests/ledger
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

LEAST = 15


def main(command: list[str]) -> int:
    """The exit code of the command, with DATABASE_URL set for it."""
    programs = newest()
    if programs is None:
        print(
            f"No PostgreSQL {LEAST} or newer of the distribution is installed (apt-get install postgresql).",
            file=sys.stderr,
        )
        return 1
    with tempfile.TemporaryDirectory(prefix="tradewind-pg-") as folder:
        owner = "postgres" if os.geteuid() == 0 else None
        if owner:
            shutil.chown(folder, owner)
        data = Path(folder) / "data"

        def run(*words: str | Path) -> None:
            subprocess.run(
                list(map(str, words)), user=owner, cwd=folder, check=True, stdout=subprocess.DEVNULL
            )

        run(
            programs / "initdb",
            "-D",
            data,
            "-U",
            "tradewind",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            "-N",
        )
        options = (
            f"-c listen_addresses= -c unix_socket_directories={folder} -c fsync=off -c max_connections=200"
        )
        Path(folder).chmod(0o755)
        run(programs / "pg_ctl", "-D", data, "-w", "-o", options, "-l", data / "log", "start")
        try:
            run(programs / "createdb", "-h", folder, "-U", "tradewind", "tradewind")
            environment = {**os.environ, "DATABASE_URL": f"postgresql://tradewind@/tradewind?host={folder}"}
            return subprocess.run(command, env=environment, check=False).returncode
        finally:
            run(programs / "pg_ctl", "-D", data, "-w", "-m", "immediate", "stop")


def newest() -> Path | None:
    """The folder of the newest PostgreSQL that Debian or Ubuntu have installed."""
    found = [p.parent for p in Path("/usr/lib/postgresql").glob("*/bin/initdb") if int(p.parts[-3]) >= LEAST]
    return max(found, key=lambda folder: int(folder.parts[-2]), default=None)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
