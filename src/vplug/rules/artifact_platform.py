"""VP530 to VP532: whether a wheel's tags fit what it holds."""

from __future__ import annotations

import re
from collections.abc import Iterator

from vplug.model import Location
from vplug.rules.built import Built
from vplug.rules.verdict import Fault, Skip

#: Extension modules and the libraries beside them: `x.so`, `libx.so.1.2`, `x.pyd`, `x.dylib`, `x.dll`.
_COMPILED = re.compile(r"\.(so|pyd|dylib|dll)$|\.so\.\d[\w.]*$", re.IGNORECASE)
_EXECUTABLES = ((0, b"\x7fELF"), (0, b"\xcf\xfa\xed\xfe"), (0, b"\xca\xfe\xba\xbe"), (0, b"MZ"))


def _compiled(built: Built) -> list[str]:
    return [m.path for m in built.archive.files if _COMPILED.search(m.path)]


def _scripts(built: Built) -> list[str]:
    """Programs that a wheel carries for one platform, without an extension of their own."""
    folder = f"{built.info.removesuffix('.dist-info')}.data/"
    found = built.archive.contents(
        lambda m: m.path.startswith(f"{folder}scripts/") or "/bin/" in f"/{m.path}"
    )
    return [
        m.path
        for m, data in found
        if any(data[at : at + len(mark)] == mark for at, mark in _EXECUTABLES)
    ]


def platform_tag_on_pure_wheel(built: Built) -> Iterator[Fault]:
    """A wheel is tagged for one platform, though nothing in it is compiled.

    ## What it does
    Looks for extension modules, shared libraries and programs in wheels whose tag names a platform.

    ## Why is this bad?
    Nobody else can install it, though it would run. An `ext_modules` list that came out empty, or a
    compilation that was skipped for want of a compiler, is the usual cause; then the wheel also lacks
    what it is for.

    ## Example
    ```text
    my_plugin-1.0-cp312-cp312-linux_x86_64.whl
    ```
    Use instead:
    ```text
    my_plugin-1.0-py3-none-any.whl
    ```
    """
    built.wheel_only()
    named = built.named
    if all(tag.endswith("-any") for tag in named.tags):
        return
    if _compiled(built) or _scripts(built):
        return
    yield Fault(
        f"{built.path.name} is for one platform, and holds nothing compiled",
        Location(f"{built.info}/WHEEL"),
        "if it is pure Python, build it without ext_modules; else see why nothing was compiled",
    )


def compiled_in_pure_wheel(built: Built) -> Iterator[Fault]:
    """A wheel for every platform holds compiled code.

    ## What it does
    Looks for extension modules and shared libraries in wheels tagged `any`. Libraries under a folder
    that names another system or an architecture are told all the same: one wheel for all would have to
    choose among them at run time.

    ## Why is this bad?
    It installs everywhere and imports only where it was built.

    ## Example
    ```text
    my_plugin-1.0-py3-none-any.whl holding my_plugin/_C.cpython-312-x86_64-linux-gnu.so
    ```
    Use instead:
    ```text
    my_plugin-1.0-cp312-cp312-manylinux_2_28_x86_64.whl
    ```
    """
    built.wheel_only()
    if not any(tag.endswith("-any") for tag in built.named.tags):
        raise Skip("it is tagged for one platform")
    for path in _compiled(built)[:5]:
        yield Fault(
            f"{path} is compiled, and the wheel is tagged for every platform",
            Location(path),
            "let the backend build an extension module (setuptools: ext_modules or a Distribution "
            "with has_ext_modules; hatchling: a build hook that sets pure_python and infer_tag)",
        )


def wrong_root(built: Built) -> Iterator[Fault]:
    """WHEEL's Root-Is-Purelib does not fit what the wheel holds.

    ## What it does
    Compares `Root-Is-Purelib` with the tags and with extension modules at the wheel's root.

    ## Why is this bad?
    Where a system keeps pure and compiled packages apart (`lib` and `lib64`), the package is installed
    in two halves or in the wrong place.

    ## Example
    ```text
    Root-Is-Purelib: true
    Tag: cp312-cp312-linux_x86_64
    ```
    Use instead:
    ```text
    Root-Is-Purelib: false
    Tag: cp312-cp312-linux_x86_64
    ```
    """
    built.wheel_only()
    wheel, place = built.wheel, Location(f"{built.info}/WHEEL")
    data = f"{built.info.removesuffix('.dist-info')}.data/"
    if wheel.purelib is None:
        yield Fault("WHEEL has no Root-Is-Purelib that is true or false", place, "build it again")
        return
    # cp3x-none-any tags are of pure code too; an extension module is named by its interpreter's ABI.
    modules = [
        path
        for path in _compiled(built)
        if re.search(r"\.(so|pyd)$", path) and not path.startswith(data)
    ]
    if wheel.purelib and modules and not all(tag.endswith("-any") for tag in built.named.tags):
        yield Fault(
            f"WHEEL says that its root is pure Python, and {modules[0]} is compiled",
            place,
            "set root_is_pure to false in the bdist_wheel command (hatchling: pure_python = false)",
        )
    elif not wheel.purelib and not _compiled(built) and built.named.tags == {"py3-none-any"}:
        yield Fault(
            "WHEEL says that its root is compiled, and the wheel is pure Python for any platform",
            place,
            "build it as pure Python: nothing in it is compiled",
        )
