"""Templates to projects: what a person answers, rendered by cookiecutter, placed without loss."""

from vplug.scaffold.catalogue import TYPES, PluginType, TypeOption, Variant, find_type
from vplug.scaffold.project import Answers, Scaffolded, check_answers, scaffold

__all__ = [
    "TYPES",
    "Answers",
    "PluginType",
    "Scaffolded",
    "TypeOption",
    "Variant",
    "check_answers",
    "find_type",
    "scaffold",
]
