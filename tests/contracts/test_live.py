"""The store against real imports of an installed vLLM: every name, in a process of its own."""

from __future__ import annotations

import json
import os
import random
import subprocess
import tempfile
from collections import Counter
from pathlib import Path

import pytest

from vplug.contracts import ContractStore, place

pytestmark = pytest.mark.live

#: Modules tried; most import in milliseconds once torch and vLLM are in.
SAMPLE = 600

_CHILD = """
import importlib, importlib.metadata, json, logging, os, sys, warnings
warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
from vllm._version import __version__
asked = json.load(open(sys.argv[1]))
said = {"version": __version__, "modules": {}}
for module, names in asked.items():
    try:
        made = importlib.import_module(module)
    except BaseException as error:
        missing = isinstance(error, ModuleNotFoundError) and error.name or ""
        gone = missing.startswith("vllm") and f"{module}.".startswith(f"{missing}.")
        said["modules"][module] = "gone" if gone else "fails"
        continue
    found = {}
    for name in names:
        try:
            getattr(made, name)
            found[name] = True
        except AttributeError:
            try:
                importlib.import_module(module + "." + name)
                found[name] = True
            except ModuleNotFoundError as error:
                found[name] = False if error.name == module + "." + name else None
            except BaseException:
                found[name] = None
        except BaseException:
            found[name] = None
    said["modules"][module] = {"asked": found, "has": list(vars(made))}
json.dump(said, open(sys.argv[2], "w"))
os._exit(0)
"""


@pytest.fixture(scope="module")
def python() -> str:
    """The interpreter that has vLLM."""
    found = os.environ.get("VPLUG_LIVE_PYTHON")
    if not found:
        pytest.skip("VPLUG_LIVE_PYTHON names no interpreter")
    return found


def test_the_store_says_what_importing_says(python: str) -> None:
    store = ContractStore.open(place.BUNDLED)
    modules = [*random.Random(5).sample(store.modules(), SAMPLE), "vllm", "vllm.envs", "vllm.utils"]
    asked = {module: [*store.names(module), "no_such_name"] for module in modules}
    with tempfile.TemporaryDirectory() as folder:
        request, reply = Path(folder, "request.json"), Path(folder, "reply.json")
        request.write_text(json.dumps(asked))
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("VLLM_", "PYTHON"))}
        subprocess.run(
            [python, "-W", "ignore", "-c", _CHILD, str(request), str(reply)],
            cwd=folder,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=500,
            check=True,
        )
        said = json.loads(reply.read_text())
    bit = 1 << store.index(store.nearest(said["version"])[0])
    wrong: list[str] = []
    count: Counter[str] = Counter()
    for module, answer in said["modules"].items():
        known = store.module(module)
        there = bool(known.present & bit)
        if answer == "gone" or answer == "fails":
            # A module that fails needs a device or a package that is not here: nothing is learnt.
            count[f"module {answer}"] += 1
            if there and answer == "gone" and not known.open & bit:
                wrong.append(f"{module} is gone")
            continue
        if not there:
            if not known.open & bit:
                wrong.append(f"{module} imports")
            continue
        for name, real in answer["asked"].items():
            history = store.name(module, name)
            if real is None or (history.conditional | history.open) & bit:
                count["cannot tell"] += 1
            elif bool(history.present & bit) != real:
                wrong.append(f"{module}.{name}: {real}")
            else:
                count["agreed"] += 1
        # What the warnings machinery writes into a module is no name of the module.
        wrong += [
            f"{module}.{name} was not known"
            for name in answer["has"]
            if not store.name(module, name).usable & bit and name != "__warningregistry__"
        ]
    print(dict(count))
    assert not wrong
    assert count["agreed"] > 5_000
