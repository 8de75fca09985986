"""The first source: which names and folders are adapters, and which are refused."""

from collections.abc import Callable
from pathlib import Path

import pytest

from {{ cookiecutter.package }}.adapters import CONFIG, WEIGHTS, AdapterError, is_name
from {{ cookiecutter.package }}.folder import FolderSource

BASE = "acme/base-model"
Make = Callable[..., Path]


@pytest.mark.parametrize("name", ["a", "acme-sql", "Acme_1.5", "7", "a" * 128])
def test_names(name: str) -> None:
    assert is_name(name)


@pytest.mark.parametrize(
    "name",
    [
        *("", ".", "..", "../acme", "acme/..", "acme/sql", "/acme", "\\acme", "C:acme"),
        *(".hidden", "acme.", "a..b", "acme ", "acme\n", "acme\0", "acmé", "%2e%2e", "~acme"),
        "a" * 129,
    ],
)
def test_no_names(name: str, tmp_path: Path) -> None:
    assert not is_name(name)
    assert FolderSource(tmp_path).find(name, BASE) is None


def test_an_adapter_is_found_by_its_folders_name(tmp_path: Path, make_adapter: Make) -> None:
    source = FolderSource(tmp_path)
    assert source.find("sql", BASE) is None
    folder = make_adapter(tmp_path, "sql")
    assert source.find("sql", BASE) == folder.resolve()


def test_a_file_is_no_adapter(tmp_path: Path) -> None:
    (tmp_path / "sql").touch()
    assert FolderSource(tmp_path).find("sql", BASE) is None


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        ({"peft_type": "IA3"}, "its peft_type is 'IA3', not 'LORA'"),
        ({"peft_type": None}, "its peft_type is None"),
        ({"base_model_name_or_path": "acme/other"}, "its base model is 'acme/other'"),
    ],
)
def test_another_kind_or_base_is_refused(
    config: dict[str, object], reason: str, tmp_path: Path, make_adapter: Make
) -> None:
    make_adapter(tmp_path, "sql", **config)
    with pytest.raises(AdapterError, match=reason):
        FolderSource(tmp_path).find("sql", BASE)


@pytest.mark.parametrize("text", ["", "[]", '"LORA"', "{", "[" * 100_000, "x" * 2**21])
def test_a_configuration_that_does_not_read_is_refused(
    text: str, tmp_path: Path, make_adapter: Make
) -> None:
    (make_adapter(tmp_path, "sql") / CONFIG).write_text(text, encoding="utf-8")
    with pytest.raises(AdapterError, match=f"its {CONFIG}"):
        FolderSource(tmp_path).find("sql", BASE)


@pytest.mark.parametrize("name", [CONFIG, WEIGHTS])
def test_half_an_adapter_is_refused(name: str, tmp_path: Path, make_adapter: Make) -> None:
    (make_adapter(tmp_path, "sql") / name).unlink()
    with pytest.raises(AdapterError, match=f"it has no {name}"):
        FolderSource(tmp_path).find("sql", BASE)


def test_a_link_may_stay_within_the_folder(tmp_path: Path, make_adapter: Make) -> None:
    folder = make_adapter(tmp_path, "sql")
    (tmp_path / "alias").symlink_to(folder)
    (folder / WEIGHTS).rename(tmp_path / "blob")
    (folder / WEIGHTS).symlink_to(tmp_path / "blob")
    assert FolderSource(tmp_path).find("alias", BASE) == folder.resolve()


@pytest.mark.parametrize("name", ["", CONFIG, WEIGHTS, "new_embeddings.safetensors"])
def test_a_link_may_not_lead_out(name: str, tmp_path: Path, make_adapter: Make) -> None:
    outside = make_adapter(tmp_path, "outside")
    (outside / "new_embeddings.safetensors").touch()
    root = tmp_path / "root"
    root.mkdir()
    if name:
        inside = make_adapter(root, "sql")
        (inside / name).unlink(missing_ok=True)
        (inside / name).symlink_to(outside / name)
    else:
        (root / "sql").symlink_to(outside)
    with pytest.raises(AdapterError, match="a link that leads out"):
        FolderSource(root).find("sql", BASE)


def test_the_root_itself_may_be_a_link(tmp_path: Path, make_adapter: Make) -> None:
    folder = make_adapter(tmp_path / "real", "sql")
    (tmp_path / "root").symlink_to(tmp_path / "real")
    assert FolderSource(tmp_path / "root").find("sql", BASE) == folder.resolve()
