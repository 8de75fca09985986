"""``vplug publish`` against a real package-index server, and what stops it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from tests.publish.made import PYPROJECT, committed, sdist, wheel
from tests.publish.servers import PASSWORD, Handler, Index, serving
from tests.schemas import hold
from tests.support import vplug_here, write

import vplug.release.publish.publish as publishing

WHEEL, SDIST = "demo-1.0-py3-none-any.whl", "demo-1.0.tar.gz"


@pytest.fixture(autouse=True)
def look_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """The waits for an index that lags are for people."""
    monkeypatch.setattr(publishing.publish, "__defaults__", ((0, 0.01),))


def run(*words: str | Path, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    done = vplug_here("publish", *words, cwd=cwd, **env)
    assert PASSWORD not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done


def gates(done: subprocess.CompletedProcess[str]) -> dict[str, str]:
    document = json.loads(done.stdout)
    hold(document)
    return {gate["name"]: gate["outcome"] for gate in document["gates"]}


def test_published_read_back_and_installed(plugin: Path, server: Index, tmp_path: Path) -> None:
    committed(plugin)
    done = run("--yes", "--repository-url", server.login, cwd=plugin)
    assert done.returncode == 0, done.stdout + done.stderr
    assert sorted(path.name for path in server.folder.iterdir()) == sorted([WHEEL, SDIST])
    assert f"sent     dist/{WHEEL}  on the index, same sha256" in done.stdout
    install = done.stdout.splitlines()[-1].removeprefix("Install it with: ")
    assert install == f"pip install --index-url {server.url}simple/ demo==1.0"
    target = tmp_path / "site"
    words = [*install.split()[1:], "--no-deps", "--target", str(target), "--quiet", "--isolated"]
    subprocess.run([sys.executable, "-m", "pip", *words], check=True, capture_output=True)
    listed = vplug_here("list", "--prefix", target)
    assert "mine" in listed.stdout

    again = run("--yes", "--repository-url", server.login, cwd=plugin)
    assert again.returncode == 1
    assert f"demo 1.0 is on {server.url}simple/ already" in again.stdout
    assert f"there already dist/{WHEEL}" in again.stdout
    assert "send " not in again.stdout.partition("Files for")[2]
    assert "1 gate does not pass: index; nothing was sent" in again.stderr

    (server.folder / SDIST).unlink()
    rest = run("--yes", "--skip-existing", "--repository-url", server.login, cwd=plugin)
    assert rest.returncode == 0, rest.stdout + rest.stderr
    assert f"there    dist/{WHEEL}" in rest.stdout
    assert f"sent     dist/{SDIST}" in rest.stdout
    nothing = run("--yes", "--skip-existing", "--repository-url", server.login, cwd=plugin)
    assert nothing.returncode == 0
    assert "Nothing to send" in nothing.stdout

    wheel(plugin / "dist", **{"demo/more.py": "x = 1\n"})
    other = run("--yes", "--skip-existing", "--repository-url", server.login, cwd=plugin)
    assert other.returncode == 1
    assert f"{WHEEL} is there with other bytes" in other.stdout


def test_a_dry_run_sends_nothing(plugin: Path, server: Index) -> None:
    committed(plugin)
    words = ("--dry-run", "--repository-url", server.login)
    done = run(*words, cwd=plugin)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Dry run: nothing was sent; 2 files would be." in done.stdout
    assert f"would send    dist/{WHEEL}" in done.stdout
    hashes = [line for line in done.stdout.splitlines() if "sha256" in line]
    assert len(hashes) == 2
    assert max(map(len, hashes)) < 80
    assert f"Files for {server.url.replace('://', '://***@')}" in done.stdout
    assert list(server.folder.iterdir()) == []
    document = json.loads(run(*words, "--json", cwd=plugin).stdout)
    hold(document)
    assert {gate["outcome"] for gate in document["gates"]} == {"pass"}
    assert [file["state"] for file in document["files"]] == ["waiting", "waiting"]
    assert document["repository"]["index"] == f"{server.url}simple/"


def test_a_wrong_password(plugin: Path, server: Index) -> None:
    committed(plugin)
    wrong = server.login.replace(PASSWORD, "canary-wrong")
    done = run("--yes", "--repository-url", wrong, cwd=plugin)
    assert done.returncode == 4
    assert "does not let you upload" in done.stderr
    assert "caused an error" not in done.stderr.partition("error: ")[2]
    assert "canary" not in done.stdout + done.stderr
    assert list(server.folder.iterdir()) == []


def test_a_password_from_the_configuration(
    plugin: Path, server: Index, nobodys_configuration: Path
) -> None:
    committed(plugin)
    text = (
        f"[distutils]\nindex-servers = local\n[local]\nrepository = {server.url}\nusername = bob\n"
    )
    (nobodys_configuration / ".pypirc").write_text(f"{text}password = {PASSWORD}\n")
    done = run("--yes", "-r", "local", "--json", cwd=plugin)
    assert done.returncode == 0, done.stdout + done.stderr
    document = json.loads(done.stdout)
    hold(document)
    assert document["repository"]["name"] == "local"
    assert {file["state"] for file in document["files"]} == {"sent"}
    assert {file["on_index"] for file in document["files"]} == {"matches"}
    assert document["install"].endswith("demo==1.0")


def test_every_gate_runs_and_all_failures_are_shown(plugin: Path, server: Index) -> None:
    broken = 'dependencies = ["vllm>=0.8,<0.34"]'
    text = PYPROJECT.replace('dependencies = ["vllm>=0.20,<0.34"]', broken)
    module = "from vllm.gone import x\n\n\ndef register():\n    pass\n"
    write(
        plugin,
        {"pyproject.toml": text.replace("demo:register", "demo:gone"), "demo/__init__.py": module},
    )
    committed(plugin, None)
    for path in (WHEEL, SDIST):
        (server.folder / path).write_bytes((plugin / "dist" / path).read_bytes())
    words = ("--yes", "--repository-url", server.login)
    done = run(*words, cwd=plugin)
    assert done.returncode == 1
    for name in ("validate", "index", "git"):
        assert f"  fail        {name}" in done.stdout
    assert re.search(r"pyproject.toml:\d+: error VP104", done.stdout), done.stdout
    assert "nothing was sent" in done.stderr
    for form, words_in_it in (
        ("github", "::error"),
        ("markdown", "VP104"),
        ("junit", "VP104"),
        ("sarif", '"VP104"'),
        ("json", '"VP104"'),
    ):
        shown = run(*words, "--format", form, cwd=plugin)
        assert shown.returncode == 1
        assert words_in_it in shown.stdout, form


def test_a_gate_that_cannot_tell_stops_until_it_is_allowed(plugin: Path) -> None:
    committed(plugin)
    taken = []

    def post(handler: Handler) -> None:
        taken.append(handler.body())
        handler.answer(200)

    def nothing(handler: Handler) -> None:
        handler.answer(404)

    with serving(post, do_GET=nothing) as url:
        env = {"TWINE_USERNAME": "bob", "TWINE_PASSWORD": PASSWORD}
        words = ("--yes", "--json", "--repository-url", url)
        done = run(*words, cwd=plugin, **env)
        assert done.returncode == 1
        assert gates(done)["index"] == "cannot-tell"
        (gate,) = [g for g in json.loads(done.stdout)["gates"] if g["name"] == "index"]
        assert gate["hint"].endswith("or --allow-unknown, to send all the same")
        assert "hint:" not in done.stderr  # the gate has its own
        assert taken == []
        done = run(*words, "--allow-unknown", cwd=plugin, **env)
    assert done.returncode == 0, done.stderr
    assert len(taken) == 2
    document = json.loads(done.stdout)
    assert {file["on_index"] for file in document["files"]} == {"cannot-tell"}


def test_an_index_that_is_down_or_refuses_the_login(plugin: Path) -> None:
    committed(plugin)
    env = {"TWINE_USERNAME": "bob", "TWINE_PASSWORD": PASSWORD}

    def refuse(handler: Handler) -> None:
        handler.answer(401)

    with serving(refuse, do_GET=refuse) as url:
        done = run("--dry-run", "--repository-url", url, cwd=plugin, **env)
        assert done.returncode == 1
        assert "refused the login (401): user bob, from TWINE_USERNAME" in done.stdout
        assert "check user and password" in done.stdout
        assert "--allow-unknown" not in done.stdout + done.stderr
    done = run("--dry-run", "--repository-url", url, cwd=plugin, **env)
    assert done.returncode == 1
    assert "is the server up, is the address right?" in done.stdout
    assert "--index-url" not in done.stdout + done.stderr


@pytest.mark.parametrize("status", [301, 404, 405, 413])
def test_a_command_that_would_fail_again_is_not_told(plugin: Path, status: int) -> None:
    committed(plugin)

    def post(handler: Handler) -> None:
        handler.body()
        handler.answer(status)

    def none_yet(handler: Handler) -> None:
        handler.answer(200 if handler.path == "/simple/" else 404, "<title>Simple index</title>")

    env = {"TWINE_USERNAME": "bob", "TWINE_PASSWORD": PASSWORD}
    with serving(post, do_GET=none_yet) as url:
        done = run("--yes", "--json", "--repository-url", url, cwd=plugin, **env)
    assert done.returncode == 4
    assert json.loads(done.stdout)["finish"] is None


def test_a_silent_server_is_waited_for_three_times_and_no_more(plugin: Path) -> None:
    committed(plugin)
    gone = threading.Event()
    asked: list[str] = []

    def hang(handler: Handler) -> None:
        asked.append(handler.command)
        gone.wait(10)

    env = {"TWINE_USERNAME": "bob", "TWINE_PASSWORD": PASSWORD}
    words = ("--yes", "--allow-unknown", "--timeout", "1", "--json", "--repository-url")
    with serving(hang, do_GET=hang) as url:
        done = run(*words, url, cwd=plugin, **env)
        gone.set()
    assert done.returncode == 4
    assert "was silent for 1 s" in done.stderr
    # Before, the upload itself, and one look for what became of it.
    assert asked == ["GET", "POST", "GET"]


def test_a_server_that_dies_after_the_first_file(plugin: Path) -> None:
    committed(plugin)
    env = {"TWINE_USERNAME": "bob", "TWINE_PASSWORD": PASSWORD}
    data = (plugin / "dist" / WHEEL).read_bytes()
    stored: dict[str, bytes] = {}

    def post(handler: Handler) -> None:
        if WHEEL.encode() in handler.body():
            stored[WHEEL] = data
            handler.answer(200)
        else:
            handler.connection.close()
            handler.close_connection = True

    def get(handler: Handler) -> None:
        import hashlib

        if handler.path == "/simple/":
            handler.answer(200, "<title>Simple index</title>")
            return
        links = [
            f'<a href="/f/{name}#sha256={hashlib.sha256(body).hexdigest()}">{name}</a>'
            for name, body in stored.items()
        ]
        handler.answer(200 if links else 404, "".join(links))

    with serving(post, do_GET=get) as url:
        done = run("--yes", "--repository-url", url, cwd=plugin, **env)
    assert done.returncode == 4
    assert f"sent     dist/{WHEEL}  on the index, same sha256" in done.stdout
    assert f"broken   dist/{SDIST}  not on the index" in done.stdout
    finish = f"vplug publish --skip-existing --repository-url {url} dist/{WHEEL} dist/{SDIST}"
    assert f"Send the rest with: {finish}" in done.stdout
    assert "broke the connection while demo-1.0.tar.gz was sent" in done.stderr


@pytest.mark.parametrize("served", ["other", "nothing"])
def test_an_index_that_does_not_serve_what_was_sent(plugin: Path, served: str) -> None:
    committed(plugin)
    (plugin / "dist" / SDIST).unlink()
    sent = []

    def post(handler: Handler) -> None:
        sent.append(handler.body())
        handler.answer(200)

    def get(handler: Handler) -> None:
        if handler.path == "/simple/" or not sent:
            handler.answer(
                200 if handler.path == "/simple/" else 404, "<title>Simple index</title>"
            )
        elif served == "other":
            handler.answer(200, f'<a href="/f/{WHEEL}#sha256={"0" * 64}">x</a>')
        else:
            handler.answer(404)

    with serving(post, do_GET=get) as url:
        env = {"TWINE_USERNAME": "bob", "TWINE_PASSWORD": PASSWORD}
        done = run("--yes", "--repository-url", url, cwd=plugin, **env)
    assert done.returncode == 4
    words = (
        "serves other bytes than were sent" if served == "other" else f"does not list {WHEEL} yet"
    )
    assert words in done.stderr


def test_nobody_to_ask(plugin: Path, server: Index) -> None:
    done = run("--repository-url", server.login, cwd=plugin)
    assert done.returncode == 2
    assert "this is no terminal" in done.stderr
    assert "add --yes" in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (["gone.whl"], 2),
        (["--repository", "gone"], 2),
        (["--repository-url", f"ftp://bob:{PASSWORD}@host/"], 2),
        ([f"https://bob:{PASSWORD}@host/"], 2),
        ([f"bob:{PASSWORD}@host/"], 2),
        (["--index-url", f"bob:{PASSWORD}@host"], 2),
        (["--attestations"], 2),
        (["empty"], 3),
    ],
    ids=lambda value: " ".join(value)[:16] if isinstance(value, list) else None,
)
def test_bad_words(plugin: Path, words: list[str], status: int) -> None:
    (plugin / "empty").mkdir()
    done = run("--dry-run", "--allow-dirty", *words, cwd=plugin)
    assert (done.returncode, done.stdout) == (status, "")
    assert "error: " in done.stderr
    as_json = run("--dry-run", "--json", "--allow-dirty", *words, cwd=plugin)
    document = json.loads(as_json.stdout)
    hold(document)
    assert document["error"]["message"]
    assert document["status"] == status


def test_a_fault_of_our_own_shows_no_secret_even_with_debug(
    plugin: Path, server: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError(f"at {server.login} with {PASSWORD}")

    monkeypatch.setattr(publishing, "run_gates", fail)
    words = ("publish", "--dry-run", "--repository-url", server.login)
    for debug in ((), ("--debug",)):
        done = vplug_here(*debug, *words, cwd=plugin)
        assert done.returncode == 4
        assert "vplug failed: RuntimeError: at http://***@" in done.stderr
        assert PASSWORD not in done.stdout + done.stderr
        assert ("Traceback" in done.stderr) is bool(debug)


def test_a_plugin_that_is_none(plugin: Path, server: Index) -> None:
    text = PYPROJECT.replace(
        "[project.entry-points", "[project.scripts]\nx = 'demo:register'\n[tool.other"
    )
    write(plugin, {"pyproject.toml": text})
    committed(plugin)
    done = run("--dry-run", "--json", "--repository-url", server.login, cwd=plugin)
    assert done.returncode == 1
    assert gates(done)["validate"] == "fail"


def test_without_a_declared_range_there_is_none_to_hold_it_to(plugin: Path, server: Index) -> None:
    text = PYPROJECT.replace('dependencies = ["vllm>=0.20,<0.34"]\n', "")
    write(plugin, {"pyproject.toml": text})
    committed(plugin)
    sdist(plugin / "dist")
    done = run("--dry-run", "--json", "--repository-url", server.login, cwd=plugin)
    assert gates(done)["compat"] == "skipped"
