"""Words by which source text is searched before its syntax trees are."""

from __future__ import annotations

import re
from dataclasses import dataclass

from vplug.analysis.bindings import BindingKind
from vplug.analysis.modules import Module, Source

# Patterns over whole modules: alternatives that all begin with a letter or sign of their own let the
# engine skip to it, and what is possessive is not tried again shorter. Either is three times as quick.

_ACCELERATORS = ("accelerator", "cuda", "gcu", "hpu", "mlu", "mps", "musa", "npu", "xpu")
#: What may make a platform function fail where its device is missing.
DECLINING = re.compile(r"\b(?:raise|import|assert)\b|\(")
#: What may raise in a function: ``raise``, look-ups and conversions of the environment.
RAISING = re.compile(r"raise\b|environ\b|getenv\b")
#: Calls on accelerators' modules, and arguments that put something on one.
DEVICES = re.compile(
    "|".join(
        [
            *(rf"{name}\b[\w.]*[ \t]*\(" for name in _ACCELERATORS),
            r"device[ \t]*=[ \t]*[\w\"'(]",
            r"\.to\([ \t]*[\"']",
        ]
    )
)
#: Calls of the builtin ``print``.
PRINT = re.compile(r"print(?<![\w.]print)[ \t]*\(")
#: Readings of the environment.
ENVIRONMENT = re.compile(r"environ\b|getenv\b")
#: Assignments to attributes of something other than the object itself.
SETTING = re.compile(r"\n[ \t]*+(?!self\.|cls\.)[A-Za-z_]\w*+\.[\w.]*+[ \t]*+(?:,[^=\n()]*)?=(?!=)")
#: Other ways to replace something.
REPLACING = re.compile(r"\bsetattr[ \t]*\(|\bmodules[ \t]*\[")
#: Calls of functions that register something.
REGISTERING = re.compile(r"\bregister\w*\b")


def renamed(pattern: re.Pattern[str], module: Module, names: frozenset[str]) -> re.Pattern[str]:
    """Return ``pattern`` with what the module's top level calls ``names`` when it imports them."""
    source = module.source
    if not isinstance(source, Source):
        return pattern
    others = [
        name
        for name, bindings in source.bindings.by_name.items()
        if name not in names
        and any(b.kind is BindingKind.FROM and b.imported in names for b in bindings)
    ]
    if not others:
        return pattern
    return re.compile(rf"{pattern.pattern}|\b(?:{'|'.join(map(re.escape, others))})\b")


#: Functions by which classes are registered of which vLLM makes instances.
_REGISTERING_CLASSES = (
    "register_backend",
    "register_connector",
    "register_engine",
    "register_model_loader",
    "register_quantization_config",
    "register_resolver",
)

#: What of ``os`` reads the environment.
READERS = frozenset({"environ", "getenv"})


@dataclass(frozen=True, slots=True)
class Named:
    """What a string names of the module's own package.

    Attributes:
        module: the module, absolute.
        name: what of it; ``None`` for the module itself.
        line: where the string stands.
        is_reference: whether the string can be nothing else: ``module:name``, or what is given to
            ``import_module``. Other dotted words may be a logger's name, or a key.
    """

    module: str
    name: str | None
    line: int
    is_reference: bool


def own_names(text: str, module: Module) -> dict[int, list[Named]]:
    """Return the dotted names of ``module``'s own package that strings spell, by line.

    A string is one word in quotes: written out, or an f-string that begins with ``{__package__}``,
    ``{__name__}`` or ``{__name__.rpartition(".")[0]}`` and has no other hole.
    """
    found: dict[int, list[Named]] = {}
    top = module.name.partition(".")[0]
    if not any(f"{quote}{start}" in text for quote in "\"'" for start in (f"{top}.", "{__")):
        return found
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    line, last = 1, 0
    above = module.name.rpartition(".")[0]
    package = module.name if module.is_package else above
    for match in re.finditer(_QUOTED_NAME.replace("TOP", re.escape(top)), text):
        line += text.count("\n", last, match.start("word"))
        last = match.start("word")
        hole = match["hole"] or ""
        start = package if "__package__" in hole else above if "(" in hole else module.name
        whole = f"{start}{match['rest']}" if hole else match["plain"]
        whole, _, attribute = whole.partition(":")
        if hole and start.partition(".")[0] != top:
            continue
        if attribute or match["imports"]:
            item = Named(whole, attribute or None, line, True)
        else:
            inner, _, name = whole.rpartition(".")
            item = Named(inner, name, line, False)
        found.setdefault(line, []).append(item)
    return found


_QUOTED_NAME = r"""(?x)
    (?P<imports>\bimport_module\(\s*)?
    (?P<word> (?<!\w)[fF](?P<fq>["'])
        (?P<hole>\{__package__\} | \{__name__\} | \{__name__\.rpartition\((?:'\.'|"\.")\)\[0\]\})
        (?P<rest>(?:\.[^\W\d]\w*)+(?::[^\W\d]\w*)?) (?P=fq)
      | (?<![\w"'])(?P<pq>["'])(?P<plain>TOP(?:\.[^\W\d]\w*)+(?::[^\W\d]\w*)?)(?P=pq)
    )"""


def lines_with_imports(text: str) -> list[int]:
    """Return the numbers of the lines that hold the word, counted as the parser counts them."""
    return _lines_with("import", text)


def lines_that_register(text: str) -> list[int]:
    """Return the numbers of the lines that name a function by which classes are registered for vLLM."""
    if "register_" not in text:
        return []
    return [
        line for word in _REGISTERING_CLASSES if word in text for line in _lines_with(word, text)
    ]


def _lines_with(word: str, text: str) -> list[int]:
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    found: list[int] = []
    line, last = 1, 0
    while (at := text.find(word, last)) >= 0:
        line += text.count("\n", last, at)
        found.append(line)
        last = at + 1
    return found
