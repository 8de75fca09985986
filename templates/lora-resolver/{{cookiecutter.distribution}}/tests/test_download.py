"""The second source, against a real server on this machine."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from {{ cookiecutter.package }}.adapters import CONFIG, WEIGHTS, AdapterError
from {{ cookiecutter.package }}.checksums import LIST
from {{ cookiecutter.package }}.download import StoreSource
from {{ cookiecutter.package }}.environment import Store

BASE = "acme/base-model"
Make = Callable[..., Path]


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def source(web: Any, cache: Path, **bounds: Any) -> StoreSource:
    return StoreSource(Store(url=web.url, cache=cache, **bounds))


def kept(cache: Path) -> list[str]:
    """The names of the files in the cache."""
    return sorted(path.name for path in cache.rglob("*") if path.is_file())


def test_an_adapter_is_downloaded_once(web: Any, cache: Path, make_adapter: Make) -> None:
    make_adapter(web.root, "sql", b"some weights")
    found = source(web, cache)
    folder = found.find("sql", BASE)
    assert folder is not None
    assert (folder / WEIGHTS).read_bytes() == b"some weights"
    assert kept(cache) == [CONFIG, WEIGHTS]
    assert web.asked == [f"/sql/{name}" for name in (LIST, CONFIG, WEIGHTS)]
    # Another process, or the next start: only the list is asked for.
    assert source(web, cache).find("sql", BASE) == folder
    assert web.asked[3:] == [f"/sql/{LIST}"]


def test_what_changed_gets_a_folder_of_its_own(web: Any, cache: Path, make_adapter: Make) -> None:
    make_adapter(web.root, "sql", b"old")
    found = source(web, cache)
    old = found.find("sql", BASE)
    make_adapter(web.root, "sql", b"new")
    new = found.find("sql", BASE)
    assert old is not None
    assert new is not None
    # vLLM may read the old one again.
    assert (old / WEIGHTS).read_bytes() == b"old"
    assert (new / WEIGHTS).read_bytes() == b"new"


def test_what_is_not_there_is_not_asked_for_again_and_again(web: Any, cache: Path) -> None:
    found = source(web, cache)
    assert [found.find("none", BASE) for _ in range(5)] == [None] * 5
    assert len(web.asked) == 1
    assert not cache.exists()


def test_a_miss_is_forgotten_in_time(web: Any, cache: Path, make_adapter: Make) -> None:
    found = source(web, cache, miss_s=0)
    assert found.find("sql", BASE) is None
    make_adapter(web.root, "sql")
    assert found.find("sql", BASE) is not None


def test_names_that_are_none_are_never_asked_for(web: Any, cache: Path) -> None:
    found = source(web, cache)
    assert [found.find(name, BASE) for name in ("../sql", "a/b", "", "http:x")] == [None] * 4
    assert web.asked == []


def test_an_adapter_for_another_model_is_not_fetched(
    web: Any, cache: Path, make_adapter: Make
) -> None:
    make_adapter(web.root, "sql", base_model_name_or_path="acme/other")
    with pytest.raises(AdapterError, match="its base model is 'acme/other'"):
        source(web, cache).find("sql", BASE)
    assert f"/sql/{WEIGHTS}" not in web.asked
    assert kept(cache) == []


def test_a_wrong_checksum_leaves_nothing(web: Any, cache: Path, make_adapter: Make) -> None:
    (make_adapter(web.root, "sql") / WEIGHTS).write_bytes(b"evil")
    with pytest.raises(AdapterError, match="its checksum differs"):
        source(web, cache).find("sql", BASE)
    assert kept(cache) == []


def test_half_a_file_leaves_nothing(web: Any, cache: Path, make_adapter: Make) -> None:
    make_adapter(web.root, "sql")
    found = source(web, cache)
    web.cut = 3
    with pytest.raises(AdapterError, match="broke off after"):
        found.find("sql", BASE)
    web.cut = 0
    assert found.find("sql", BASE) is not None


@pytest.mark.parametrize("bounds", [{"max_bytes": 500}, {"cache_max_bytes": 500}])
def test_what_is_too_big_is_refused(
    bounds: dict[str, int], web: Any, cache: Path, make_adapter: Make
) -> None:
    make_adapter(web.root, "big", b"x" * 1000)
    make_adapter(web.root, "small")
    found = source(web, cache, **bounds)
    with pytest.raises(AdapterError, match=r"has 1000 bytes, and .* are allowed"):
        found.find("big", BASE)
    assert kept(cache) == []
    assert found.find("small", BASE) is not None


def test_the_cache_is_full_with_what_other_addresses_left_there(
    web: Any, cache: Path, make_adapter: Make
) -> None:
    make_adapter(web.root, "sql")
    other = cache / "of-another-address" / "adapter"
    other.mkdir(parents=True)
    (other / WEIGHTS).write_bytes(b"x" * 600)
    with pytest.raises(AdapterError, match="the cache is full"):
        source(web, cache, cache_max_bytes=500).find("sql", BASE)


def test_a_cache_that_is_only_read_serves(
    web: Any, cache: Path, make_adapter: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_adapter(web.root, "sql")
    folder = source(web, cache).find("sql", BASE)

    def refused(path: Path) -> None:
        raise PermissionError(path)

    monkeypatch.setattr(os, "utime", refused)
    assert source(web, cache).find("sql", BASE) == folder


def test_a_full_cache_takes_no_more(web: Any, cache: Path, make_adapter: Make) -> None:
    make_adapter(web.root, "one", b"x" * 300)
    make_adapter(web.root, "two", b"y" * 300)
    found = source(web, cache, cache_max_bytes=500)
    assert found.find("one", BASE) is not None
    with pytest.raises(AdapterError, match=r"allowed|the cache is full"):
        found.find("two", BASE)
    assert found.find("one", BASE) is not None


def test_time_runs_out(web: Any, cache: Path, make_adapter: Make) -> None:
    make_adapter(web.root, "sql")
    with pytest.raises(AdapterError, match="was not read in time"):
        source(web, cache, deadline_s=-1).find("sql", BASE)


def test_a_list_that_names_what_is_not_there(web: Any, cache: Path, make_adapter: Make) -> None:
    (make_adapter(web.root, "sql") / WEIGHTS).unlink()
    with pytest.raises(AdapterError, match="names a file that is not there"):
        source(web, cache).find("sql", BASE)


def test_without_its_server_the_last_download_serves(
    web: Any, cache: Path, make_adapter: Make
) -> None:
    make_adapter(web.root, "sql")
    found = source(web, cache)
    folder = found.find("sql", BASE)
    web.status = 503
    assert found.find("sql", BASE) == folder
    with pytest.raises(AdapterError, match="the server answers 503"):
        found.find("other", BASE)


def test_what_was_taken_away_is_no_longer_served(web: Any, cache: Path, make_adapter: Make) -> None:
    adapter = make_adapter(web.root, "sql")
    found = source(web, cache)
    assert found.find("sql", BASE) is not None
    adapter.rename(web.root / "gone")
    assert found.find("sql", BASE) is None


def test_redirects_go_to_allowed_hosts_only_and_without_the_token(
    web: Any, cache: Path, make_adapter: Make
) -> None:
    make_adapter(web.root, "sql")
    elsewhere = web.url.replace("127.0.0.1", "localhost")
    web.redirects[f"/sql/{WEIGHTS}"] = f"{elsewhere}weights"
    (web.root / "weights").write_bytes((web.root / "sql" / WEIGHTS).read_bytes())
    with pytest.raises(AdapterError, match="redirects to 'localhost', which is not an allowed"):
        source(web, cache, token="secret").find("sql", BASE)
    allowed = frozenset({"localhost"})
    assert source(web, cache, token="secret", hosts=allowed).find("sql", BASE) is not None
    tokens = dict(zip(web.asked, web.tokens, strict=True))
    assert tokens[f"/sql/{LIST}"] == "Bearer secret"
    assert tokens["/weights"] is None


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://127.0.0.1/x", "//evil.example/x"])
def test_other_redirects_are_refused(
    target: str, web: Any, cache: Path, make_adapter: Make
) -> None:
    make_adapter(web.root, "sql")
    web.redirects[f"/sql/{LIST}"] = target
    with pytest.raises(AdapterError, match=r"not an allowed host|answers 302"):
        source(web, cache).find("sql", BASE)


def test_a_server_that_is_not_there(cache: Path) -> None:
    closed = Store(url="http://127.0.0.1:1/", cache=cache, timeout_s=1)
    with pytest.raises(AdapterError, match="SHA256SUMS cannot be read"):
        StoreSource(closed).find("sql", BASE)


def test_a_killed_download_is_cleaned_up_in_time(web: Any, cache: Path, make_adapter: Make) -> None:
    make_adapter(web.root, "one")
    make_adapter(web.root, "two")
    found = source(web, cache)
    one = found.find("one", BASE)
    assert one is not None
    old, young = (one.parents[1] / f".part-{name}" for name in ("old", "young"))
    for part in (old, young):
        part.mkdir()
    yesterday = time.time() - 2 * 24 * 3600
    os.utime(old, (yesterday, yesterday))
    assert found.find("two", BASE) is not None
    assert not old.exists()
    assert young.exists()


CODE = """
import sys
from pathlib import Path
from {{ cookiecutter.package }}.download import StoreSource
from {{ cookiecutter.package }}.environment import Store

store = Store(url=sys.argv[1], cache=Path(sys.argv[2]))
print(StoreSource(store).find("sql", sys.argv[3]))
"""


def test_processes_share_a_cache(web: Any, cache: Path, make_adapter: Make) -> None:
    make_adapter(web.root, "sql", b"x" * 3_000_000)
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", CODE, web.url, str(cache), BASE],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    answers = [process.communicate(timeout=120) for process in processes]
    assert [process.returncode for process in processes] == [0] * 3, answers
    (folder,) = {stdout.strip() for stdout, _ in answers}
    assert (Path(folder) / WEIGHTS).stat().st_size == 3_000_000
    assert kept(cache) == [CONFIG, WEIGHTS]
