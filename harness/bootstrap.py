"""Sets up a private environment in `.venv`, once, and runs the command line in it.

Guarantees: needs git's clone and a Python with `venv`, nothing else; uses only the standard
library. Set-up is skipped when it is up to date, and done again when it was interrupted, when
pyproject.toml changed, or when another Python asks. A `.venv` that this program did not make is
used, never deleted, unless it does not even run.
Assumptions: POSIX.
"""

import contextlib
import hashlib
import importlib.metadata
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

DISTRIBUTION = "systems-katas"
STAMP = ".made-by-harness"
UNFINISHED = "unfinished"
ANY_PYTHON = "KATA_ANY_PYTHON"  # set by tox, whose Python may be another than the person's
COMMAND = "KATA_COMMAND"
ENTERED = "KATA_ENTERED"  # the environment that was just entered: entering it again would never end


class SetUpError(Exception):
    """The set-up cannot go on; the text says why and what to do."""


def main(root: str) -> None:
    """Runs the command line here if this Python has all that it needs, else in `.venv`."""
    arguments = sys.argv[1:] or ["grade"]
    os.environ.setdefault(COMMAND, _as_typed())
    if _is_installed_here(Path(root)):
        from harness.cli import main as run

        os.environ.pop(ENTERED, None)
        sys.argv[1:] = arguments
        run()
    try:
        python = ensure(Path(root))
    except SetUpError as error:
        _say(f"kata: {error}")
        sys.exit(2)
    except KeyboardInterrupt:
        _say("\nStopped. The next run will begin the set-up again.")
        sys.exit(130)
    if os.environ.get(ENTERED) == str(python):
        sys.exit(
            f"kata: {python} was set up, and still lacks this project.\n"
            f"  try        rm -r {python.parent.parent}, then the same command again"
        )
    os.environ[ENTERED] = str(python)
    sys.stdout.flush()
    os.execv(python, [str(python), os.path.join(root, "harness"), *arguments])


def _as_typed() -> str:
    """What the person typed to start us, without the arguments: 'python3 harness'."""
    words = sys.orig_argv[: len(sys.orig_argv) - len(sys.argv) + 1]
    return " ".join(words)


def _is_installed_here(root: Path) -> bool:
    """Whether this very interpreter has this clone installed (`pip install -e .`)."""
    if sys.prefix == sys.base_prefix or not _links_to(root):
        return False
    ours = root / ".venv"
    return Path(sys.prefix) != ours or _is_ready(ours, _wanted(root))


def _links_to(root: Path) -> bool:
    """Whether a distribution of ours says that it was installed from here.

    The build leaves another one's metadata in the clone itself, which says nothing of the kind.
    """
    for found in importlib.metadata.distributions(name=DISTRIBUTION):
        text = found.read_text("direct_url.json")
        if text is not None and json.loads(text).get("url") == root.resolve().as_uri():
            return True
    return False


# -- the environment ---------------------------------------------------------------------------


def ensure(root: Path) -> Path:
    """Makes `.venv` if there is none that will do; the path of its Python."""
    place, wanted = root / ".venv", _wanted(root)
    if not _is_ready(place, wanted):
        _check_tools()
        with _alone(root):
            if not _is_ready(place, wanted):  # somebody else may just have made it
                _make(root, place, wanted)
    return _python(place)


def _python(place: Path) -> Path:
    return place / "bin" / "python"


def _version() -> str:
    return f"{sys.version_info.major}.{sys.version_info.minor}{sys.abiflags}"


def _wanted(root: Path) -> str:
    """What a finished environment's stamp says: for which files, where, and which Python."""
    described = hashlib.sha256((root / "pyproject.toml").read_bytes()).hexdigest()
    return f"{described} {root.resolve()} {_version()}"


def _is_ready(place: Path, wanted: str) -> bool:
    try:
        stamp = (place / STAMP).read_text(encoding="utf-8")
    except (OSError, ValueError):
        return False
    if os.environ.get(ANY_PYTHON):
        stamp, wanted = stamp.rpartition(" ")[0], wanted.rpartition(" ")[0]
    return stamp == wanted and os.access(_python(place), os.X_OK)


def _make(root: Path, place: Path, wanted: str) -> None:
    stamp = place / STAMP
    if not _can_be_kept(place):
        if place.is_symlink() or place.is_file():
            place.unlink()
        shutil.rmtree(place, ignore_errors=True)
        _say(f"Setting up in {place} with Python {_version()}. This is done once.")
        place.mkdir()
        stamp.write_text(UNFINISHED, encoding="utf-8")
        _say("  1 of 2   a private environment")
        _run([sys.executable, "-m", "venv", str(place)], _why_no_venv())
    else:
        _say(f"Bringing {place} up to date.")
        stamp.write_text(UNFINISHED, encoding="utf-8")
    _say("  2 of 2   the packages that grading needs (about a minute)")
    install = [str(_python(place)), "-m", "pip", "install", "--quiet"]
    _run([*install, "--disable-pip-version-check", "-e", str(root)], _WHY_NO_PACKAGES)
    stamp.write_text(wanted, encoding="utf-8")
    _say("  done")


def _can_be_kept(place: Path) -> bool:
    """Whether what is there works, was not left half-made by us, and is for this Python."""
    with contextlib.suppress(OSError, ValueError):
        if (place / STAMP).read_text(encoding="utf-8") == UNFINISHED:
            return False
    ask = "import pip, sys; print('%d.%d%s' % (*sys.version_info[:2], sys.abiflags))"
    try:
        answer = subprocess.run(
            [_python(place), "-c", ask], capture_output=True, text=True, check=False
        )
    except OSError:
        return False
    return answer.returncode == 0 and answer.stdout.strip() == _version()


@contextlib.contextmanager
def _alone(root: Path) -> Iterator[None]:
    """One set-up at a time; a second one waits for the first."""
    import fcntl

    try:
        (root / ".kata").mkdir(exist_ok=True)
        with (root / ".kata" / "setup.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
    except PermissionError as error:
        raise SetUpError(
            f"{error.filename} cannot be written.\n"
            "  expected   a clone that is yours\n"
            "  try        git clone it again, into your home folder"
        ) from None


def _check_tools() -> None:
    if os.name != "posix":
        raise SetUpError("this runs on Linux and macOS; on Windows use WSL")
    missing = [name for name in ("venv", "ensurepip") if importlib.util.find_spec(name) is None]
    if missing:
        raise SetUpError(f"this Python has no module {missing[0]!r}.\n{_why_no_venv()}")


def _run(command: Sequence[str], hint: str) -> None:
    # What describes an environment around us must not reach the one that is being made.
    inherited = {k: v for k, v in os.environ.items() if k not in ("PYTHONHOME", "PYTHONPATH")}
    done = subprocess.run(
        command,
        env=inherited,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        lines = done.stdout.strip().splitlines()
        telling = [line for line in lines if "ERROR" in line] or lines[-8:]
        said = "\n".join(f"    {line.strip()}" for line in telling[:8])
        raise SetUpError(f"this failed: {' '.join(command)}\n{said}\n{hint}")


def _why_no_venv() -> str:
    package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
    return (
        "  expected   a Python with venv and pip; Debian and Ubuntu keep them in a package\n"
        f"  try        sudo apt install {package}"
    )


_WHY_NO_PACKAGES = (
    "  expected   a package index within reach, this once; later runs work offline\n"
    "  try        the same command again when you are online; or, with the packages in a folder,\n"
    "             PIP_NO_INDEX=1 PIP_FIND_LINKS=FOLDER python3 harness"
)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
