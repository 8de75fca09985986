"""Writes the pages that are made of the code: rules, commands, manual pages, the action.

With --check, says whether they are up to date.
"""

from __future__ import annotations

import sys
from pathlib import Path

from vplug.rules import Rule, all_rules

HERE = Path(__file__).parent
PAGES = HERE / "rules"
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
        f"Severity: **{rule.severity}** · since vplug {rule.since} · [all rules](index.md)\n\n"
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
    sys.path.insert(0, str(HERE))
    try:
        import action_page
        import command_pages
        import manpages
    finally:
        sys.path.remove(str(HERE))
    rules = all_rules()
    found = {PAGES / "index.md": index(rules)} | {PAGES / f"{r.code}.md": page(r) for r in rules}
    for maker in (command_pages, manpages):
        found |= {HERE / maker.PAGES / name: text for name, text in maker.pages().items()}
    return {**found, HERE / "action.md": action_page.page()}


def gone(found: dict[Path, str]) -> list[Path]:
    """Return the files in the folders of such pages that nothing makes any more."""
    folders = {path.parent for path in found} - {HERE}
    return sorted(path for folder in folders for path in folder.iterdir() if path not in found)


def main() -> int:
    """Write the pages, or with ``--check`` return 1 where one is out of date."""
    found = pages()
    if "--check" in sys.argv:
        stale = [p for p, text in found.items() if not p.exists() or p.read_text("utf-8") != text]
        for path in [*stale, *gone(found)]:
            print(f"out of date: {path.relative_to(HERE)}; run `nox -s docs`")
        return 1 if stale or gone(found) else 0
    for path, text in found.items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    for path in gone(found):
        path.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
