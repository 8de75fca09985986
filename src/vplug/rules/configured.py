"""VP660 to VP662: LoRA resolvers and IO processors as this environment and model configure them."""

from __future__ import annotations

from collections.abc import Iterator

from vplug.model import Diagnosis, Location, Severity
from vplug.rules.verdict import Fault, Skip


def misconfigured_resolver(diagnosis: Diagnosis) -> Iterator[Fault]:
    """A LoRA resolver cannot work as it is configured.

    ## What it does
    Checks the variables of vLLM's two resolvers: the folder exists and can be read, the plugin is not
    switched off, the hub resolver is named in `VLLM_PLUGINS`.

    ## Why is this bad?
    A folder that is missing makes the plugin raise, and a general plugin that raises ends every
    process of vLLM.

    ## Example
    ```console
    $ VLLM_LORA_RESOLVER_CACHE_DIR=/adaptors vllm serve …
    ```
    Use instead:
    ```console
    $ VLLM_LORA_RESOLVER_CACHE_DIR=/adapters vllm serve …
    ```
    """
    for item in diagnosis.resolvers:
        if item.problem:
            yield Fault(
                f"{item.name}: {item.state}",
                hint=f"mend or unset {item.variable}",
                severity=Severity.ERROR if item.fatal else None,
            )


def invalid_adapter(diagnosis: Diagnosis) -> Iterator[Fault]:
    """An adapter in a resolver's folder would not be served.

    ## What it does
    Reads the folder of `lora_filesystem_resolver`: each adapter needs an `adapter_config.json` with
    `peft_type` `LORA`, its base model, and weights beside it.

    ## Why is this bad?
    A request for it ends as for an adapter that is not there.

    ## Example
    ```json
    {"peft_type": "PROMPT_TUNING"}
    ```
    Use instead:
    ```json
    {"peft_type": "LORA", "base_model_name_or_path": "meta-llama/Llama-3.1-8B", "r": 16}
    ```
    """
    for item in diagnosis.resolvers:
        for adapter in item.adapters:
            if adapter.problem is not None:
                place = Location(f"{item.value}/{adapter.name}")
                yield Fault(f"adapter {adapter.name}: {adapter.problem}", place)


def missing_io_processor(diagnosis: Diagnosis) -> Iterator[Fault]:
    """The model asks for an IO processor that would not be found.

    ## What it does
    Reads `io_processor_plugin` of the model's `config.json` and looks for a plugin of that name that
    loads.

    ## Why is this bad?
    vLLM stops with "The model requires the … IO Processor plugin but it is not installed".

    ## Example
    ```json
    {"io_processor_plugin": "terratorch_segmentaion"}
    ```
    Use instead:
    ```json
    {"io_processor_plugin": "terratorch_segmentation"}
    ```
    """
    if diagnosis.model is None:
        raise Skip("no model was named: --model PATH")
    if diagnosis.model.problem:
        near = ", ".join(diagnosis.model.nearest)
        yield Fault(
            f"the model {diagnosis.model.state}",
            Location(diagnosis.model.path),
            f"nearest installed: {near}" if near else "install the plugin that provides it",
        )
