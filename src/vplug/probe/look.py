"""Looking at each entry point of an overlay: two processes for each, one for either import order."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vplug.loader import Allowlist, group_of, plan
from vplug.model import (
    SLOW_LOAD_SECONDS,
    Act,
    Attempt,
    Change,
    ChangeKind,
    EntryPoint,
    Forked,
    ImportOrder,
    Location,
    Observation,
    Raised,
    SeenClass,
    StandingKind,
    Step,
)
from vplug.probe.child import (
    SCRIPTS,
    ChildRun,
    Ending,
    Limits,
    child_environment,
    kept_python_path,
    run_script,
)
from vplug.probe.engine_log import told_in
from vplug.probe.merged import additions
from vplug.probe.stacks import frames_within

if TYPE_CHECKING:
    from collections.abc import Callable

    from vplug.probe.overlay import Overlay

_OUTPUT_KEPT = 4000
#: Events that say who changed what a picture of the process shows as changed.
_ACT_OF = {
    "os.putenv": ChangeKind.ENVIRONMENT,
    "os.unsetenv": ChangeKind.ENVIRONMENT,
    "os.chdir": ChangeKind.WORKING_FOLDER,
}


@dataclass(frozen=True, slots=True)
class Files:
    """The plugin's own files, as a child sees them.

    Attributes:
        prefixes: beginnings of their absolute paths.
        folder: the folder that locations are told relative to; ``None`` for absolute ones.
        tops: its top-level packages and modules; of those that lie in another's package, dotted names.
    """

    prefixes: tuple[str, ...]
    folder: Path | None
    tops: tuple[str, ...]


def observe(
    laid: Overlay,
    limits: Limits,
    jobs: int | None = None,
    on_done: Callable[[EntryPoint, ImportOrder], None] | None = None,
    on_step: Callable[[str], None] = lambda _: None,
) -> tuple[Observation, ...]:
    """Return what was seen of every entry point of ``laid`` that its vLLM reads, in their order.

    Args:
        laid: the plugin in front of its environment.
        limits: what each process may take.
        jobs: how many run side by side; by the processors when ``None``, four at most.
        on_done: called in this thread as each process has ended.
        on_step: called with a line for each slow load that is timed again.

    No process is left when this returns or raises, ``KeyboardInterrupt`` included.
    """
    files = own_files(laid)
    entries = probed(laid)
    tasks = [(entry, order) for entry in entries for order in ImportOrder]
    stop = threading.Event()
    seen: dict[tuple[EntryPoint, ImportOrder], Attempt] = {}
    again: dict[EntryPoint, Attempt] = {}
    workers = jobs or min(4, max(1, len(os.sched_getaffinity(0)) if _COUNTS else 1))
    pool = ThreadPoolExecutor(workers, thread_name_prefix="vplug-probe")
    try:
        futures = {
            pool.submit(attempt, laid, entry, order, files, limits, stop): (entry, order)
            for entry, order in tasks
        }
        for future in as_completed(futures):
            seen[futures[future]] = future.result()
            if on_done is not None:
                on_done(*futures[future])

        def time_again(entry: EntryPoint) -> Future[Attempt]:
            order = ImportOrder.VLLM_FIRST
            beside = _beside_vllm(entry, seen[entry, order])
            return pool.submit(attempt, laid, entry, order, files, limits, stop, beside=beside)

        slow = [
            entry for entry in entries if _beside_vllm(entry, seen[entry, ImportOrder.VLLM_FIRST])
        ]
        if slow:
            on_step(f"timing slow loads again [0/{len(slow)}]")
        running = {time_again(entry): entry for entry in slow}
        for done, future in enumerate(as_completed(running), 1):
            again[running[future]] = future.result()
            on_step(f"timing slow loads again [{done}/{len(slow)}]: {running[future].name}")
        # Side by side they hold each other up: what is slow still is timed alone.
        still = [e for e in slow if (again[e].load_seconds or 0.0) >= SLOW_LOAD_SECONDS]
        for done, entry in enumerate(still if len(slow) > 1 else (), 1):
            on_step(f"timing slow loads alone [{done}/{len(still)}]: {entry.name}")
            again[entry] = time_again(entry).result()
    finally:
        stop.set()
        pool.shutdown(wait=True, cancel_futures=True)
    bounds = {"seconds": limits.seconds, "memory_bytes": limits.memory_bytes}
    return tuple(
        Observation(
            entry,
            tuple(seen[entry, order] for order in ImportOrder),
            bounds,
            laid.missing,
            again.get(entry),
        )
        for entry in entries
    )


def _beside_vllm(entry: EntryPoint, seen: Attempt) -> tuple[str, ...]:
    """What to import before a slow load is timed again, as some of its time is vLLM's own."""
    group = group_of(entry.group)
    slow = seen.load_seconds is not None and seen.load_seconds >= SLOW_LOAD_SECONDS
    return group.beside if group is not None and slow and seen.imports_vllm else ()


def probed(laid: Overlay) -> tuple[EntryPoint, ...]:
    """Return the entry points that the environment's vLLM reads: what it never runs is not run."""
    plugins = plan((laid.distribution,), Allowlist(None), laid.vllm.release)
    read = {p.entry_point for p in plugins if p.standing.kind is not StandingKind.UNREAD_GROUP}
    return tuple(entry for entry in laid.entry_points if entry in read)


_COUNTS = hasattr(os, "sched_getaffinity")


def own_files(laid: Overlay) -> Files:
    """Return which files are the plugin's own."""
    if laid.path:
        tops: set[str] = set()
        for path in filter(_is_code, laid.folder.iterdir()):
            tops.update(additions(path) or (path.name.partition(".")[0],))
        return Files((str(laid.folder) + os.sep,), laid.folder, tuple(sorted(tops)))
    site = Path(laid.distribution.origin.path).parent
    project = laid.distribution.editable_project
    names = {entry.module.partition(".")[0] for entry in laid.entry_points if entry.module}
    if project is not None:
        return Files((os.path.join(project, ""),), None, tuple(sorted(names)))  # noqa: PTH118
    for member in laid.target.members or ():
        top = Path(member).parts[0]
        if member.endswith((".py", ".so", ".pyd")) and _is_code(Path(top)):
            names.add(top.partition(".")[0])
    prefixes = [str(site / name) for name in names]
    return Files(tuple(sorted(prefixes)), None, tuple(sorted(names)))


def _is_code(path: Path) -> bool:
    return not path.name.endswith((".dist-info", ".data", ".egg-info")) and path.name not in {
        "bin",
        "include",
        "..",
        "__pycache__",
    }


def attempt(
    laid: Overlay,
    entry: EntryPoint,
    order: ImportOrder,
    files: Files,
    limits: Limits,
    stop: threading.Event | None = None,
    *,
    beside: Sequence[str] = (),
) -> Attempt:
    """Load and use one entry point in one process and return what was seen.

    ``VLLM_PLUGINS`` names it alone, so that another plugin of the environment, a platform for
    instance, has no say. With ``beside`` these modules are imported first, and it is loaded only.
    """
    group = group_of(entry.group)
    request = {
        "group": entry.group,
        "short": group.short if group is not None else "unknown",
        "name": entry.name,
        "value": entry.value,
        "order": str(order),
        "own": list(files.prefixes),
        "tops": list(files.tops),
        "vllm": str(laid.vllm.folder) + os.sep,
        "bases": list(group.base) if group is not None else [],
        "fork_seconds": min(30.0, (limits.seconds or 90.0) / 3),
        "seconds": limits.seconds,
        "beside": list(beside),
    }
    # A name with a comma can never be matched; VP111 says so.
    named = {"VLLM_PLUGINS": entry.name} if "," not in entry.name else {}
    offline = {"HF_HUB_OFFLINE": "1", "VLLM_NO_USAGE_STATS": "1"}
    run = run_script(
        laid.python,
        SCRIPTS / "entry_point.py",
        request,
        limits=limits,
        env=child_environment(kept_python_path() | offline | named),
        path=laid.path,
        stop=stop,
    )
    return read_attempt(run, order, files)


def read_attempt(run: ChildRun, order: ImportOrder, files: Files) -> Attempt:
    """Return what a child told and what became of it as one noun."""
    told: Mapping[str, Any] = run.reply or {}
    acts = tuple(_acts(told.get("acts", ()), files))
    output = _end_of(run.stdout) + _end_of(run.stderr)
    return Attempt(
        order=order,
        ending=str(run.ending),
        reached=Step(told.get("reached", "start")),
        returncode=run.returncode,
        signal=run.signal,
        vllm_failed=read_raised(told.get("vllm_failed"), files),
        load_failed=read_raised(told.get("load_failed"), files),
        call_failed=read_raised(told.get("call_failed"), files),
        again_failed=read_raised(told.get("again_failed"), files),
        called=told.get("called", 0),
        returned=told.get("returned"),
        returned_kind=told.get("returned_kind"),
        classes=tuple(_class(item, files) for item in told.get("classes", ())),
        changes=tuple(_changes(told.get("changes", ()), told.get("acts", ()), files)),
        accelerator=tuple(told.get("accelerator", ())),
        forked=_forked(told.get("forked"), files),
        modules=told.get("modules"),
        heavy=tuple(told.get("heavy", ())),
        imports_vllm=told.get("imports_vllm"),
        load_seconds=told.get("load_seconds"),
        call_seconds=told.get("call_seconds"),
        seconds=run.seconds,
        peak_rss_bytes=run.peak_rss_bytes,
        rss_growth_bytes=told.get("rss_growth_bytes"),
        acts=acts,
        platform=told.get("platform"),
        lacks=tuple(told.get("lacks", ())),
        fault=read_raised(told.get("fault"), files),
        logged=tuple(_logged(run, told, files)),
        printed=run.printed_bytes,
        stuck_at=_stuck_at(run, files),
        output=output,
        left=tuple(map(_program, run.left)),
        parent_signal=run.parent_signal,
    )


def _program(command: str) -> str:
    """What a process that was left behind is called: of a fork of vplug's own script, just that."""
    return "a fork of the process" if str(SCRIPTS) in command else command


def _logged(run: ChildRun, told: Mapping[str, Any], files: Files) -> Iterable[Raised]:
    """Tracebacks of the plugin's own code that it printed and went on from."""
    if any(told.get(key) for key in ("vllm_failed", "load_failed", "call_failed", "again_failed")):
        return  # vLLM logs these itself
    for trace, last, file, line in told_in(f"{run.stdout}\n{run.stderr}", files.prefixes):
        kind, _, message = last.partition(": ")
        yield Raised(kind, message, trace, _place(file, line, files))


def _end_of(text: str) -> str:
    """The end of an output, in whole lines: half a path is nobody's."""
    if len(text) <= _OUTPUT_KEPT:
        return text
    end = text[-_OUTPUT_KEPT:]
    return end.partition("\n")[2] or end


def _stuck_at(run: ChildRun, files: Files) -> Location | None:
    """Where in its own files a plugin was when the stacks were written, its time nearly up."""
    if run.ending is not Ending.TIMED_OUT:
        return None
    for file, line, _name in reversed(frames_within(run.stderr, str(SCRIPTS / "entry_point.py"))):
        if file.startswith(files.prefixes):
            return _place(file, line, files)
    return None


def _place(file: str | None, line: int | None, files: Files) -> Location | None:
    if not file:
        return None
    path = Path(file)
    if files.folder is not None and path.is_relative_to(files.folder):
        path = path.relative_to(files.folder)
    return Location(str(path), line)


def read_raised(told: Mapping[str, Any] | None, files: Files) -> Raised | None:
    """Return an exception that a child described, ``None`` for none."""
    if told is None:
        return None
    place = told.get("place") or (None, None)
    return Raised(
        told["type"],
        told["message"],
        told.get("traceback", ""),
        _place(place[0], place[1], files),
        told.get("module"),
        told.get("caught", True),
        told.get("asked_by"),
    )


def _class(told: Mapping[str, Any], files: Files) -> SeenClass:
    return SeenClass(
        told["name"],
        read_raised(told.get("raised"), files),
        told.get("is_class"),
        told.get("derives"),
        told.get("base"),
        tuple(told.get("abstract", ())),
        told.get("instantiated"),
        told.get("reason"),
        read_raised(told.get("failure"), files),
    )


def _forked(told: Mapping[str, Any] | None, files: Files) -> Forked | None:
    if told is None:
        return None
    return Forked(told["ending"], read_raised(told.get("raised"), files), told.get("detail"))


def _acts(told: Iterable[Mapping[str, Any]], files: Files) -> Iterable[Act]:
    for item in told:
        yield Act(
            item["event"],
            item["detail"],
            Step(item["step"]),
            _place(item["file"], item["line"], files),
        )


def _changes(
    told: Iterable[Mapping[str, Any]], acts: Sequence[Mapping[str, Any]], files: Files
) -> Iterable[Change]:
    """Changes, with the line where that is known; what vLLM itself did on the way is left out."""
    for item in told:
        kind = ChangeKind(item["kind"])
        act = next(
            (
                act
                for act in acts
                if _ACT_OF.get(act["event"]) is kind
                and (kind is not ChangeKind.ENVIRONMENT or act["detail"] == item["name"])
            ),
            None,
        )
        if act is None and kind is ChangeKind.ENVIRONMENT:
            continue  # vLLM's own doing: acts of others are all recorded
        yield Change(
            kind,
            item["name"],
            item["before"],
            item["after"],
            Step(item["step"]),
            _place(act["file"], act["line"], files) if act is not None else _defined(item, files),
        )


def _defined(change: Mapping[str, Any], files: Files) -> Location | None:
    """Where in the plugin's own files that stands which is in vLLM's place now."""
    file, line = change.get("place") or (None, None)
    return _place(file, line, files) if file and file.startswith(files.prefixes) else None
