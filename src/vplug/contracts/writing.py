"""A history to the store's files and back: what making and updating a store needs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from vplug.contracts.history import History, ModuleRecord
from vplug.contracts.releases import Releases
from vplug.contracts.surface import OUTSIDE, VALUE
from vplug.contracts.textform import (
    CHECKSUMS,
    FUNCTIONS,
    LOADER,
    RELEASES,
    Fact,
    checksum,
    defined_shard,
    read_entries,
    read_fact,
    read_head,
    read_releases,
    sections,
    shard,
)

#: A name defined in more modules than this (`logger`) has not moved anywhere worth telling.
COMMON = 40

README = """\
What each vLLM release offers a plugin: names and signatures, read by syntax tree from the published
sources. Made by `python -m vplug.contracts.make`; do not edit by hand.

Intervals: 0.9.0 is one release, 0.9.0-0.10.2 a closed run, 0.12.0- a run to the newest.

releases.txt   a release a line, oldest first: number, what it was read from, the archive's sha256
names/*.txt    `= module INTERVALS [*INTERVALS]`, the second where the names of the module are open
               `/sub [INTERVALS]` a submodule; no interval: as long as the module
               `name [RECORD…]` a name; a record is [c|t][=|~|>target][@INTERVALS]:
               c bound in some arm only, t under TYPE_CHECKING only; = a value, ~ not vLLM's,
               > defined in another module of vLLM; none of the three: a class or function
defined/*.txt  name, then the modules that ever define it as a class or function, else as a value
classes/*.txt  a curated class: its name, its bases, its members
functions.txt  registration functions: name, what registering twice does, signature
loader.txt     groups read, built-in platforms, what an IO processor is given, what is caught, requires-python
checksums.txt  the start of each file's sha256
"""


def write(history: History) -> dict[str, str]:
    """Return every file of the store, by path; the same for the same history."""
    releases = history.releases
    files = {
        "README.txt": README,
        RELEASES: _lines(f"{name} {' '.join(history.sources[name])}" for name in releases.names),
        FUNCTIONS: _lines(_keyed(history.functions, releases)),
        LOADER: _lines(_facts(history.loader, releases)),
    }
    for key in sorted(history.classes):
        files[f"classes/{key}.txt"] = _lines(_facts(history.classes[key], releases))
    sections: dict[str, list[str]] = {}
    children: dict[str, list[str]] = {}
    for module in sorted(history.modules):
        parent = module.rpartition(".")[0]
        children.setdefault(parent, []).append(module)
    for module in sorted(history.modules):
        record = history.modules[module]
        subs = [
            (child.rpartition(".")[2], history.modules[child]) for child in children.get(module, ())
        ]
        sections.setdefault(shard(module), []).extend(_section(module, record, subs, releases))
    for path, lines in sections.items():
        files[path] = _lines(lines)
    for path, lines in _defined(history).items():
        files[path] = _lines(lines)
    files[CHECKSUMS] = _lines(f"{checksum(files[path].encode())} {path}" for path in sorted(files))
    return files


def _lines(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _facts(facts: dict[Fact, int], releases: Releases) -> Iterator[str]:
    for kind, text in sorted(facts):
        when = releases.intervals(facts[kind, text], releases.everything)
        yield f"{kind} {when} {text}".rstrip()


def _keyed(keyed: dict[str, dict[Fact, int]], releases: Releases) -> Iterator[str]:
    for key in sorted(keyed):
        for line in _facts(keyed[key], releases):
            yield f"{key} {line}"


def _section(
    module: str, record: ModuleRecord, subs: list[tuple[str, ModuleRecord]], releases: Releases
) -> Iterator[str]:
    within = record.present
    head = f"= {module} {releases.intervals(within, releases.everything)}"
    if record.open:
        head += f" *{releases.intervals(record.open, within)}"
    yield head
    for leaf, sub in subs:
        when = releases.intervals(sub.present, within)
        yield f"/{leaf}" if sub.present == within else f"/{leaf} {when}"
    for name in sorted(record.names):
        entries = record.names[name]
        words = [name]
        for entry in sorted(entries, key=lambda entry: (entries[entry] & -entries[entry], entry)):
            flag, origin = entry
            word = "" if flag == "p" else flag
            word += origin if origin in ("", VALUE, OUTSIDE) else f">{origin}"
            if entries[entry] != within:
                word += f"@{releases.intervals(entries[entry], within)}"
            if word:
                words.append(word)
        yield " ".join(words)


def _defined(history: History) -> dict[str, list[str]]:
    where: dict[str, list[str]] = {}
    values: dict[str, list[str]] = {}
    for module in sorted(history.modules):
        for name, entries in history.modules[module].names.items():
            if name.startswith("__"):
                continue
            origins = {origin for _, origin in entries}
            if "" in origins:
                where.setdefault(name, []).append(module)
            elif VALUE in origins:
                values.setdefault(name, []).append(module)
    where = values | where
    files: dict[str, list[str]] = {}
    for name in sorted(where):
        if len(where[name]) <= COMMON:
            files.setdefault(defined_shard(name), []).append(f"{name} {' '.join(where[name])}")
    return files


def read_history(files: dict[str, str]) -> History:
    """Return the whole store in memory, to be added to; raises ValueError.

    Args:
        files: every file's text, by path.
    """
    releases, sources = read_releases(files[RELEASES])
    history = History(releases, sources)
    for path, text in files.items():
        folder, _, leaf = path.partition("/")
        if folder == "names":
            for part in sections(text).values():
                head, *lines = part.splitlines()
                module, present, is_open = read_head(head, releases)
                record = ModuleRecord(present, is_open)
                for line in lines:
                    if not line.startswith("/"):
                        name, _, words = line.partition(" ")
                        record.names[name] = read_entries(words, present, releases)
                history.modules[module] = record
        elif folder == "classes":
            facts = dict(read_fact(line, releases) for line in text.splitlines())
            history.classes[leaf.removesuffix(".txt")] = facts
    for line in files[FUNCTIONS].splitlines():
        key, _, rest = line.partition(" ")
        fact, mask = read_fact(rest, releases)
        history.functions.setdefault(key, {})[fact] = mask
    history.loader = dict(read_fact(line, releases) for line in files[LOADER].splitlines())
    return history
