"""Words by which source text is searched before its syntax trees are."""

from __future__ import annotations

import re

#: What may make a platform function fail where its device is missing.
DECLINING = re.compile(r"\b(?:raise|import|assert)\b|\(")
#: What may raise in a function: ``raise``, look-ups and conversions of the environment, imports.
RAISING = re.compile(r"\b(?:raise|environ|getenv|import)\b")
#: Accelerators' names, and arguments that put something on one.
DEVICES = re.compile(r"\b(?:cuda|npu|torch_npu|xpu|hpu|musa|mlu|gcu|accelerator|device)\b")
#: Calls of the builtin ``print``.
PRINT = re.compile(r"(?<![\w.])print[ \t]*\(")
#: Readings of the environment.
ENVIRONMENT = re.compile(r"\b(?:environ|getenv)\b")
#: Assignments to attributes of something other than the object itself, and their like.
PATCHING = re.compile(
    r"^[ \t]*(?!self\.|cls\.)[A-Za-z_][\w.]*\.\w+[ \t]*(?::[^=\n]+)?=(?!=)"
    r"|\bsetattr[ \t]*\(|\bmodules[ \t]*\[",
    re.MULTILINE,
)
