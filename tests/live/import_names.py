"""Runs under the engine's interpreter: really imports names and says what happened to each.

Arguments: a JSON file of ``[module, name or null]`` pairs, and a file to which one JSON line a pair is
appended; pairs already answered there are passed over, so that a crash costs one pair.
"""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path


def attempt(module: str, name: str | None) -> str:
    try:
        found = importlib.import_module(module)
    except ModuleNotFoundError as error:
        missing = error.name or ""
        if missing == module or module.startswith(missing + "."):
            return "no module"
        return f"other: {error}"
    except BaseException as error:
        return f"other: {type(error).__name__}: {error}"
    if name is None:
        return "there"
    try:
        getattr(found, name)
    except AttributeError:
        try:
            importlib.import_module(f"{module}.{name}")
        except ModuleNotFoundError as error:
            return "no name" if (error.name or "").startswith(module) else f"other: {error}"
        except BaseException as error:
            return f"other: {type(error).__name__}: {error}"
    except BaseException as error:
        return f"other: {type(error).__name__}: {error}"
    return "there"


def main() -> None:
    pairs = json.loads(Path(sys.argv[1]).read_text())
    answers = Path(sys.argv[2])
    done = answers.read_text().count("\n") if answers.exists() else 0
    with answers.open("a") as out:
        for module, name in pairs[done:]:
            out.write(json.dumps([module, name, "other: the process died"]))
            out.flush()
            place = out.tell()
            result = attempt(module, name)
            del place
            out.write("\t" + json.dumps(result) + "\n")
            out.flush()


if __name__ == "__main__":
    main()
