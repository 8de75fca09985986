"""Where the templates are, and rendering one of them into an empty folder."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import vplug
from vplug.errors import VplugError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

COMMON = "_common"
PROJECT = "{{cookiecutter.distribution}}"
#: Where cookiecutter looks for what a template includes (cookiecutter.generate.generate_files).
PARTS = "templates"
VARIABLES = "cookiecutter.json"


def templates_root() -> Path:
    """Return the folder of templates: inside an installed vplug, or beside ``src`` in a checkout.

    Raises:
        VplugError: neither is there.
    """
    package = Path(vplug.__file__).resolve().parent
    for candidate in (package / "templates", package.parents[1] / "templates"):
        if (candidate / COMMON / VARIABLES).is_file():
            return candidate
    raise VplugError("vplug's templates are missing", "install vplug again")


def render(
    folders: Sequence[str], values: Mapping[str, str], into: Path, root: Path | None = None
) -> Path:
    """Render the common template with ``folders`` laid over it, and return the project's folder.

    Cookiecutter's generator is called, not its command: the latter writes a replay file to the home
    folder, reads the user's configuration there, and renders the answers as templates too.

    Args:
        folders: folders under templates/, each laid over the one before: a type's, its variant's.
        values: the template variables.
        into: an existing folder to put the project's folder in.
        root: the folder of templates; vplug's own when ``None``.

    Raises:
        VplugError: the template or its variables are at fault, or the disk is.
    """
    from cookiecutter.exceptions import CookiecutterException
    from cookiecutter.generate import generate_files
    from jinja2 import TemplateError

    root = templates_root() if root is None else root
    name = folders[-1]
    try:
        with tempfile.TemporaryDirectory(prefix="vplug-template-") as temporary:
            template = Path(temporary).resolve()
            settings: dict[str, Any] = {}
            for layer in (root / COMMON, *(root / folder for folder in folders)):
                _lay_over(layer, template)
                if (layer / VARIABLES).is_file():
                    settings |= json.loads((layer / VARIABLES).read_text(encoding="utf-8"))
            context = {key: value for key, value in settings.items() if key.startswith("_")}
            _check_variables(name, settings.keys() - context.keys(), values)
            project = generate_files(
                repo_dir=template,
                context={"cookiecutter": {**context, **values}},
                output_dir=into.resolve(),
                accept_hooks=False,
            )
    except (CookiecutterException, TemplateError, OSError) as error:
        raise VplugError(f"the template {name} cannot be rendered: {error}") from error
    return Path(project)


def _lay_over(layer: Path, template: Path) -> None:
    for name in (PROJECT, PARTS):
        if (layer / name).is_dir():
            # Not the modes: an installed vplug may be read-only, and the project must not be.
            shutil.copytree(
                layer / name,
                template / name,
                dirs_exist_ok=True,
                copy_function=shutil.copyfile,
                ignore=shutil.ignore_patterns("__pycache__", "*.pyc"),
            )


def _check_variables(folder: str, known: set[str], values: Mapping[str, str]) -> None:
    if wrong := known ^ values.keys():
        raise VplugError(
            f"the template {folder} and vplug disagree on its variables: {', '.join(sorted(wrong))}"
        )
