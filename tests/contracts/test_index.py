"""The package index, played by a small server: pages, ranges, hashes, and what can go wrong."""

from __future__ import annotations

import hashlib
import io
import json
import socket
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from packaging.version import Version

from vplug.contracts import index, overlay, place, sources
from vplug.contracts.index import NoNetwork, fetch, final_releases, list_files
from vplug.contracts.make import choose, make, surface_from_index
from vplug.contracts.make import main as make_main
from vplug.contracts.ranges import RangeReader
from vplug.contracts.store import ContractStore
from vplug.errors import NothingFound, Unreadable, UsageFault, VplugError


def sdist(version: str, text: str = "x = 1") -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, body in {
            "PKG-INFO": f"Metadata-Version: 2.1\nName: vllm\nVersion: {version}\n",
            "vllm/__init__.py": "",
            "vllm/m.py": text,
            "tests/test_m.py": "",
        }.items():
            info = tarfile.TarInfo(f"vllm-{version}/{name}")
            info.size = len(body)
            tar.addfile(info, io.BytesIO(body.encode()))
    return buffer.getvalue()


def wheel(version: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("vllm/__init__.py", "")
        archive.writestr("vllm/w.py", "y = 1")
        archive.writestr("vllm/_C.abi3.so", b"\0" * 3_000_000)
        archive.writestr(
            f"vllm-{version}.dist-info/METADATA", f"Name: vllm\nVersion: {version}\n\n"
        )
        archive.writestr(f"vllm-{version}.dist-info/RECORD", "vllm/__init__.py,,\n")
    return buffer.getvalue()


class Index:
    """Files and the page that lists them."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.yanked: set[str] = set()
        self.lies: set[str] = set()
        self.html = False
        self.ranges = True
        self.broken = ""
        self.url = ""

    def page(self) -> tuple[str, bytes]:
        if self.broken:
            return "application/vnd.pypi.simple.v1+json", self.broken.encode()
        listed = []
        for name, data in self.files.items():
            digest = hashlib.sha256(data).hexdigest() if name not in self.lies else "0" * 64
            listed.append((name, f"../../files/{name}", digest, name in self.yanked))
        if self.html:
            links = [
                f'<a href="{url}#sha256={digest}"{" data-yanked" if gone else ""}>{name}</a>'
                for name, url, digest, gone in listed
            ]
            return "text/html", "\n".join(links).encode()
        found = [
            {"filename": n, "url": u, "hashes": {"sha256": d}, "yanked": y} for n, u, d, y in listed
        ]
        return "application/vnd.pypi.simple.v1+json", json.dumps({"files": found}).encode()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    made = Index()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/simple/vllm/":
                kind, body = made.page()
                self.answer(200, body, kind)
                return
            body = made.files.get(self.path.rpartition("/")[2], b"")
            asked = self.headers.get("Range")
            if not body:
                self.answer(404, b"", "text/plain")
            elif asked and made.ranges:
                first, _, last = asked.removeprefix("bytes=").partition("-")
                part = body[int(first) : int(last) + 1]
                self.answer(206, part, "x/x", f"bytes {first}-{last}/{len(body)}")
            else:
                self.answer(200, body, "x/x")

        def answer(self, status: int, body: bytes, kind: str, ranges: str = "") -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            if ranges:
                self.send_header("Content-Range", ranges)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            pass

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=httpd.serve_forever, daemon=True)
    thread.start()
    made.url = f"http://127.0.0.1:{httpd.server_port}/simple"
    monkeypatch.setenv("PIP_INDEX_URL", made.url)
    monkeypatch.setenv("no_proxy", "*")
    yield made
    httpd.shutdown()
    httpd.server_close()
    thread.join()


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """An index that nobody serves."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{port}/simple")
    monkeypatch.setenv("no_proxy", "*")


@pytest.mark.parametrize("html", [False, True])
def test_pages_of_either_form_with_relative_links(server: Index, html: bool) -> None:
    server.html = html
    server.files = {
        "vllm-0.9.0.tar.gz": sdist("0.9.0"),
        "vllm-0.9.0-cp38-abi3-manylinux1_x86_64.whl": wheel("0.9.0"),
        "unrelated.txt": b"x",
    }
    server.yanked = {"vllm-0.9.0-cp38-abi3-manylinux1_x86_64.whl"}
    files = list_files()
    assert [(f.name, f.version, f.is_sdist, f.yanked) for f in files] == [
        ("vllm-0.9.0-cp38-abi3-manylinux1_x86_64.whl", Version("0.9.0"), False, True),
        ("vllm-0.9.0.tar.gz", Version("0.9.0"), True, False),
    ]
    with fetch(files[1]) as handle:
        assert handle.read() == server.files["vllm-0.9.0.tar.gz"]


def test_final_releases(server: Index) -> None:
    for version in ("0.6.0", "0.7.0", "0.8.0rc1", "0.8.0", "0.8.0.post1", "0.9.0.dev1"):
        server.files[f"vllm-{version}.tar.gz"] = sdist(version)
    server.files["vllm-0.8.1-cp38-abi3-manylinux1_x86_64.whl"] = wheel("0.8.1")
    server.files["vllm-0.8.2.tar.gz"] = sdist("0.8.2")
    server.yanked = {"vllm-0.8.2.tar.gz"}
    chosen = final_releases(list_files())
    assert list(chosen) == ["0.7.0", "0.8.0", "0.8.0.post1", "0.8.1"]
    assert not chosen["0.8.1"].is_sdist
    assert list(choose("0.8,v0.8.0.post1", chosen)) == ["0.8.0", "0.8.0.post1"]
    for wanted, message in {
        "0.8.0,0.8.2": r"no final release '0\.8\.2'",
        "0.8.0+cpu": r"no final release '0\.8\.0\+cpu'",
        "newest": "no final release 'newest'",
        "0.6.0": r"0\.6\.0 is older than the contracts, which begin at 0\.7\.0",
    }.items():
        with pytest.raises(UsageFault, match=message):
            choose(wanted, chosen)


def test_of_a_wheel_only_the_python_members_are_fetched(server: Index) -> None:
    server.files["vllm-0.8.1-cp38-abi3-manylinux1_x86_64.whl"] = wheel("0.8.1")
    (file,) = list_files()
    with RangeReader(file.url, block=4096) as reader, zipfile.ZipFile(reader) as archive:
        assert archive.read("vllm/w.py") == b"y = 1"
        assert reader.fetched < 100_000 < reader.size
    found = surface_from_index(file)
    assert found.modules["vllm.w"].names == {"y": ("p", "=")}
    assert (found.release, found.source) == ("0.8.1", "wheel")


def test_no_byte_ranges(server: Index) -> None:
    server.ranges = False
    server.files["vllm-0.8.1-cp38-abi3-manylinux1_x86_64.whl"] = wheel("0.8.1")
    with pytest.raises(NoNetwork, match=r"byte ranges"):
        surface_from_index(list_files()[0])


def test_a_file_that_is_not_what_the_index_says(server: Index) -> None:
    server.files["vllm-0.9.0.tar.gz"] = sdist("0.9.0")
    server.lies = {"vllm-0.9.0.tar.gz"}
    with pytest.raises(VplugError, match=r"sha256"):
        fetch(list_files()[0])


def test_a_file_that_is_gone(server: Index) -> None:
    server.files["vllm-0.9.0.tar.gz"] = sdist("0.9.0")
    (file,) = list_files()
    server.files.clear()
    with pytest.raises(NoNetwork, match=r"404"):
        fetch(file)


@pytest.mark.parametrize("page", ["{", "[]", '{"files": [{}]}', '{"files": 3}'])
def test_a_page_that_is_none(server: Index, page: str) -> None:
    server.broken = page
    with pytest.raises(NoNetwork, match=r"no package index"):
        list_files()


@pytest.mark.usefixtures("nowhere")
def test_no_network_is_said_and_changes_nothing(tmp_path: Path) -> None:
    with pytest.raises(NoNetwork, match=r"cannot reach") as caught:
        list_files()
    assert caught.value.status == 4
    out = tmp_path / "out"
    assert make_main(["--out", str(out)]) == 4
    assert not out.exists()


def test_the_address_is_pips(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "https://somewhere.invalid/simple")
    assert index.index_url() == "https://somewhere.invalid/simple/"
    monkeypatch.delenv("PIP_INDEX_URL")
    monkeypatch.setattr(
        index, "_pip", lambda *words: "" if "config" in words else "https://d.invalid"
    )
    assert index.index_url() == "https://d.invalid/"
    monkeypatch.setattr(index, "_pip", lambda *words: "")
    with pytest.raises(NoNetwork, match=r"no package index is configured"):
        index.index_url()


def test_a_password_in_the_address_is_not_shown(
    server: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.broken = "{"
    monkeypatch.setenv("PIP_INDEX_URL", server.url.replace("//", "//me:secret@"))
    with pytest.raises(NoNetwork, match=r"no package index") as caught:
        list_files()
    assert "secret" not in caught.value.message


def test_make_is_resumable_and_the_same_again(server: Index, tmp_path: Path) -> None:
    for version in ("0.7.0", "0.7.1"):
        server.files[f"vllm-{version}.tar.gz"] = sdist(version, f"only_{version[-1]} = 1")
    chosen = final_releases(list_files())
    make(chosen, tmp_path / "a", tmp_path / "cache", jobs=1)
    for name in list(server.files):
        server.files[name] = b""  # nothing is fetched a second time
    make(chosen, tmp_path / "b", tmp_path / "cache", jobs=1)
    read = [
        {
            p.relative_to(tmp_path / n).as_posix(): p.read_bytes()
            for p in (tmp_path / n).rglob("*.txt")
        }
        for n in ("a", "b")
    ]
    assert read[0] == read[1]
    store = ContractStore.open(tmp_path / "a")
    assert store.names_in(store.name("vllm.m", "only_1").present) == ("0.7.1",)


def test_sources_of_a_release(tmp_path: Path, server: Index) -> None:
    (tmp_path / "vllm-0.9.1.tar.gz").write_bytes(sdist("0.9.1"))
    (tmp_path / "vllm-0.9.2-cp38-abi3-manylinux1_x86_64.whl").write_bytes(wheel("0.9.2+cpu"))
    checkout = tmp_path / "checkout"
    (checkout / "vllm").mkdir(parents=True)
    (checkout / "vllm" / "__init__.py").write_text("")
    (checkout / "pyproject.toml").write_text('[project]\nrequires-python = ">=3.11"\n')
    with pytest.raises(Unreadable, match=r"does not tell"):
        sources.surface_of(str(checkout))
    (checkout / "vllm" / "_version.py").write_text("__version__ = version = '0.9.3.dev4+gabc'\n")
    site = tmp_path / "env" / "lib" / "python3.12" / "site-packages"
    with zipfile.ZipFile(tmp_path / "vllm-0.9.2-cp38-abi3-manylinux1_x86_64.whl") as archive:
        archive.extractall(site)
    python = tmp_path / "env" / "bin" / "python"
    python.parent.mkdir()
    python.write_text("")
    server.files["vllm-0.9.4.tar.gz"] = sdist("0.9.4")
    table = [
        (tmp_path / "vllm-0.9.1.tar.gz", "0.9.1", "sdist"),
        (tmp_path / "vllm-0.9.2-cp38-abi3-manylinux1_x86_64.whl", "0.9.2", "wheel"),
        (checkout, "0.9.3.dev4", "checkout"),
        (tmp_path / "env", "0.9.2", "installed"),
        (python, "0.9.2", "installed"),
        (site, "0.9.2", "installed"),
        ("0.9.4", "0.9.4", "sdist"),
    ]
    found = [sources.surface_of(str(source)) for source, _, _ in table]
    assert [(s.release, s.source) for s in found] == [(release, kind) for _, release, kind in table]


@pytest.mark.parametrize(
    ("name", "data", "fault"),
    [
        ("vllm-1.tar.gz", b"no tar", Unreadable),
        ("vllm-1.whl", b"no zip", Unreadable),
        ("file.txt", b"", Unreadable),
        ("vllm-1.tar.gz", sdist("1", "x = 1\n" * 9000)[:-60], Unreadable),
    ],
)
def test_sources_that_are_none(
    tmp_path: Path, name: str, data: bytes, fault: type[VplugError]
) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(fault):
        sources.surface_of(str(tmp_path / name))


def test_folders_and_words_that_are_no_source(tmp_path: Path) -> None:
    with pytest.raises(NothingFound):
        sources.surface_of(str(tmp_path))
    with pytest.raises(UsageFault, match=r"neither"):
        sources.surface_of("no such thing")


def test_update_brings_what_is_newer(
    server: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for version in ("0.7.0", "0.8.0", "0.9.0"):
        server.files[f"vllm-{version}.tar.gz"] = sdist(version)
    chosen = final_releases(list_files())
    make({"0.7.0": chosen["0.7.0"]}, tmp_path / "data", jobs=1)
    monkeypatch.setattr(place, "BUNDLED", tmp_path / "data")
    monkeypatch.setenv("VPLUG_DATA_DIR", str(tmp_path / "user"))
    newer = sources.newer_on_index(ContractStore.bundled().newest)
    assert newer == ["0.8.0", "0.9.0"]
    overlay.add(sources.from_index(newer))
    assert ContractStore.bundled().releases == ("0.7.0", "0.8.0", "0.9.0")
    assert sources.newer_on_index("0.9.0") == []
