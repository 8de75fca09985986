"""The process in which twine runs: its own command line, watched at `requests`, secrets taken out.

``python -m vplug.release.publish.twine_child EVENTS SECONDS upload …``

Twine's command line is what it promises to keep; its modules are not. What it sends is seen one
level below, at ``requests.Session.send``: which file was answered how, and where a connection broke.
That goes to the file EVENTS, a JSON object a line. What twine prints goes through, credentials
blanked: also those that only twine knows, from a keyring, a prompt or trusted publishing.
"""

from __future__ import annotations

import html
import json
import logging
import re
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from vplug.redact import Redactor, without_login
from vplug.release.output import printable

_TEXT = 2000
_TAGS = re.compile(r"<(?:style|script).*?</(?:style|script)>|<[^>]*>", re.DOTALL | re.IGNORECASE)
_CONTROLS = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")


class Guard:
    """A text stream that blanks secrets; on what is no terminal it also drops colours.

    Args:
        stream: where the text goes.
        redact: blanks it; learns more while twine runs.
    """

    def __init__(self, stream: Any, redact: Redactor) -> None:
        self._stream = stream
        self._redact = redact
        self._line = ""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write ``text``; off a terminal a line at a time, so that no secret is split."""
        if self._stream.isatty():
            self._stream.write(self._redact(text))
            return len(text)
        *whole, self._line = (self._line + text).split("\n")
        for line in whole:
            self._stream.write(_CONTROLS.sub("", self._redact(line)).rstrip() + "\n")
        return len(text)

    def flush(self) -> None:
        """Write what is kept back, such as a prompt, and flush."""
        if self._line:
            self._stream.write(_CONTROLS.sub("", self._redact(self._line)))
            self._line = ""
        self._stream.flush()


#: Facts that are read by name: a password that is part of a file's name must not change it.
_OURS = ("file", "kind", "type")


class Watch:
    """Sees what goes through ``requests`` and writes it down.

    Args:
        events: the file to write to.
        seconds: how long a server may be silent.
        redact: learns the credentials that go over the wire.
    """

    def __init__(self, events: Path, seconds: float, redact: Redactor) -> None:
        self._events = events
        self._seconds = seconds
        self._redact = redact

    def tell(self, event: str, **facts: object) -> None:
        """Write an event down."""
        told = {
            key: self._redact(value) if isinstance(value, str) and key not in _OURS else value
            for key, value in facts.items()
        }
        with self._events.open("a", encoding="utf-8") as handle:
            handle.write(json.dumps({"event": event, **told}) + "\n")

    def install(self) -> None:
        """Stand between twine and ``requests``."""
        import requests

        send = requests.Session.send

        def watched(session: Any, request: Any, **options: Any) -> Any:
            self._redact.add_header(request.headers.get("Authorization"))
            self._redact.add_url(request.url)
            if options.get("timeout") is None:
                options["timeout"] = self._seconds
            if isinstance(session.verify, str):
                # Named for this upload; `requests` would let REQUESTS_CA_BUNDLE go before it.
                options["verify"] = session.verify
            file = _file_of(request)
            if file is not None:
                self.tell("sending", file=file)
            try:
                response = send(session, request, **options)
            except requests.RequestException as error:
                kind, reason = _broken(error)
                self.tell("broken", file=file, kind=kind, reason=self._redact(reason))
                raise
            if file is not None:
                self.tell("answered", file=file, **self._answer(response))
            else:
                self._learn_token(response)
            return response

        requests.Session.send = watched  # type: ignore[assignment,method-assign]

    def _answer(self, response: Any) -> dict[str, object]:
        location = response.headers.get("Location")
        text = printable(html.unescape(_TAGS.sub(" ", response.text or "")))[:_TEXT]
        return {
            "status": response.status_code,
            "reason": self._redact(printable(str(response.reason or ""))[:_TEXT]),
            "location": self._redact(without_login(location)) if location else None,
            "text": self._redact(" ".join(text.split())),
        }

    def _learn_token(self, response: Any) -> None:
        """Learn what trusted publishing mints, and the identity token before it."""
        try:
            answer = response.json()
        except ValueError:
            return
        if isinstance(answer, dict):
            for key in ("token", "value"):
                if isinstance(answer.get(key), str):
                    self._redact.add(answer[key])


def main(words: Sequence[str]) -> int:
    """Run twine with the words after the first two; return its exit status."""
    redact = Redactor()
    watch = Watch(Path(words[0]), float(words[1]), redact)
    _learn_environment(redact)
    sys.stdout, sys.stderr = Guard(sys.stdout, redact), Guard(sys.stderr, redact)
    try:
        import requests
        from twine import cli
        from twine.exceptions import TwineException

        watch.install()
        # It tells every attempt at a connection, ten of them, with a repr of each error.
        logging.getLogger("urllib3").setLevel(logging.ERROR)
        try:
            failed = bool(cli.dispatch(list(words[2:])))
        except requests.RequestException:  # told where it happened
            failed = True
        except TwineException as error:
            watch.tell("raised", type=type(error).__name__, reason=_one_line(error))
            failed = True
        if not failed:
            watch.tell("done")
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal and its parent both send one
        watch.tell("interrupted")
        return 130
    except SystemExit as leaving:  # argparse's: twine does not know an option
        watch.tell("raised", type="SystemExit", reason=f"twine exited with status {leaving.code}")
        return 4
    except BaseException as error:  # a traceback would print what it likes
        watch.tell("raised", type=type(error).__name__, reason=_one_line(error))
        return 4
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return int(failed)


def _learn_environment(redact: Redactor) -> None:
    import os

    for name, value in os.environ.items():
        if name.endswith("_URL") or "://" in value:
            redact.add_url(value)
    redact.add_login(os.environ.get("TWINE_USERNAME"), os.environ.get("TWINE_PASSWORD"))
    redact.add(os.environ.get("ACTIONS_ID_TOKEN_REQUEST_TOKEN"))


def _file_of(request: Any) -> str | None:
    """The file name in an upload's form; ``None`` for any other request."""
    if request.method != "POST":
        return None
    fields = getattr(getattr(request.body, "encoder", request.body), "fields", None)
    for name, value in fields if isinstance(fields, list) else ():
        if name == "content" and isinstance(value, tuple):
            return str(value[0])
    return None


def _broken(error: BaseException) -> tuple[str, str]:
    """What kind of break an exception out of ``requests`` stands for, and its words."""
    import requests

    names, words = _chain(error)
    if isinstance(error, requests.exceptions.SSLError):
        return "tls", words
    if isinstance(error, requests.exceptions.ProxyError):
        return "proxy", words
    if "NameResolutionError" in names or "gaierror" in names:
        return "name", words
    if "ConnectionRefusedError" in names:
        return "refused", words
    if "NewConnectionError" in names:  # one of urllib3's timeouts by its classes, not by its nature
        return "unreachable", words
    if (
        isinstance(error, requests.Timeout)
        or "TimeoutError" in names
        or "ReadTimeoutError" in names
        or "timed out" in words
    ):
        return "timeout", words
    return "broken", words


def _chain(error: BaseException) -> tuple[set[str], str]:
    names: set[str] = set()
    last = ""
    pending: list[BaseException] = [error]
    seen: set[int] = set()
    while pending:
        item = pending.pop()
        if id(item) in seen:
            continue
        seen.add(id(item))
        names |= {kind.__name__ for kind in type(item).__mro__}
        last = _one_line(item) or last
        inner = [item.__cause__, item.__context__, getattr(item, "reason", None), *item.args]
        pending += [part for part in inner if isinstance(part, BaseException)]
    return names, last


def _one_line(error: BaseException) -> str:
    text = str(getattr(error, "strerror", None) or (error.args[0] if error.args else ""))
    return " ".join(printable(text).split())[:_TEXT]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
