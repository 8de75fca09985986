"""What the doctor asks of an environment's files: whether a module is there, a distribution's version."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from vplug.discovery.environment import Environment
from vplug.discovery.installed import Installed
from vplug.doctor.hooks import names_added
from vplug.model import Distribution, normalize_name

# What reads code is imported when there is code to read: it takes longer than listing an environment.
if TYPE_CHECKING:
    from vplug.analysis.modules import ModuleFinder
    from vplug.analysis.own_imports import OwnImports
    from vplug.analysis.resolve import Resolver
    from vplug.analysis.values import Evaluator
    from vplug.discovery.target import Target
    from vplug.doctor.raising import Raising


@dataclass(frozen=True)
class Code:
    """A distribution's modules, for reading."""

    target: Target
    finder: ModuleFinder
    resolver: Resolver

    @cached_property
    def evaluator(self) -> Evaluator:
        """What values expressions in them have."""
        from vplug.analysis.values import Evaluator

        return Evaluator(self.resolver)

    @cached_property
    def own_imports(self) -> OwnImports:
        """Which of their imports of one another fail."""
        from vplug.analysis.own_imports import OwnImports

        return OwnImports(self.target, self.resolver)


@dataclass
class Surroundings:
    """An environment, what a scan of it found, and the process's variables.

    Attributes:
        environment: the folders it imports from.
        installed: its plugins and its vLLM.
        variables: the variables vLLM would see.
        root: where the machine's files begin; another folder in tests.
        platform: as ``sys.platform``.
        asked: the numbers of the release to foretell by where no vLLM is installed.
    """

    environment: Environment
    installed: Installed
    variables: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    root: Path = Path("/")
    platform: str = sys.platform
    asked: tuple[int, ...] | None = None
    _listed: dict[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    _targets: dict[str, Target] = field(default_factory=dict, repr=False)
    _code: dict[str, Code] = field(default_factory=dict, repr=False)
    _raising: dict[int, Raising] = field(default_factory=dict, repr=False)

    @property
    def release(self) -> tuple[int, ...] | None:
        """The installed vLLM's numbers, else those of the release asked for, or ``None``."""
        if self.installed.vllm is not None and self.installed.vllm.release is not None:
            return self.installed.vllm.release
        return self.asked

    def code(self, distribution: Distribution) -> Code:
        """Return a distribution's modules; each is parsed when first asked for, and once."""
        key = distribution.origin.path
        if key not in self._code:
            from vplug.analysis.modules import ModuleFinder
            from vplug.analysis.resolve import Resolver

            target = self.target(distribution)
            finder = ModuleFinder.for_target(target)
            self._code[key] = Code(target, finder, Resolver(finder))
        return self._code[key]

    def raising(self, code: Code, make: Callable[[], Raising]) -> Raising:
        """Return what follows the exceptions of ``code``; made when first asked for, and once."""
        if id(code) not in self._raising:
            self._raising[id(code)] = make()
        return self._raising[id(code)]

    def target(self, distribution: Distribution) -> Target:
        """Return a distribution opened for reading; opened once."""
        key = distribution.origin.path
        if key not in self._targets:
            from vplug.discovery.open import open_installed

            self._targets[key] = open_installed(distribution, self.environment)
        return self._targets[key]

    def has_module(self, name: str) -> bool:
        """Return whether a top-level module of this name lies on the environment's path."""
        if name in sys.stdlib_module_names or name in self._top_level:
            return True
        return any(name in (names or ()) for names in self._mapped.values())

    @cached_property
    def _top_level(self) -> frozenset[str]:
        return frozenset(
            name.partition(".")[0]
            for path in self.environment.paths
            for name in self.names_in(path)
        )

    def names_in(self, path: str) -> tuple[str, ...]:
        """Return the names of what lies in one folder of the path; read once.

        As the file system lists them: in that order ``importlib.metadata`` takes the metadata of a folder
        (``FastPath.children``), and the first of a distribution is the one that Python sees.
        """
        if path not in self._listed:
            try:
                self._listed[path] = tuple(os.listdir(path))  # noqa: PTH208 - its order counts
            except OSError:
                self._listed[path] = ()
        return self._listed[path]

    @property
    def unread_hooks(self) -> tuple[str, ...]:
        """``.pth`` files with code, not run, of which it cannot be told which modules they add."""
        return tuple(path for path, names in self._mapped.items() if names is None)

    @property
    def has_hooks(self) -> bool:
        """Whether code that was not run may add modules: ``.pth`` hooks, import finders."""
        return bool(self.unread_hooks)

    def hooked(self, error: str) -> str:
        """Return what is to be said of a missing module that a hook may add."""
        hooks = ", ".join(self.unread_hooks)
        return f"{error}, unless {hooks} adds it (its code was not run)"

    @cached_property
    def _mapped(self) -> Mapping[str, frozenset[str] | None]:
        """The top-level names that each hook adds, as far as its text tells them."""
        return {path: names_added(Path(path)) for path in self.environment.hooks}

    @cached_property
    def versions(self) -> Mapping[str, str]:
        """Version by normalised name of every distribution, from the names of metadata folders."""
        found: dict[str, str] = {}
        for path in self.environment.paths:
            for name in self.names_in(path):
                if not name.endswith((".dist-info", ".egg-info")):
                    continue
                stem = name.rpartition(".")[0]
                project, _, version = stem.partition("-")
                # An egg's folder may go on with the Python it was made for.
                found.setdefault(normalize_name(project), version.partition("-py")[0])
        return found

    def exists(self, *parts: str) -> bool:
        """Return whether a file of the machine is there, e.g. ``exists("dev", "kfd")``."""
        return self.root.joinpath(*parts).exists()
