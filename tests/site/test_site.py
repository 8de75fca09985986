"""The site as it is built: every page is in it, every link leads somewhere, nothing is asked of others."""

from __future__ import annotations

import os
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

pytest.importorskip("material", reason="`nox -s site` has MkDocs")

ROOT = Path(__file__).parent.parent.parent
DOCS = ROOT / "docs"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built strictly without any way to the network."""
    out = tmp_path_factory.mktemp("site")
    nowhere = dict.fromkeys(("http_proxy", "https_proxy", "all_proxy"), "http://127.0.0.1:9")
    config = str(DOCS / "site" / "mkdocs.yml")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--quiet", "-f", config, "-d", str(out)],
        env={**os.environ, **nowhere, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return out


class Page(HTMLParser):
    """What a page loads, where it leads, and what may be led to."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.links: list[str] = []
        self.names: set[str] = set()
        self.pictures: list[dict[str, str | None]] = []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if name := given.get("id"):
            self.names.add(name)
        if tag in {"script", "img", "iframe", "source"} and (source := given.get("src")):
            self.loads.append(source)
        if tag == "img":
            self.pictures.append(given)
        if tag == "link" and given.get("rel") not in {"prev", "next", "canonical"}:
            self.loads.append(given.get("href") or "")
        if tag == "a" and (target := given.get("href")):
            self.links.append(target)


def pages(built: Path) -> dict[Path, Page]:
    return {path: Page(path) for path in built.rglob("*.html") if path.name != "404.html"}


def test_every_page_is_in_it(built: Path) -> None:
    wanted = {path.relative_to(DOCS).with_suffix(".html").as_posix() for path in DOCS.rglob("*.md")}
    wanted = {name.replace("README", "index") for name in wanted} | {"changes.html"}
    assert wanted == {path.relative_to(built).as_posix() for path in pages(built)}
    assert (built / "schemas" / "report-1.schema.json").is_file()
    assert not list(built.rglob("*.py"))


def test_nothing_is_fetched_from_elsewhere(built: Path) -> None:
    for path, page in pages(built).items():
        assert page.loads
        for source in page.loads:
            parts = urlsplit(source)
            assert not parts.scheme, f"{path.name}: {source}"
            assert not parts.netloc, f"{path.name}: {source}"
            assert (path.parent / unquote(parts.path)).is_file(), f"{path.name}: {source}"
    for sheet in built.rglob("*.css"):
        assert "@import" not in sheet.read_text(encoding="utf-8"), sheet.name


def test_links_lead_to_pages_and_places_in_them(built: Path) -> None:
    """From a folder too: no link relies on a server that turns a folder into a page."""
    found = pages(built)
    for path, page in found.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            assert target.is_file(), f"{path.name}: {link}"
            if parts.fragment and target in found:
                assert unquote(parts.fragment) in found[target].names, f"{path.name}: {link}"


def test_pictures_say_what_they_show(built: Path) -> None:
    shown = [picture for page in pages(built).values() for picture in page.pictures]
    assert {Path(str(p["src"])).name for p in shown if "screens/" in str(p["src"])} == {
        path.name for path in (DOCS / "screens").iterdir()
    }
    assert all(len(picture.get("alt") or "") > 10 for picture in shown)
