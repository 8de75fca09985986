"""Pictures of real runs: each scene's command in a terminal, what it printed as SVG.

    python docs/screens.py            makes all that this machine can
    python docs/screens.py --check    runs again what needs neither network nor engine, and compares

A picture holds its text, the command and the version of vplug that printed it; so a picture that is
no longer true can be told from the file.
"""

from __future__ import annotations

import argparse
import fcntl
import importlib.util
import io
import os
import pty
import re
import shlex
import struct
import subprocess
import sys
import tempfile
import termios
import threading
from html import escape, unescape
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import SVG_EXPORT_THEME
from rich.text import Text

import vplug
from vplug import __version__

sys.path.insert(0, str(Path(__file__).parent))
from scenes import SCENES, Means, Scene, surroundings

PICTURES = Path(__file__).parent / "screens"

#: Rich cuts the text at the last line's base, and descenders with it: here each line's own clip is enough.
#: Rich's own format names a font on a server; this one takes the reader's. Every piece of text says how
#: long it is, so the columns stand whichever font that is.
_FORMAT = """\
<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<!-- Generated with Rich by docs/screens.py -->
<style>
.{unique_id}-matrix {{
  font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace;
  font-size: {char_height}px;
  line-height: {line_height}px;
}}
.{unique_id}-title {{
  font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace;
  font-size: 18px;
}}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{height}" />
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def run(scene: Scene, means: Means) -> str:
    """Return what the scene's command printed, with its colours.

    Raises:
        LookupError: this machine lacks what the scene needs.
        RuntimeError: the command ended otherwise than it should.
    """
    with tempfile.TemporaryDirectory(prefix="vplug-") as folder:
        home = Path(folder).resolve()
        scene.lay_out(home, means)
        shim = home / ".bin" / "vplug"
        shim.parent.mkdir()
        shim.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m vplug "$@"\n')
        shim.chmod(0o755)
        env = surroundings(home)
        env |= {"PATH": f"{shim.parent}:{env['PATH']}", "COLORTERM": "truecolor"}
        status, text = _in_terminal(scene, home, env)
        if status != scene.status:
            raise RuntimeError(f"{scene.name}: status {status}, not {scene.status}\n{text}")
        if means.engine is not None:
            for path in dict.fromkeys(
                (means.engine.parent.parent, means.engine.parent.parent.resolve())
            ):
                text = _renamed(text, str(path), "~/vllm-env")
        text = _renamed(text, str(Path(vplug.__file__).parent), "…/vplug")
        return _renamed(text, str(home), "~")


def _renamed(text: str, path: str, name: str) -> str:
    """The text with another name for a folder; a frame's right side stays where it was."""
    lines = []
    for line in text.split("\n"):
        short = len(path) - len(name)
        padded = f"{' ' * short * line.count(path)}│"
        lines.append(re.sub("│$", padded, line.replace(path, name)) if path in line else line)
    return "\n".join(lines)


def _in_terminal(scene: Scene, home: Path, env: dict[str, str]) -> tuple[int, str]:
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 50, scene.width, 0, 0))
    child = subprocess.Popen(
        ["/bin/bash", "-c", scene.command],
        cwd=home,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=slave,
        stderr=subprocess.DEVNULL if scene.progress else slave,
        start_new_session=True,
    )
    os.close(slave)
    read: list[bytes] = []

    def drain() -> None:
        try:
            while data := os.read(master, 65536):
                read.append(data)
        except OSError:  # how Linux tells that nobody has the terminal open any more
            pass

    reader = threading.Thread(target=drain)
    reader.start()
    status = child.wait()
    reader.join()
    os.close(master)
    return status, b"".join(read).decode().replace("\r\n", "\n")


def picture(scene: Scene, printed: str) -> str:
    """Return the SVG of what a command printed."""
    console = Console(
        record=True,
        width=scene.width,
        file=io.StringIO(),
        force_terminal=True,
        color_system="truecolor",
    )
    console.print(Text.from_ansi(f"$ {scene.command}"), style="bold")
    for line in Text.from_ansi(printed.rstrip("\n")).split("\n", allow_blank=True):
        # As a terminal does it: a line that is too long goes on in the next row.
        for row in line.divide(range(scene.width, len(line), scene.width)):
            console.print(row, soft_wrap=True)
    svg = console.export_svg(
        title="vplug", theme=SVG_EXPORT_THEME, code_format=_FORMAT, unique_id=f"vplug-{scene.name}"
    )
    head, tag, rest = svg.partition(">\n")
    said = (
        f"<title>{escape(scene.command)}</title>\n"
        f"<desc>vplug {__version__}\n{escape(plain(printed))}</desc>\n"
    )
    return "\n".join(line.rstrip() for line in f"{head}{tag}{said}{rest}".splitlines()) + "\n"


def plain(printed: str) -> str:
    """Return what a command printed without colours and without blanks at the ends of lines."""
    text = Text.from_ansi(printed.rstrip("\n")).plain
    return "\n".join(line.rstrip() for line in text.splitlines())


def held(path: Path) -> tuple[str, str, str]:
    """Return a picture's command, version and text."""
    svg = path.read_text(encoding="utf-8")
    found = re.search(r"<title>(.*)</title>\n<desc>vplug (\S+)\n(.*?)</desc>", svg, re.DOTALL)
    if found is None:
        return "", "", ""
    command, version, text = (unescape(part) for part in found.groups())
    return command, version, text


def stale(scene: Scene, printed: str | None = None) -> str | None:
    """Return why a picture is not of this version, of this command or of what it prints now."""
    path = PICTURES / f"{scene.name}.svg"
    if not path.exists():
        return "is not there"
    command, version, text = held(path)
    if version != __version__:
        return f"is of vplug {version or 'nobody knows which'}, this is {__version__}"
    if command != scene.command:
        return f"shows {command}, not {scene.command}"
    if printed is not None and scene.comparable(plain(printed)) != scene.comparable(text):
        return "differs from what the command prints"
    return None


def _means(engine: Path | None) -> Means:
    fetcher = Path(__file__).parent.parent / "tests" / "real" / "fetch.py"
    spec = importlib.util.spec_from_file_location("fetch", fetcher)
    if spec is None or spec.loader is None:
        return Means(engine=engine)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return Means(module.fetch, engine)


def main() -> int:
    """Make the pictures, or check them; return 1 where one is stale."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    parser.add_argument("--engine", type=Path, help="the interpreter of a real vLLM")
    parser.add_argument("names", nargs="*", help="only these")
    chosen = parser.parse_args()
    means = Means() if chosen.check else _means(chosen.engine)
    status = 0
    for scene in SCENES:
        if chosen.names and scene.name not in chosen.names:
            continue
        if chosen.check:
            why = stale(scene, None if scene.needs else run(scene, means))
            if why is not None:
                print(f"{scene.name}.svg {why}; run `python docs/screens.py {scene.name}`")
                status = 1
            continue
        if scene.needs == "engine" and chosen.engine is None:
            print(f"{scene.name}: left as it is; name an interpreter with vLLM with --engine")
            continue
        (PICTURES / f"{scene.name}.svg").write_text(
            picture(scene, run(scene, means)), encoding="utf-8"
        )
    return status


if __name__ == "__main__":
    sys.exit(main())
