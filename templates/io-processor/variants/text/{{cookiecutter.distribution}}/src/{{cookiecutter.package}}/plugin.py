"""The entry point of the group `{{ cookiecutter.group }}`.

This module imports nothing of vLLM: it is loaded wherever an IO processor is looked for, and only
the one asked for is built.
"""


def register() -> str:
    """Return the dotted name of the processor class; vLLM imports and builds it.

    The name is written with dots only: vLLM splits it at the last one.
    """
    return "{{ cookiecutter.package }}.processor.TextEmbedProcessor"
