"""Writes the rule pages from the rules themselves; with --check, says whether they are up to date."""

from __future__ import annotations

import sys
from pathlib import Path

from vplug.rules import Rule, all_rules

PAGES = Path(__file__).parent / "rules"
HUNDREDS = {
    "VP0": "Reading",
    "VP1": "Declaration",
    "VP2": "Contract",
    "VP3": "Behaviour",
    "VP4": "Packaging",
    "VP5": "Built files",
    "VP6": "This machine",
    "VP7": "What a run saw",
}


def page(rule: Rule) -> str:
    """Return one rule's page."""
    return (
        f"# {rule.code} {rule.name}\n\n"
        f"Severity: **{rule.severity}** · since vplug {rule.since}\n\n"
        f"{rule.documentation}\n"
    )


def index(rules: tuple[Rule, ...]) -> str:
    """Return the page that lists them all."""
    lines = [
        "# Rules",
        "",
        "Each rule has a code, a name and a severity. `vplug rule CODE` prints the same text as its",
        "page. Choose rules with `--select` and `--ignore` or in `[tool.vplug]`; keep one finding quiet",
        "with `# vplug: ignore[CODE]` on its line.",
    ]
    for beginning, title in HUNDREDS.items():
        lines += ["", f"## {title} ({beginning}xx)", "", "| code | name | severity | what |"]
        lines.append("|---|---|---|---|")
        lines += [
            f"| [{r.code}]({r.code}.md) | {r.name} | {r.severity} | {r.summary} |"
            for r in rules
            if r.code.startswith(beginning)
        ]
    return "\n".join(lines) + "\n"


def pages() -> dict[Path, str]:
    """Return every page's text by its file."""
    rules = all_rules()
    return {PAGES / "index.md": index(rules)} | {PAGES / f"{r.code}.md": page(r) for r in rules}


def main() -> int:
    """Write the pages, or with ``--check`` return 1 where one is out of date."""
    stale = [p for p, text in pages().items() if not p.exists() or p.read_text("utf-8") != text]
    if "--check" in sys.argv:
        for path in stale:
            print(f"out of date: {path.name}; run `nox -s docs`")
        return 1 if stale else 0
    PAGES.mkdir(exist_ok=True)
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
