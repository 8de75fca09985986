"""The first source: a folder that holds one folder for each adapter, called as the adapter is."""

from pathlib import Path

from .adapters import AdapterError, check_adapter, is_name


class FolderSource:
    """Adapters in a local folder. Nothing is remembered: what is put there is found."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def __str__(self) -> str:
        return f"folder {self._root}"

    def find(self, name: str, base_model: str) -> Path | None:
        """Return the folder of the adapter, with links resolved; None if there is none.

        Raises:
            AdapterError: there is one that cannot be used, or that leads out of the root.
        """
        if not is_name(name):
            return None
        root = self._root.resolve()
        try:
            folder = (root / name).resolve(strict=True)
            if not folder.is_dir():
                return None
            contained(folder, root)
            # Whatever vLLM opens there, not only the two files that are looked at here.
            for path in folder.iterdir():
                contained(path.resolve(), root)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, RuntimeError) as error:
            raise AdapterError(f"it cannot be read: {error}") from error
        check_adapter(folder, base_model)
        return folder


def contained(path: Path, root: Path) -> None:
    """Refuse a path that does not lie below `root`; both with links resolved.

    Raises:
        AdapterError: it leads out.
    """
    if not path.is_relative_to(root):
        raise AdapterError("it holds a link that leads out of the folder of adapters")
