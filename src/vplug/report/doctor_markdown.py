"""A diagnosis as Markdown to paste into an issue: names of people and machines are blanked."""

from __future__ import annotations

import re
from collections.abc import Mapping

from vplug.model import Diagnosis
from vplug.report.doctor_findings import merged
from vplug.report.doctor_lines import sections, verdict
from vplug.report.doctor_settings import mend_and_setting, settings

_HOME = re.compile(r"(?<![\w.])/(?:home|Users|var/home)/[^/\s'\":,;)]+")
#: Homes on other disks: ``/mnt/home/mia``, ``/data/users/mia``.
_OTHER_HOME = re.compile(r"(/(?:homes?|[Uu]sers)/)[^/\s'\":,;)]+")
#: Names of people there hold blanks; one ends at the next separator, or where the text does.
_WINDOWS_HOME = re.compile(
    r"(?i)\b[A-Z]:[\\/]+Users[\\/]+(?:[^\\/'\":,;)\n]+(?=[\\/])|[^\\/\s'\":,;)]+)"
)


class Blank:
    """Blanks what speaks of a person or a machine.

    Args:
        home: the home folder, written as ``~``.
        names: user and host names, written as ``<user>`` and ``<host>``.
    """

    def __init__(self, home: str, names: Mapping[str, str]) -> None:
        self._home = home.rstrip("/\\")
        self._names = {
            name: sign for name, sign in names.items() if len(name) >= 3 and name not in _COMMON
        }

    def __call__(self, text: str) -> str:
        """Return ``text`` with home folders and names blanked."""
        if len(self._home) > 1:
            text = re.sub(re.escape(self._home) + r"(?![\w.-])", "~", text)
        text = _HOME.sub("~", _WINDOWS_HOME.sub("~", text))
        text = _OTHER_HOME.sub(r"\1<user>", text)
        for name, sign in self._names.items():
            # A machine's name may go on with its domain.
            rest = r"(?:\.[A-Za-z][\w-]*)*" if sign == "<host>" else ""
            text = re.sub(rf"(?<![\w]){re.escape(name)}{rest}(?![\w])", sign, text)
        return text


#: User and host names that say nothing and are words of their own.
_COMMON = frozenset({"root", "user", "localhost", "vllm", "python", "admin", "ubuntu", "torch"})


def doctor_markdown(diagnosis: Diagnosis, blank: Blank, version: str) -> str:
    """Return the diagnosis as Markdown.

    Args:
        diagnosis: what was found, without secrets.
        blank: applied to every text.
        version: vplug's own.
    """
    lines = [f"## vplug doctor {version}", "", f"{_escape(blank(verdict(diagnosis)))}.", ""]
    if diagnosis.findings:
        lines += ["| severity | code | finding | mend |", "|---|---|---|---|"]
        lines += [
            f"| {item.severity} | {item.code} | {_cell(blank(item.message))} | "
            f"{_mend(blank(item.hint or ''))} |"
            for item in merged(diagnosis.findings)
        ]
    for section in sections(diagnosis):
        lines += ["", f"### {_escape(blank(section.title))}", "", "| | |", "|---|---|"]
        for line in section.lines:
            lines.append(f"| {_code(blank(line.key))} | {_code(blank(line.value))} |")
    ready = settings(diagnosis)
    if ready:
        lines += ["", "```sh"]
        lines += [text for what, line in ready for text in (f"# {blank(what)}", blank(line))]
        lines += ["```"]
    traces = [("vLLM ends in", diagnosis.platform.traceback)]
    traces += [
        (f"platform plugin {item.name}", item.answer.traceback)
        for item in diagnosis.platform.candidates
        if not item.built_in
    ]
    for title, trace in traces:
        if trace:
            fence = "`" * (max((len(m) for m in re.findall(r"`+", trace)), default=2) + 1)
            fence = fence if len(fence) >= 3 else "```"
            lines += ["", "<details>", f"<summary>traceback: {_escape(blank(title))}</summary>", ""]
            lines += [f"{fence}text", blank(trace.rstrip()), fence, "", "</details>"]
    return "\n".join(lines) + "\n"


def _mend(hint: str) -> str:
    words, value = mend_and_setting(hint)
    return _cell(words) + (f" {_code(value)}" if value is not None else "")


def _code(text: str) -> str:
    """A value as a code span of a table's cell: shown as it is, and to be copied."""
    text = text.strip().replace("|", "\\|").replace("\r", "").replace("\n", " ")
    if not text:
        return ""
    fence = "`" * (max((len(run) for run in re.findall(r"`+", text)), default=0) + 1)
    space = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{space}{text}{space}{fence}"


def _cell(text: str) -> str:
    return _escape(text).replace("|", "\\|").replace("\r", "").replace("\n", "<br>")


def _escape(text: str) -> str:
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    # `&lt;user&gt;` stays a word; what Markdown would take as markup is shown as it is.
    return re.sub(r"([\\`*_\[\]#~])", r"\\\1", text)
