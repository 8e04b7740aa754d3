"""Where things live on this machine: the checkout (if we run from one), the data folder, a writable temporary
folder."""

import os
import secrets
import tempfile
from pathlib import Path

from tradewind.core import env

PACKAGE = Path(__file__).resolve().parents[1]


def checkout() -> Path | None:
    """The root of the source checkout we run from, or None when installed as a package."""
    root = PACKAGE.parents[1]
    return root if (root / "pyproject.toml").is_file() and PACKAGE.parent.name == "src" else None


def default_data_folder() -> Path:
    """`var` in a checkout, else `~/.local/share/tradewind` (XDG base directory specification)."""
    root = checkout()
    if root is not None:
        return root / "var"
    base = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(base) / "tradewind"


DATA: Path = env.path(
    "TRADEWIND_DATA",
    default_data_folder(),
    "Folder for everything that Tradewind keeps outside PostgreSQL: its secret key, uploads, the "
    "worker's journal, and the embedded database.",
    group="Storage",
    shown="`./var` in a checkout, else `~/.local/share/tradewind`",
)


def data_folder() -> Path:
    """The data folder, made if missing."""
    return made(DATA)


def made(folder: Path) -> Path:
    """`folder`, made if missing. Started by root, others may pass through it (not list it): the embedded
    database has its own account."""
    try:
        folder.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise env.EnvError(
            f"The folder {folder} cannot be made: {error.strerror}. Nothing was changed. "
            "Give this user the right to write there, or name another folder in TRADEWIND_DATA."
        ) from None
    return folder


def kept_secret(name: str, folder: Path | None = None) -> str:
    """The secret stored in `<folder>/<name>` (0600); made at random on the first call, safe against two first
    calls at once."""
    target = made(folder or DATA) / name
    if not target.exists():
        handle, draft = tempfile.mkstemp(dir=target.parent, prefix=f".{name}.")
        with os.fdopen(handle, "w", encoding="ascii") as stream:
            stream.write(secrets.token_urlsafe(48) + "\n")
            stream.flush()
            os.fsync(stream.fileno())
        try:
            os.link(draft, target)
        except FileExistsError:
            pass
        finally:
            os.unlink(draft)
    try:
        return target.read_text(encoding="ascii").strip()
    except PermissionError:
        raise env.EnvError(
            f"{target} cannot be read by this user. Run Tradewind as the user that owns {target.parent}."
        ) from None
