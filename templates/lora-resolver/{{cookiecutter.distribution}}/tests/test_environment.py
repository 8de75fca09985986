"""The environment variables: their defaults, their values, and what is no value."""

from pathlib import Path

import pytest

from {{ cookiecutter.package }} import environment
from {{ cookiecutter.package }}.environment import Settings, read_settings

ADDRESS = "https://adapters.example.org/lora"


def test_nothing_set_means_no_source() -> None:
    assert read_settings({}) == Settings(folder=None, store=None)
    empty = {environment.DIR: "", environment.PLAIN_DIR: "", environment.URL: " "}
    assert read_settings(empty) == Settings(folder=None, store=None)


@pytest.mark.parametrize("name", [environment.DIR, environment.PLAIN_DIR])
def test_the_folder_is_read_under_both_names(name: str, tmp_path: Path) -> None:
    assert read_settings({name: str(tmp_path)}).folder == tmp_path


def test_the_folders_name_is_vllms_and_all_others_are_not() -> None:
    names = [value for name, value in vars(environment).items() if name.isupper() and name != "DIR"]
    assert environment.DIR.startswith("VLLM_LORA_RESOLVER_")
    assert not [name for name in names if str(name).startswith("VLLM")]


def test_two_different_folders_are_refused(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    two.mkdir()
    both = {environment.DIR: str(one), environment.PLAIN_DIR: str(two)}
    with pytest.raises(ValueError, match="name different folders"):
        read_settings(both)
    both[environment.PLAIN_DIR] = str(one)
    assert read_settings(both).folder == one


@pytest.mark.parametrize("name", [environment.DIR, environment.PLAIN_DIR])
def test_a_wrong_folder_is_refused_by_the_variables_name(name: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for value, reason in (
        ("adapters", "must be an absolute path"),
        (str(tmp_path / "none"), "does not exist"),
        (str(tmp_path / "file"), "is not a folder"),
    ):
        with pytest.raises(ValueError, match=f"{name}.* {reason}"):
            read_settings({name: value})


def test_the_address_and_its_bounds_are_read(tmp_path: Path) -> None:
    store = read_settings(
        {
            environment.URL: ADDRESS,
            environment.TOKEN: "secret",
            environment.HOSTS: "cdn.example.org, Other.Example.org,",
            environment.CACHE_DIR: str(tmp_path),
            environment.MAX_BYTES: "5",
            environment.CACHE_MAX_BYTES: "50",
            environment.TIMEOUT: "1",
            environment.DEADLINE: "2",
            environment.MISS: "3",
        }
    ).store
    assert store is not None
    assert store.url == ADDRESS + "/"
    assert store.hosts == {"cdn.example.org", "other.example.org"}
    assert (store.cache, store.max_bytes, store.cache_max_bytes) == (tmp_path, 5, 50)
    assert (store.timeout_s, store.deadline_s, store.miss_s) == (1, 2, 3)
    assert "secret" not in repr(store)


@pytest.mark.parametrize(
    "value",
    ["adapters.example.org", "ftp://example.org/", "file:///etc", "https://", "https://a:b/"],
)
def test_what_is_no_web_address_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match=f"{environment.URL} must be an address"):
        read_settings({environment.URL: value})


@pytest.mark.parametrize("value", ["https://ada:secret@example.org/", ADDRESS + "?key=secret"])
def test_an_address_with_a_secret_is_refused_and_not_repeated(value: str) -> None:
    with pytest.raises(ValueError, match="must hold no user") as caught:
        read_settings({environment.URL: value})
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("value", ["0", "-1", "1.5", "many", "", "1_0"])
@pytest.mark.parametrize("name", [environment.MAX_BYTES, environment.TIMEOUT, environment.MISS])
def test_what_is_no_number_is_refused_by_the_variables_name(name: str, value: str) -> None:
    with pytest.raises(ValueError, match=f"{name} must be a positive whole number"):
        read_settings({environment.URL: ADDRESS, name: value})


def test_a_wrong_cache_or_token_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for extra, reason in (
        ({environment.CACHE_DIR: "here"}, "must be an absolute path"),
        ({environment.CACHE_DIR: str(tmp_path / "file")}, "is not a folder"),
        ({environment.TOKEN: "two\nlines"}, "must be printable ASCII"),
    ):
        with pytest.raises(ValueError, match=reason):
            read_settings({environment.URL: ADDRESS, **extra})
