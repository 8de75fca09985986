"""The child's end: the request read from one file, the reply written to another, whole or not at all.

A script starts with::

    import _vplug_channel as channel
    request = channel.open_request()

and ends with ``channel.finish(reply)``, which leaves the process without running ``atexit`` hooks or
waiting for threads: what plugin code left behind must not hold up the reply. ``channel.note(reply)``
says how far it has come; if the process dies, the last note is what is known.
"""

from __future__ import annotations

import json
import os
import site
import sys

_HERE = os.path.dirname(os.path.abspath(__file__))
_owner = os.getpid()
# As they are before plugin code comes in, which may replace any of them.
_dumps, _open, _replace, _getpid, _exit = json.dumps, open, os.replace, os.getpid, os._exit


def open_request():
    """Return the request, and make ``sys.path`` and ``sys.argv`` what a plain process would have."""
    _hide_this_folder()
    with open(sys.argv[1], encoding="utf-8") as file:
        envelope = json.load(file)
    global _reply
    _reply = sys.argv[2]
    sys.argv[1:] = []
    _stand_before_site_packages(envelope["site_folders"])
    for folder in envelope["site_folders"]:
        # A folder on PYTHONPATH has no .pth files read; where pip installs, they are.
        if os.path.isdir(folder) and any(name.endswith(".pth") for name in os.listdir(folder)):
            before = list(sys.path)
            site.addsitedir(folder)
            sys.path[:] = before + [path for path in sys.path if path not in before]
    return envelope["request"]


def _stand_before_site_packages(folders):
    """PYTHONPATH stands before the standard library; what is installed stands behind it."""
    rest = [path for path in sys.path if path not in folders]
    ends = ("site-packages", "dist-packages")
    at = next((i for i, path in enumerate(rest) if path.endswith(ends)), len(rest))
    sys.path[:] = rest[:at] + [path for path in folders if path in sys.path] + rest[at:]


def _hide_this_folder():
    """Python puts a script's folder first on ``sys.path``; nothing of ours may be found there."""
    ours = (_HERE, os.path.dirname(os.path.abspath(sys.argv[0])))
    sys.path[:] = [path for path in sys.path if os.path.abspath(path or ".") not in ours]


def note(value):
    """Write what is known so far; a later note or reply replaces it."""
    _write(value, False)


def reply(value):
    """Write the reply."""
    _write(value, True)


def finish(value, status=0):
    """Write the reply and leave at once."""
    _write(value, True)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:  # a plugin may have closed or replaced it
            pass
    _exit(status)


def leave_if_forked():
    """Leave at once in what plugin code forked and let run on into ours: nothing here is its to do."""
    if _getpid() != _owner:
        _exit(0)


def from_fork(value):
    """In a fork of the child, which leaves with it: write what it has to tell, and leave.

    A file and no pipe: plugin code may close every descriptor, and leave processes that hold them.
    """
    if _getpid() == _fork:
        _put(value, _reply + ".fork")
    _exit(0)


def to_fork():
    """In a fork of the child: it has the word for :func:`from_fork`, and what it forks has not."""
    global _fork
    _fork = _getpid()


def forks_word():
    """Return what the fork wrote by :func:`from_fork`; raise ``FileNotFoundError`` for nothing."""
    with _open(_reply + ".fork", encoding="utf-8") as file:
        return json.JSONDecoder().decode(file.read())


def _write(value, final):
    if _getpid() != _owner:
        return  # a fork of the child that ran on into our code: not its word to say
    _put({"final": final, "value": value}, _reply)


def _put(value, path):
    text = _dumps(value, default=repr)
    part = path + ".part"
    with _open(part, "w", encoding="utf-8") as file:
        file.write(text)
    _replace(part, path)
