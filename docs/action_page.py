"""The page of the GitHub action, made of ``action.yml``."""

from __future__ import annotations

from pathlib import Path

import yaml

_ACTION = Path(__file__).parent.parent / "action.yml"


def page() -> str:
    """Return the page's text."""
    action = yaml.safe_load(_ACTION.read_text(encoding="utf-8"))
    lines = [
        "# The GitHub action",
        "",
        f"{action['description']} How to use it: [Checking a plugin in CI](how-to/ci.md).",
        "",
        "## Inputs",
        "",
        "| input | what it is | default |",
        "|---|---|---|",
    ]
    for name, row in action["inputs"].items():
        default = f"`{row['default']}`" if row.get("default") else ""
        lines.append(f"| `{name}` | {_line(row['description'])} | {default} |")
    lines += ["", "## Outputs", "", "| output | what it is |", "|---|---|"]
    lines += [
        f"| `{name}` | {_line(row['description'])} |" for name, row in action["outputs"].items()
    ]
    return "\n".join(lines) + "\n"


def _line(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
