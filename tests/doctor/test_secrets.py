"""No format prints a secret, wherever it stands: in a variable, a message, a traceback."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.doctor.from_json import captured
from tests.doctor.test_bad_input import Broken, broken
from tests.doctor.test_command import plugin, site
from tests.support import vplug_here

from vplug.cli.blanking import is_secret, secrets_of, without_secrets

__all__ = ["broken", "site"]

FORMATS = ("table", "json", "markdown")
KEY = "supersecretkey1"


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(
    ("name", "value", "secret"),
    [
        ("VLLM_API_KEY", KEY, KEY),
        ("VLLM_API_KEY", "abc1", "abc1"),
        ("VLLM_API_KEY", "12345678", "12345678"),
        ("VLLM_MY_TOKEN", KEY, KEY),
        ("VLLM_SECRETS", KEY, KEY),
        ("VLLM_DB_PASSWORD", KEY, KEY),
        ("VLLM_DB_PASSWD", KEY, KEY),
        ("VLLM_DB_PASS", KEY, KEY),
        ("VLLM_CREDENTIALS", KEY, KEY),
        ("VLLM_AUTH", KEY, KEY),
        ("VLLM_AUTHORIZATION", f"Bearer {KEY}", KEY),
        ("VLLM_REGISTRY", f"https://mia:{KEY}@models.example/x", KEY),
        ("VLLM_SERVERS", f"a, redis://:{KEY}@r.example:6379/0", KEY),
        ("VLLM_HUB_PAT", KEY, KEY),
        ("VLLM_ALERT_WEBHOOK", f"https://chat.example/{KEY}", KEY),
        ("VLLM_STORE_SAS", KEY, KEY),
        ("VLLM_SESSION_COOKIE", KEY, KEY),
        ("VLLM_LICENSE", KEY, KEY),
        ("VLLM_STORE", f"AccountName=a;AccountKey={KEY}==;x=1", KEY),
        ("VLLM_ALERTS", f"https://hooks.slack.com/services/T0/{KEY}", KEY),
        ("VLLM_SETTING", "hf_abcdefghijklmnop", "abcdefghijklmnop"),
        ("VLLM_SETTING", "AKIAABCDEFGHIJKLMNOP", "ABCDEFGHIJKLMNOP"),
    ],
)
def test_a_variables_secret_is_printed_in_no_format(
    site: Path, form: str, name: str, value: str, secret: str
) -> None:
    done = vplug_here("doctor", "--no-run", "--prefix", site, "--format", form, **{name: value})
    assert done.returncode == 0, done.stderr
    assert name in done.stdout
    assert secret not in done.stdout + done.stderr
    assert "***" in done.stdout


def test_what_a_plugin_reads_is_told_without_its_value(site: Path) -> None:
    plugin(site, "mine", "import os\ndef register():\n    os.environ.get('ACME_LICENCE_KEY')\n")
    done = vplug_here("doctor", "--no-run", "--json", "--prefix", site, ACME_LICENCE_KEY=KEY)
    told = {item["name"]: item for item in json.loads(done.stdout)["variables"]}
    assert told["ACME_LICENCE_KEY"]["value"] == "***"
    assert told["ACME_LICENCE_KEY"]["readers"] == ["mine"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("VLLM_MAX_TOKENS_PER_CHUNK", "32768"),
        ("VLLM_TOKENIZER_MODE", "slow"),
        ("VLLM_USE_KEY_CACHE", "1"),
        ("VLLM_AUTHOR", "mia"),
        ("VLLM_PATTERN", "fast"),
        ("VLLM_PATH_STYLE", "posix"),
        ("VLLM_LOGGING_LEVEL", "DEBUG"),
    ],
)
def test_what_is_no_secret_is_told(site: Path, name: str, value: str) -> None:
    done = vplug_here("doctor", "--no-run", "--prefix", site, **{name: value})
    assert repr(value) in done.stdout
    assert "***" not in done.stdout


@pytest.mark.parametrize("form", FORMATS)
def test_a_secret_in_what_a_plugin_raises_or_returns_is_blanked(broken: Broken, form: str) -> None:
    key = "import os\nKEY = os.environ['ACME_API_KEY']\n"
    broken.plugin("says", f"{key}def register():\n    raise RuntimeError(f'no device for {{KEY}}')")
    broken.plugin("odd", f"{key}def register():\n    return [KEY]")
    broken.plugin("dies", f"{key}raise OSError('https://mia:' + KEY + '@host/x')")
    done = broken.run("--format", form, ACME_API_KEY=KEY)
    assert "no device for ***" in done.stdout
    assert "says.py" in done.stdout
    assert KEY not in done.stdout + done.stderr


def test_secrets_are_found_in_their_spellings() -> None:
    blank = secrets_of(
        {
            "A_KEY": "p@ss/word with blanks",
            "B_TOKEN": "abc12",
            "C_SECRET": "vllm",
            "D_AUTH_SOCK": "/usr/bin",
            "PROXY": "http://git@host/",
        }
    )
    assert blank("p%40ss%2Fword%20with%20blanks, p@ss/word with blanks") == "***, ***"
    assert blank("key_abc12, 'abc12', xabc123") == "key_***, '***', xabc123"
    # Words of every report, and paths, stay what they are.
    assert blank("/usr/bin/vllm git") == "/usr/bin/vllm git"
    pem = "-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----"
    assert blank(f"a {pem} b") == "a *** b"


def test_a_report_without_secrets_stays_what_it_is() -> None:
    found = captured("raises")
    assert without_secrets(found, {"PATH": "/usr/bin", "HOME": "/home/mia"}) == found
    assert not is_secret("HOME", "/home/mia")
