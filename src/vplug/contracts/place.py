"""Where stores lie: the one inside vplug, and the user's own beside it; replaced whole or not at all."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from vplug.errors import DamagedStore, VplugError

BUNDLED = Path(__file__).parent / "data"
#: Names the store in use; replacing this one small file is what makes an update happen or not.
_POINTER = "current"


def user_folder() -> Path:
    """Return the folder for the user's releases: ``VPLUG_DATA_DIR``, else the platform's own."""
    named = os.environ.get("VPLUG_DATA_DIR")
    if named:
        return Path(named)
    home = Path.home()
    if sys.platform == "darwin":
        return home / "Library" / "Application Support" / "vplug"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local") / "vplug"
    return Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share") / "vplug"


def current(folder: Path) -> Path | None:
    """Return the store in use below ``folder``; ``None`` where there is none.

    Raises:
        DamagedStore: the file that names it holds no name.
    """
    pointer = folder / "contracts" / _POINTER
    try:
        name = pointer.read_text(encoding="utf-8").strip()
    except OSError:
        return None
    except ValueError:
        raise DamagedStore(
            f"the releases you added are damaged: {pointer} holds no folder's name",
            f"delete {pointer.parent} and run `vplug contracts update`",
        ) from None
    found = pointer.parent / name
    return found if name and "/" not in name and found.is_dir() else None


def install(folder: Path, files: dict[str, str]) -> Path:
    """Make ``files`` the store in use below ``folder``; until the last step the old one stands.

    Raises:
        VplugError: the folder can't be written; the old store stands.
    """
    import shutil
    import tempfile

    home = folder / "contracts"
    made: Path | None = None
    try:
        home.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix="store-", dir=home))
        _write_all(made, files)
        old = current(folder)
        pointer = home / f".{_POINTER}-{os.getpid()}"
        pointer.write_text(made.name + "\n", encoding="utf-8")
        pointer.replace(home / _POINTER)
    except OSError as error:
        if made is not None:
            shutil.rmtree(made, ignore_errors=True)
        raise VplugError(
            f"cannot write {home}: {error.strerror or error}",
            "set VPLUG_DATA_DIR to a folder you may write; nothing was changed",
        ) from error
    except BaseException:  # interrupted: what was half written goes, the old store stands
        if made is not None and current(folder) != made:
            shutil.rmtree(made, ignore_errors=True)
        raise
    if old is not None and old != made:
        shutil.rmtree(old, ignore_errors=True)
    return made


def write_folder(out: Path, files: dict[str, str]) -> None:
    """Make ``out`` hold exactly ``files``: written beside it, then put in its place.

    Raises:
        VplugError: it can't be written; ``out`` is as it was.
    """
    import shutil
    import tempfile

    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
        try:
            _write_all(beside, files)
            beside.chmod(0o755)
            if out.exists():
                gone = beside.with_name(beside.name + "-old")
                out.rename(gone)
                beside.rename(out)
                shutil.rmtree(gone)
            else:
                beside.rename(out)
        finally:
            shutil.rmtree(beside, ignore_errors=True)
    except OSError as error:
        raise VplugError(f"cannot write {out}: {error.strerror or error}") from error


def _write_all(folder: Path, files: dict[str, str]) -> None:
    for path, text in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text.encode())
