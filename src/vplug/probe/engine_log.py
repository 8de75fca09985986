"""Which lines of an engine's log tell why it did not come up: pure, tested with captured logs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

#: What vLLM puts before a line: the process, then level, time and place. Read from captured logs of
#: 0.32.0; the process part is there from 0.10.
_PROCESS = re.compile(r"^\((?P<process>[\w.-]+) pid=\d+\) ?")
_STAMP = re.compile(
    r"^(?P<level>DEBUG|INFO|WARNING|ERROR|CRITICAL) \d\d-\d\d \d\d:\d\d:\d\d \[[^\]]+\] ?"
)
_RECORDER = "/probe/scripts/engine_recorder/"
_IMPORTS = re.compile(r'File "(<frozen importlib|[^"]*/importlib/__init__\.py")')
_BEGINS = "Traceback (most recent call last):"
_LAST_LINE = re.compile(r"^(?P<type>[A-Za-z_][\w.]*)(?:: |$)(?P<text>.*)")
#: Errors that only say that another process failed; the other's own traceback tells more.
_SECOND_HAND = re.compile(
    r"Engine core initialization failed|Engine process failed to start|See root cause above"
    r"|WorkerProc initialization failed|EngineDeadError|EngineCore encountered an issue"
    r"|Failed core proc\(s\)|EngineCore failed to start|Executor failed"
    r"|^(EOFError|BrokenPipeError|ConnectionResetError)\b"
)
_FRAME = re.compile(r'\s*File "(?P<path>[^"]+)", line (?P<line>\d+)')
_LEAVES = ("KeyboardInterrupt", "asyncio.exceptions.CancelledError", "CancelledError")
_FRAMES_KEPT = 8
_LAST_KEPT = 10
#: vLLM logs its whole configuration in one line.
_WIDEST = 300


@dataclass(frozen=True, slots=True)
class _Trace:
    lines: tuple[str, ...]
    process: str

    @property
    def last(self) -> str:
        return self.lines[-1]

    @property
    def second_hand(self) -> bool:
        return _SECOND_HAND.search(self.last) is not None


def plain_lines(log: str) -> Iterator[tuple[str, str, str]]:
    """Yield each line without vLLM's prefixes, with its process and level (maybe empty)."""
    for line in log.splitlines():
        process = _PROCESS.match(line)
        rest = line[process.end() :] if process else line
        stamp = _STAMP.match(rest)
        yield (
            rest[stamp.end() :] if stamp else rest,
            process["process"] if process else "",
            stamp["level"] if stamp else "",
        )


def _without_recorder(lines: list[str]) -> list[str]:
    """A traceback without frames of the recorder and of the import system, which tell nothing.

    Each is a File line and what is indented below.
    """
    kept: list[str] = []
    inside = False
    for line in lines:
        if line.lstrip().startswith('File "'):
            inside = _RECORDER in line or _IMPORTS.search(line) is not None
        elif not line.startswith("    "):
            inside = False
        if not inside:
            kept.append(line)
    return kept


def _traces(log: str) -> list[_Trace]:
    found: list[_Trace] = []
    open_: dict[str, list[str]] = {}
    for line, process, _ in plain_lines(log):
        if line.strip() == _BEGINS:
            open_[process] = [line]
            continue
        current = open_.get(process)
        if current is None:
            continue
        current.append(line)
        if not line.startswith((" ", "\t")) and line.strip():
            found.append(_Trace(tuple(_without_recorder(current)), process))
            del open_[process]
    return [
        trace
        for trace in found
        if (last := _LAST_LINE.match(trace.last)) and last["type"] not in _LEAVES
    ]


def told_in(log: str, beginnings: tuple[str, ...]) -> Iterator[tuple[str, str, str, int]]:
    """Yield each traceback in ``log`` that goes through one of the files, each error once.

    Args:
        log: what a process printed.
        beginnings: of the files' paths.

    Returns:
        The whole traceback, its last line (``Type: message``), and the last of those files with the
        line.
    """
    seen = set()
    for trace in _traces(log):
        frames = [match for line in trace.lines if (match := _FRAME.match(line))]
        own = [frame for frame in frames if frame["path"].startswith(beginnings)]
        if own:
            place = own[-1]["path"], int(own[-1]["line"])
            if (trace.last, place) not in seen:
                seen.add((trace.last, place))
                yield "\n".join(trace.lines), trace.last.strip(), *place


def telling_lines(log: str, limit: int = 24, *, hung: bool = False) -> tuple[str, ...]:
    """Return the lines of ``log`` that tell why an engine did not come up, at most ``limit``.

    That is the last traceback which is not second-hand ("Engine core initialization failed. See root
    cause above"), with the name of its process; without a traceback the lines logged as errors, and
    without those the last lines.

    Args:
        log: all that the engine printed before it was ended.
        limit: how many lines at most.
        hung: whether its time was up: then the last lines come behind, as they tell how far it came,
            and a traceback may be of something that went on.
    """
    if not hung:
        return _failure(log, limit)
    before = _failure(log, limit - _LAST_KEPT - 1)
    # A line that is among the last, with vLLM's prefixes, and in the traceback is shown once.
    shown = {line.strip() for line in before} | {_BEGINS}
    last = [
        line
        for line in _last_lines(log, _LAST_KEPT)
        if not shown & {plain.strip() for plain, _, _ in plain_lines(line)}
    ]
    return (*before, "...", *last) if last else before


def _last_lines(log: str, count: int) -> tuple[str, ...]:
    lines = [line for line in log.splitlines() if line.strip()][-count:]
    return tuple(line if len(line) <= _WIDEST else f"{line[:_WIDEST]} ..." for line in lines)


def _failure(log: str, limit: int) -> tuple[str, ...]:
    traces = _traces(log)
    own = [trace for trace in traces if not trace.second_hand] or traces
    if own:
        # vLLM logs a traceback under its process's name, and Python prints it once more without.
        same = [trace for trace in own if trace.last == own[-1].last and trace.process]
        chosen = same[-1] if same else own[-1]
        frames, last = chosen.lines[1:-1], chosen.last
        shown = frames[-(2 * _FRAMES_KEPT) :]
        cut = ["  ..."] if len(shown) < len(frames) else []
        where = f" in {chosen.process}" if chosen.process else ""
        head = [f"Traceback{where} (most recent call last):", *cut]
        lines = [*head, *shown[-(limit - len(head) - 1) :], last]
        return tuple(lines)
    errors = [line for line, _, level in plain_lines(log) if level in ("ERROR", "CRITICAL")]
    if errors:
        return tuple(errors[-limit:])
    return _last_lines(log, min(limit, _LAST_KEPT))


def last_error(log: str) -> str | None:
    """Return ``Type: message`` of the traceback that :func:`telling_lines` shows; ``None`` without one."""
    traces = _traces(log)
    own = [trace for trace in traces if not trace.second_hand] or traces
    return own[-1].last.strip() if own else None


def is_second_hand(error: str) -> bool:
    """Return whether ``Type: message`` only says that another process failed."""
    return _SECOND_HAND.search(error) is not None


def unset_variable(lines: Sequence[str]) -> str | None:
    """Return the environment variable for want of which a traceback ends; ``None`` for no such end."""
    asked = any('File "<frozen os>"' in line or "/os.py" in line for line in lines)
    match = re.fullmatch(r"KeyError: '(\w+)'", lines[-1].strip()) if asked else None
    return match[1] if match is not None else None
