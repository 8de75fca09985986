"""The store: what was put in comes out, and only what is asked for is read."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.contracts.conftest import IO, RELEASES, surface

from vplug.contracts import ContractStore, overlay, place
from vplug.contracts.history import History
from vplug.contracts.make import history_of
from vplug.contracts.releases import Releases
from vplug.contracts.surface import Surface
from vplug.contracts.writing import read_history, write
from vplug.errors import UsageFault, VplugError

IO_CLASS = f"vllm.{IO.replace('/', '.')}.IOProcessor"


def within(store: ContractStore, mask: int) -> str:
    return " ".join(store.names_in(mask))


def test_releases_stand_in_order_of_version(store: ContractStore) -> None:
    assert store.releases == ("0.9.0", "0.10.0", "0.10.0.post1", "0.11.0")
    assert store.newest == "0.11.0"
    assert store.everything == 0b1111
    assert store.index("0.10.0") == 1
    assert store.mask(["0.9.0", "0.11.0"]) == 0b1001


def test_modules_and_names(store: ContractStore) -> None:
    assert within(store, store.module("vllm.a").present) == "0.9.0 0.10.0 0.10.0.post1"
    assert store.module("vllm.nothing").present == 0
    assert within(store, store.name("vllm.a", "C").present) == "0.9.0 0.10.0"
    assert within(store, store.name("vllm.a", "Gone").present) == "0.9.0"
    assert within(store, store.name("vllm.a", "Some").conditional) == "0.10.0"
    assert store.name("vllm.a", "nothing").usable == 0
    found = store.name("vllm.b", "C")
    assert [(t, within(store, m)) for t, m in found.targets] == [
        ("vllm.a.C", "0.10.0"),
        ("vllm.c.C", "0.10.0.post1 0.11.0"),
    ]


def test_submodules_are_names_of_their_package(store: ContractStore) -> None:
    assert within(store, store.name("vllm", "c").present) == "0.10.0.post1 0.11.0"
    assert store.name("vllm", "plugins").present == store.everything
    assert store.name("vllm.a", "__name__").present == store.module("vllm.a").present


def test_open_is_told_from_absent(store: ContractStore) -> None:
    assert within(store, store.name("vllm.c", "anything").open) == "0.11.0"
    assert store.module("vllm._C").open == store.everything
    assert store.name("vllm._C", "ops").open == store.everything
    assert store.module("vllm.third_party.x.y").open == store.everything
    assert store.module("vllm.gone").open == 0
    # The sources have this package; the build copies modules into it.
    bundled = ContractStore.open(place.BUNDLED)
    interface = bundled.module("vllm.third_party.flashmla.flash_mla_interface")
    assert interface.open >> bundled.index("0.33.0") & 1


def test_where_a_name_is_defined(store: ContractStore) -> None:
    assert store.where_defined("C", 1 << store.index("0.11.0")) == ("vllm.c.C",)
    assert store.where_defined("C", store.everything) == ("vllm.a.C", "vllm.c.C")
    assert store.where_defined("nothing", store.everything) == ()


def test_class_contracts(store: ContractStore) -> None:
    old, new = store.classes("IOProcessor")
    assert within(store, old.releases) == "0.9.0 0.10.0"
    assert within(store, new.releases) == "0.10.0.post1 0.11.0"
    assert sorted(new.members) == ["__init__", "merge", "parse_data"]
    member = new.members["parse_data"]
    assert member.abstract
    assert str(member.signature) == "(self, data)"
    assert member.owner == IO_CLASS
    assert new.bases == ("abc.ABC",)
    assert store.class_key(IO_CLASS) == "IOProcessor"
    assert store.class_key("vllm.a.C") is None
    assert store.classes("Nothing") == ()


def test_class_keys_follow_re_exports() -> None:
    store = ContractStore.open(place.BUNDLED)
    assert store.class_key("vllm.platforms.Platform") == "Platform"
    assert store.function_key("vllm.ModelRegistry.register_model") == "ModelRegistry.register_model"


INTERVALS = [
    (0b0001, 0b1111, "1"),
    (0b1111, 0b1111, "1-"),
    (0b0110, 0b1111, "2-3"),
    (0b1000, 0b1111, "4-"),
    (0b1001, 0b1111, "1,4-"),
    (0b0101, 0b0101, "1-"),
    (0b0101, 0b1101, "1-3"),
    (0b0001, 0b0011, "1"),
]


@pytest.mark.parametrize(("mask", "within", "text"), INTERVALS)
def test_intervals(mask: int, within: int, text: str) -> None:
    releases = Releases(["1", "2", "3", "4"])
    assert releases.intervals(mask, within) == text
    assert releases.parse(text, within) == mask


@pytest.mark.parametrize("text", ["", "9", "3-2", "1-9", "1,"])
def test_no_intervals(text: str) -> None:
    with pytest.raises(ValueError, match=r"interval"):
        Releases(["1", "2", "3"]).parse(text, 0b111)


def test_written_and_read_again_is_the_same(surfaces: list[Surface]) -> None:
    files = write(history_of(surfaces))
    assert write(read_history(files)) == files
    assert write(history_of(reversed(surfaces))) == files


def test_a_release_put_in_between_is_as_if_it_had_been_there(surfaces: list[Surface]) -> None:
    history = History()
    for number in (3, 0, 2, 1):
        history.insert(surfaces[number])
    assert write(history) == write(history_of(surfaces))


def test_the_same_bytes_whatever_the_hash_seed(tmp_path: Path) -> None:
    script = (
        "import hashlib, sys; sys.path.insert(0, sys.argv[1])\n"
        "from tests.contracts.conftest import RELEASES, surface\n"
        "from vplug.contracts.make import history_of\n"
        "from vplug.contracts.writing import write\n"
        "files = write(history_of(surface(r, m) for r, m in RELEASES.items()))\n"
        "print(hashlib.sha256(repr(sorted(files.items())).encode()).hexdigest())"
    )
    root = str(Path(__file__).parents[2])
    digests = {
        subprocess.run(
            [sys.executable, "-c", script, root],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(digests) == 1


def test_adding_a_release_changes_only_what_changed(surfaces: list[Surface]) -> None:
    before = write(history_of(surfaces))
    unchanged = surface("0.12.0", RELEASES["0.11.0"])
    after = write(history_of([*surfaces, unchanged]))
    changed = {path for path in after if before.get(path) != after[path]}
    assert changed == {"releases.txt", "checksums.txt"}


def test_a_newer_release_goes_to_the_users_folder(bundle: Callable[[], ContractStore]) -> None:
    assert overlay.add([surface("0.12.0", {"d": "class C: pass"})]) == ("0.12.0",)
    store = bundle()
    assert store.newest == "0.12.0"
    assert within(store, store.module("vllm.c").present) == "0.10.0.post1 0.11.0"
    assert store.where_defined("C", 1 << store.index("0.12.0")) == ("vllm.d.C",)
    assert overlay.add([surface("0.10.5", {"e": ""})]) == ("0.10.5",)
    assert bundle().releases[-3:] == ("0.10.5", "0.11.0", "0.12.0")


def test_a_release_of_vplugs_own_is_not_taken(bundle: Callable[[], ContractStore]) -> None:
    assert overlay.add([surface("0.11.0", {})]) == ()
    assert within(bundle(), bundle().module("vllm.c").present) == "0.10.0.post1 0.11.0"


def test_an_upgrade_of_vplug_keeps_the_users_releases(
    bundle: Callable[[], ContractStore], folder: Path, surfaces: list[Surface]
) -> None:
    overlay.add([surface("0.12.0", {"d": ""}), surface("0.13.0", {"e": ""})])
    place.write_folder(folder, write(history_of([*surfaces, surface("0.12.0", {"own": ""})])))
    store = bundle()
    assert store.releases[-2:] == ("0.12.0", "0.13.0")
    assert store.module("vllm.own").present
    assert not store.module("vllm.d").present
    newer = [*surfaces, surface("0.12.0", {}), surface("0.13.0", {})]
    place.write_folder(folder, write(history_of(newer)))
    assert bundle().folder == folder


def test_an_interrupted_update_leaves_the_old_state(
    bundle: Callable[[], ContractStore], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    overlay.add([surface("0.12.0", {"d": ""})])
    written = 0
    real = Path.write_bytes

    def interrupted(path: Path, data: bytes) -> int:
        nonlocal written
        written += 1
        if written == 3:
            raise KeyboardInterrupt
        return real(path, data)

    monkeypatch.setattr(Path, "write_bytes", interrupted)
    with pytest.raises(KeyboardInterrupt):
        overlay.add([surface("0.13.0", {"e": ""})])
    monkeypatch.undo()
    monkeypatch.setenv("VPLUG_DATA_DIR", str(tmp_path / "user"))
    assert ContractStore.open(place.current(tmp_path / "user") or "").newest == "0.12.0"
    assert len(list((tmp_path / "user" / "contracts").glob("store-*"))) == 1


def test_a_folder_that_cannot_be_written(
    bundle: Callable[[], ContractStore], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("VPLUG_DATA_DIR", str(tmp_path / "file"))
    with pytest.raises(VplugError, match=r"cannot write"):
        overlay.add([surface("0.12.0", {})])


DAMAGE = [
    ("releases.txt", None),
    ("releases.txt", "0.9.0\n"),
    ("checksums.txt", "what\n"),
    ("names/a.txt", None),
    ("names/a.txt", "= vllm.a 0.9.0-\nC\n"),
    ("classes/IOProcessor.txt", "class 0.9.0- x\n"),
    ("loader.txt", ""),
]


@pytest.mark.parametrize(("path", "text"), DAMAGE)
def test_a_damaged_file_is_named(folder: Path, path: str, text: str | None) -> None:
    if text is None:
        (folder / path).unlink()
    else:
        (folder / path).write_text(text)

    def use() -> None:
        store = ContractStore.open(folder)
        store.name("vllm.a", "C")
        store.classes("IOProcessor")
        store.loader()

    with pytest.raises(VplugError, match=path.replace(".", r"\.")) as caught:
        use()
    assert caught.value.hint


@pytest.mark.parametrize(
    "part",
    [
        "= vllm.a 7.0-\n",
        "= vllm.a 0.9.0- 0.9.0\n",
        "= vllm.a 0.9.0-\nC c@7.0\n",
        "= vllm.a 0.9.0-\nC ?\n",
    ],
)
def test_a_file_with_the_right_checksum_and_wrong_text(folder: Path, part: str) -> None:
    from vplug.contracts.textform import checksum

    path = "names/a.txt"
    sums = (folder / "checksums.txt").read_text()
    old = checksum((folder / path).read_bytes())
    (folder / path).write_text(part)
    (folder / "checksums.txt").write_text(sums.replace(old, checksum(part.encode())))
    with pytest.raises(VplugError, match=r"names.a\.txt"):
        ContractStore.open(folder).name("vllm.a", "C")


def test_line_ends_do_not_matter(folder: Path) -> None:
    for path in folder.rglob("*.txt"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert ContractStore.open(folder).name("vllm.a", "C").present


def test_a_damaged_users_folder_is_named(
    bundle: Callable[[], ContractStore], tmp_path: Path, folder: Path, surfaces: list[Surface]
) -> None:
    overlay.add([surface("0.12.0", {})])
    kept = place.current(tmp_path / "user")
    assert kept is not None
    (kept / "surfaces" / "0.12.0.txt").write_text("rubbish")
    place.write_folder(folder, write(history_of(surfaces[:3])))
    with pytest.raises(VplugError, match=r"0\.12\.0\.txt"):
        bundle()


NEAREST = [
    ("0.11.0", "0.11.0", None),
    ("v0.11", "0.11.0", None),
    ("0.11.0+cpu", "0.11.0", "local part"),
    ("0.11.1.dev5+gabc", "0.11.0", "development build"),
    ("0.10.1.dev5", "0.10.0.post1", "development build"),
    ("0.11.0rc1", "0.11.0", "release it led to"),
    ("0.11.0.post2", "0.11.0", "release it follows"),
    ("0.10.0.post3", "0.10.0.post1", "release it follows"),
]


@pytest.mark.parametrize(("text", "release", "note"), NEAREST)
def test_nearest(store: ContractStore, text: str, release: str, note: str | None) -> None:
    found, said = store.nearest(text)
    assert found == release
    assert (note is None and said is None) or (
        said is not None and note is not None and note in said
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("0.12.0", "newer than the store"),
        ("0.8.0", "older than the store"),
        ("0.10.7", "no vLLM release"),
        ("newest", "no version"),
    ],
)
def test_nearest_to_nothing(store: ContractStore, text: str, message: str) -> None:
    with pytest.raises(UsageFault, match=message):
        store.nearest(text)


@pytest.mark.parametrize(
    ("specifier", "expected"),
    [
        (">=0.10", "0.10.0 0.10.0.post1 0.11.0"),
        ("<0.10", "0.9.0"),
        ("~=0.10.0", "0.10.0 0.10.0.post1"),
        ("0.10.0", "0.10.0"),
        ("", "0.9.0 0.10.0 0.10.0.post1 0.11.0"),
        ("==0.10.0+cpu", "0.10.0"),
        ("===0.11.0+cpu", "0.11.0"),
        ("==0.10.0.post1+rocm", "0.10.0.post1"),
        (">=0.10,!=0.11.0+cpu", "0.10.0 0.10.0.post1 0.11.0"),
    ],
)
def test_select(store: ContractStore, specifier: str, expected: str) -> None:
    assert within(store, store.select(specifier)) == expected


def test_a_pin_to_a_build_says_as_what_it_is_read(store: ContractStore) -> None:
    _, note = store.select_noted("==0.10.0+cpu")
    assert note == (
        "==0.10.0+cpu is read as 0.10.0: the local part 'cpu' names a build, not another release"
    )
    assert store.select_noted("==0.10.0")[1] is None


@pytest.mark.parametrize("specifier", [">=0.12", "what", "==", "0.12.0", "==0.12.0+cpu"])
def test_select_nothing(store: ContractStore, specifier: str) -> None:
    with pytest.raises(UsageFault):
        store.select(specifier)
