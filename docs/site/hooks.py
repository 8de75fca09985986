"""What MkDocs is told beyond its configuration: pages that lie elsewhere, and the commands' order."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

from vplug.cli.app import COMMANDS

_ROOT = Path(__file__).parent.parent.parent


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Put the commands' pages where the navigation says ``commands/``."""
    config.nav = _expanded(config.nav)
    return config


def _expanded(entry: Any) -> Any:
    if isinstance(entry, list):
        return [_expanded(item) for item in entry]
    if isinstance(entry, dict):
        return {title: _expanded(item) for title, item in entry.items()}
    if entry != "commands/":
        return entry
    pages = [{name: f"commands/{name}.md"} for name in COMMANDS]
    return [{"Overview": "commands/index.md"}, *pages]


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the changes, which stand where people look for them first."""
    text = (_ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    files.append(File.generated(config, "changes.md", content=text))
    return files
