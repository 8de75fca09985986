"""The entry point: nothing heavy is imported to register a model by its name."""

import subprocess
import sys

from {{ cookiecutter.package }} import plugin


def test_the_architecture_is_named_as_vllm_expects_of_a_model_that_generates() -> None:
    assert plugin.ARCHITECTURE.endswith("ForCausalLM")
    assert plugin.ARCHITECTURE.isidentifier()


def test_the_model_is_named_with_one_colon() -> None:
    module, colon, name = plugin.MODEL.partition(":")
    assert (module, colon, name) == (f"{plugin.__package__}.model", ":", "DecoderForCausalLM")


def test_importing_the_entry_module_imports_neither_torch_nor_transformers() -> None:
    heavy = "any(name in sys.modules for name in ('torch', 'transformers'))"
    code = f"import sys, {plugin.__name__}; sys.exit({heavy})"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
