"""What importing a module imports, told from its outline: what stands in functions is not parsed."""

from __future__ import annotations

from vplug.analysis.imported import ModuleImports
from vplug.analysis.imports import module_imports, walked
from vplug.analysis.modules import Module
from vplug.analysis.resolve import Resolver


def outlined_imports(resolver: Resolver, module: Module) -> ModuleImports:
    """Return as :func:`module_imports`, without what stands in functions where that is not read yet.

    What importing the module imports is all there; of the calls, those at the top level.
    """
    if module.was_read:
        return module_imports(resolver, module)
    known = resolver.read_outlines.get(module.name)
    if isinstance(known, ModuleImports):
        return known
    return walked(resolver, module, module.outline, resolver.read_outlines)
