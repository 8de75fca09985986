"""From a scaffold to a package index and into a real engine, by ``vplug publish`` alone."""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.support import vplug

pytestmark = pytest.mark.live

NAME = "acme-shipped"
HERE = Path(__file__).parent


@dataclass(frozen=True)
class Served:
    """A running index: where it takes uploads, what installers use, and the login."""

    upload: str
    simple: str
    env: Mapping[str, str]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def ask(url: str, method: str = "GET", data: object = None, **headers: str) -> Any:
    body = None if data is None else json.dumps(data).encode()
    kind = {"Content-Type": "application/json", "Accept": "application/json"}
    request = urllib.request.Request(url, body, {**kind, **headers}, method=method)
    with urllib.request.urlopen(request, timeout=30) as response:
        return json.loads(response.read() or b"null")


def wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(600):
        assert process.poll() is None, log.read_text(errors="replace")
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"{url} does not answer: {log.read_text(errors='replace')}")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Variables that keep a person's own configuration out."""
    folder = str(tmp_path_factory.mktemp("home"))
    null = "keyring.backends.null.Keyring"
    return {"HOME": folder, "PYTHON_KEYRING_BACKEND": null, "GIT_CONFIG_GLOBAL": os.devnull}


@pytest.fixture(scope="module")
def pypiserver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """pypiserver with a password file."""
    root, port, password = tmp_path_factory.mktemp("pypiserver"), free_port(), secrets.token_hex(8)
    (root / "packages").mkdir()
    store = (
        "import sys; from passlib.apache import HtpasswdFile; f = HtpasswdFile(sys.argv[1], new=True); "
        "f.set_password(*sys.argv[2:]); f.save()"
    )
    file, log = root / "htpasswd", root / "log"
    subprocess.run([sys.executable, "-c", store, str(file), "ann", password], check=True)
    words = ["run", "-i", "127.0.0.1", "-p", str(port), "-P", str(file), "-a", "update"]
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [sys.executable, "-m", "pypiserver", *words, "--disable-fallback", str(root / "packages")],
            stdout=stream, stderr=stream,
        )  # fmt: skip
    try:
        base = f"http://127.0.0.1:{port}/"
        wait_for(f"{base}simple/", process, log)
        yield Served(base, f"{base}simple/", {"TWINE_USERNAME": "ann", "TWINE_PASSWORD": password})
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def devpi(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """devpi-server with a user and an index of hers that never changes a file."""
    root, port, password = tmp_path_factory.mktemp("devpi"), free_port(), secrets.token_hex(8)
    log = root / "log"
    scripts = Path(sys.executable).parent
    data = ["--serverdir", str(root / "data")]
    subprocess.run(
        [scripts / "devpi-init", *data, "--no-root-pypi"], check=True, capture_output=True
    )
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [scripts / "devpi-server", *data, "--host", "127.0.0.1", "--port", str(port)],
            stdout=stream, stderr=stream,
        )  # fmt: skip
    try:
        base = f"http://127.0.0.1:{port}"
        wait_for(f"{base}/+api", process, log)
        ask(f"{base}/ann", "PUT", {"password": password, "email": "ann@example.org"})
        login = ask(f"{base}/+login", "POST", {"user": "ann", "password": password})
        import base64

        token = base64.b64encode(f"ann:{login['result']['password']}".encode()).decode()
        settings = {"bases": [], "volatile": False}
        ask(f"{base}/ann/dev", "PUT", settings, **{"X-Devpi-Auth": token})
        yield Served(
            f"{base}/ann/dev/",
            f"{base}/ann/dev/+simple/",
            {"TWINE_USERNAME": "ann", "TWINE_PASSWORD": password},
        )
    finally:
        process.terminate()
        process.wait()


def git(folder: Path, *words: str) -> None:
    name = ("-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *name, *words], cwd=folder, check=True, capture_output=True)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A scaffold as it comes, built, committed and tagged."""
    folder = tmp_path_factory.mktemp("made")
    made = vplug("scaffold", "io-processor", "--name", NAME, "--no-input", cwd=folder)
    assert made.returncode == 0, made.stderr
    root = folder / NAME
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "As scaffolded")
    git(root, "tag", "v0.1.0")
    built = vplug("build", "--no-isolation", cwd=root)
    assert built.returncode == 0, built.stdout + built.stderr
    return root


def publish(project: Path, served: Served, home: Mapping[str, str], *words: str) -> Any:
    done = vplug(
        "publish", "--yes", "--repository-url", served.upload, *words,
        cwd=project, **home, **served.env,
    )  # fmt: skip
    assert served.env["TWINE_PASSWORD"] not in done.stdout + done.stderr
    return done


def test_a_scaffold_from_an_index_into_the_engine(
    live: Any,
    model: Path,
    project: Path,
    pypiserver: Served,
    home: Mapping[str, str],
    tmp_path: Path,
) -> None:
    done = publish(project, pypiserver, home)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("on the index, same sha256") == 2

    # As a stranger: the line that was printed, in a fresh environment.
    line = done.stdout.splitlines()[-1]
    words = line.removeprefix("Install it with: pip ").split()
    assert words == ["install", "--index-url", pypiserver.simple, f"{NAME}==0.1.0"]
    fresh = tmp_path / "fresh"
    subprocess.run([sys.executable, "-m", "venv", str(fresh)], check=True)
    python = fresh / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    pip = [str(python), "-m", "pip", "--isolated"]
    subprocess.run([*pip, *words, "--no-deps"], check=True, capture_output=True)
    listed = vplug("list", "--python", python, "--json")
    (plugin,) = json.loads(listed.stdout)["plugins"]
    assert (plugin["distribution"], plugin["version"]) == (NAME, "0.1.0")

    live.install("--isolated", *words[1:], "--no-deps")
    reply = tmp_path / "reply.json"
    status, output = live.run(HERE / "offline_embed.py", model, "acme_shipped", reply)
    assert status == 0, output
    assert json.loads(reply.read_text())["both"]["vectors"]


def test_a_broken_plugin_is_refused_on_its_lines_in_every_format(
    project: Path, pypiserver: Served, home: Mapping[str, str], tmp_path: Path
) -> None:
    broken = shutil.copytree(project, tmp_path / NAME)
    shutil.rmtree(broken / "dist")
    pyproject = broken / "pyproject.toml"
    text = pyproject.read_text().replace('version = "0.1.0"', 'version = "0.2.0"')
    changed = re.sub(r'("acme_shipped" = "acme_shipped[\w.]*:)\w+', r"\1gone", text)
    assert changed != text
    pyproject.write_text(changed)
    line = next(n for n, row in enumerate(changed.splitlines(), 1) if ":gone" in row)
    git(broken, "commit", "-aqm", "Break it")
    git(broken, "tag", "v0.2.0")
    assert (broken / "dist").exists() or vplug("build", "-n", cwd=broken).returncode in (0, 1)
    place = {
        "text": f"pyproject.toml:{line}: error VP104",
        "github": f"file=pyproject.toml,line={line}",
        "markdown": f"pyproject.toml:{line}",
        "junit": f"pyproject.toml:{line}",
        "sarif": f'"startLine": {line}',
        "json": f'"line": {line}',
    }
    for form, words in place.items():
        done = publish(broken, pypiserver, home, "--format", form)
        assert done.returncode == 1, done.stdout + done.stderr
        assert words in done.stdout, (form, done.stdout)
        assert "VP104" in done.stdout
        assert "nothing was sent" in done.stderr
        validated = vplug("validate", "--format", form, cwd=broken)
        assert validated.returncode == 1
        assert words in validated.stdout, (form, validated.stdout)
    page = b""
    # 404 where this test runs alone: then the index has nothing of the project at all.
    with (
        suppress(urllib.error.HTTPError),
        urllib.request.urlopen(f"{pypiserver.simple}{NAME}/") as response,
    ):
        page = response.read()
    assert b"0.2.0" not in page


def test_devpi_takes_it_too(
    project: Path, devpi: Served, home: Mapping[str, str], tmp_path: Path
) -> None:
    done = publish(project, devpi, home)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("on the index, same sha256") == 2
    assert f"pip install --index-url {devpi.simple} {NAME}==0.1.0" in done.stdout
    again = publish(project, devpi, home)
    assert again.returncode == 1
    assert f"{NAME} 0.1.0 is on {devpi.simple} already" in again.stdout
    same = publish(project, devpi, home, "--skip-existing")
    assert same.returncode == 0
    assert "Nothing to send" in same.stdout
    wrong = Served(devpi.upload, devpi.simple, {**devpi.env, "TWINE_PASSWORD": "canary-wrong-9"})
    elsewhere = shutil.copytree(project, tmp_path / NAME)
    refused = publish(elsewhere, wrong, home, "--index-url", f"{pypi_free()}", "--allow-unknown")
    assert refused.returncode == 4
    assert "did not accept user and password" in refused.stderr


def pypi_free() -> str:
    """The address of an index at which nothing listens, so that nothing is known of the version."""
    return f"http://127.0.0.1:{free_port()}/simple/"
