"""VP210 to VP222: plugins against the vLLM release that is asked about."""

from __future__ import annotations

from collections.abc import Iterator

from vplug.fit.fault import ReleaseFault
from vplug.fit.imports import moved_hint
from vplug.fit.judge import Asked
from vplug.model import DeclaredRange
from vplug.rules.declared import declared_mask
from vplug.rules.evidence import Evidence, PluginEvidence
from vplug.rules.registry import requires
from vplug.rules.verdict import Fault

_Faults = tuple[tuple[str, ReleaseFault], ...]


def _of(code: str, subject: str, faults: _Faults, asked: Asked) -> Iterator[Fault]:
    for name, fault in faults:
        if fault.code == code and name == subject and fault.releases & asked.mask:
            hint = moved_hint(fault, asked.masks, asked.mask) or fault.hint
            message = f"{fault.message} (vLLM {asked.release})"
            yield Fault(message, fault.location, hint, fault.severity)


@requires("VP103", "VP104")
def missing_import(plugin: PluginEvidence, faults: _Faults, asked: Asked) -> Iterator[Fault]:
    """Loading the plugin imports a vLLM name that the release does not have.

    ## What it does
    Follows every import that loading the plugin runs: the entry module and what it imports at its
    top level, the modules of the class it names, and the function that vLLM calls with what it
    plainly calls. Each `vllm.*` name is looked up in the release's contract. An import is no fault
    where its failure is caught, where a test of vLLM's version keeps it from running in the release,
    or under `TYPE_CHECKING`; nor where the plugin brings the module itself, puts it into `sys.modules`, or
    sets the name, which vLLM never had. Where only running tells whether it is reached (a test of the
    environment, a loop over what is not known), it is a warning that says on what that hangs; of two
    arms that import the same name, the one that works is taken to be the one that runs.

    ## Why is this bad?
    The import raises when vLLM loads the plugin: the plugin is skipped with a line in the log, or,
    for a general plugin's function, the process dies.

    ## Example
    ```python
    from vllm.attention.layer import Attention  # gone from newer releases
    ```
    Use instead:
    ```python
    try:
        from vllm.model_executor.layers.attention import Attention
    except ImportError:  # vLLM before 0.14
        from vllm.attention.layer import Attention
    ```
    """
    yield from _of("VP210", plugin.subject, faults, asked)


@requires("VP103", "VP104")
def missing_lazy_import(plugin: PluginEvidence, faults: _Faults, asked: Asked) -> Iterator[Fault]:
    """A function of the plugin imports a vLLM name that the release does not have.

    ## What it does
    Looks up the `vllm.*` imports inside functions of the modules that the plugin reaches, and all those
    of modules that only such functions import, or that strings name: a worker or attention backend
    that a platform gives by name, a model registered as `"pkg.module:Class"`. One under a test that
    only running decides is for information; where such a test stands on the way to a module
    (`if "Mine" not in ModelRegistry.get_supported_archs():`), the finding says so and stays a warning.

    What importing the module of a worker or scheduler takes is an error where a platform's
    `check_and_update_config` surely sets it: no engine starts. Of several that it may set, each must fail.

    ## Why is this bad?
    The plugin loads, and fails later: when the function is called, maybe by a user's request.

    ## Example
    ```python
    def build():
        from vllm.utils import FlexibleArgumentParser
    ```
    Use instead:
    ```python
    def build():
        from vllm.utils.argparse_utils import FlexibleArgumentParser
    ```
    """
    yield from _of("VP211", plugin.subject, faults, asked)


def missing_unreached_import(evidence: Evidence, faults: _Faults, asked: Asked) -> Iterator[Fault]:
    """A module that nothing reaches imports a vLLM name that the release does not have.

    ## What it does
    Looks at the top level of the package's other modules: those that no entry point's loading reads.

    ## Why is this bad?
    The module cannot be imported with this release. Whether anybody does cannot be told from here.

    ## Example
    ```python
    # my_plugin/old_benchmark.py
    from vllm.engine.async_llm_engine import _AsyncLLMEngine
    ```
    Use instead: take the module out, or import what the release has:
    ```python
    from vllm.v1.engine.async_llm import AsyncLLM
    ```
    """
    del evidence
    yield from _of("VP212", "", faults, asked)


@requires("VP103", "VP104")
def missing_abstract_method(
    plugin: PluginEvidence, faults: _Faults, asked: Asked
) -> Iterator[Fault]:
    """The plugin's class leaves an abstract method of its base undefined.

    ## What it does
    Compares the class that vLLM makes with the abstract methods of the release's base class, followed
    through the package's own classes. A mixin that stands behind the base gives none of them. Where
    another distribution's class is among the bases, it cannot be told and is not reported.

    That is the class that an entry point gives, and each that a general plugin registers for vLLM to
    make instances of: KV connectors, model loaders, weight-transfer engines, quantizations whose
    `from_config` makes one, LoRA resolvers, and what an attention backend's `get_impl_cls` and
    `get_builder_cls` give. A class is judged in the releases in which it is registered; where only
    running tells whether it is, the finding is a warning that says on what that hangs.

    ## Why is this bad?
    Making an instance raises `TypeError`.

    ## Example
    ```python
    class MyProcessor(IOProcessor):
        def pre_process(self, prompt, request_id=None, **kwargs): ...
    ```
    Use instead:
    ```python
    class MyProcessor(IOProcessor):
        def pre_process(self, prompt, request_id=None, **kwargs): ...

        def post_process(self, model_output, request_id=None, **kwargs): ...
    ```
    """
    yield from _of("VP213", plugin.subject, faults, asked)


@requires("VP103", "VP104")
def missing_required_method(
    plugin: PluginEvidence, faults: _Faults, asked: Asked
) -> Iterator[Fault]:
    """The plugin's class lacks a method that vLLM calls in fact.

    ## What it does
    Knows the methods that are not abstract, only raise `NotImplementedError`, and are called for every
    plugin of the kind: `IOProcessor.parse_data` and its predecessors. From 0.17 to 0.28 either
    `parse_data` or the older `parse_request` will do. Of a class that derives from nothing of vLLM's,
    where its group lets that pass, the base's abstract methods must be there all the same (`is_cuda` and
    `is_cpu` of a platform): vLLM calls them. Of a registered attention backend vLLM makes no
    instance: its layers call `get_name` and `get_impl_cls` on the class, its model runners
    `get_builder_cls` and, to 0.28, `get_kv_cache_shape`. As a plugin's own runner may not, those two
    are a warning.

    ## Why is this bad?
    The class can be made, and the first request fails; without a backend's methods no model loads.

    ## Example
    ```python
    class MyProcessor(IOProcessor):
        def parse_request(self, request): ...  # to vLLM 0.28
    ```
    Use instead:
    ```python
    class MyProcessor(IOProcessor):
        def parse_data(self, data): ...
    ```
    """
    yield from _of("VP214", plugin.subject, faults, asked)


@requires("VP103", "VP104")
def wrong_constructor(plugin: PluginEvidence, faults: _Faults, asked: Asked) -> Iterator[Fault]:
    """The plugin's constructor cannot take what vLLM passes.

    ## What it does
    Compares the constructor with what the release's loader passes (for IO processors), or with the
    base class's constructor.

    ## Why is this bad?
    Making an instance raises `TypeError`.

    ## Example
    ```python
    class MyProcessor(IOProcessor):
        def __init__(self, vllm_config):
            super().__init__(vllm_config)
    ```
    Use instead:
    ```python
    class MyProcessor(IOProcessor):
        def __init__(self, vllm_config, *args, **kwargs):
            super().__init__(vllm_config, *args, **kwargs)
    ```
    """
    yield from _of("VP215", plugin.subject, faults, asked)


@requires("VP103", "VP104")
def incompatible_override(plugin: PluginEvidence, faults: _Faults, asked: Asked) -> Iterator[Fault]:
    """A method cannot take the calls that its base's method takes.

    ## What it does
    Compares each override's parameters with those of the release's base class. A required parameter
    of the base's that the override cannot take is an error, and so is an optional one that vLLM is
    known to pass at every call (`mm_cache_stats` and `engine_idx` of a stat logger, `request_id` of an
    IO processor, `throttle_prefills` of a scheduler); another optional one, which vLLM may or may not
    pass, is a warning. A parameter of another name in the same place is let pass. Where it is known how
    vLLM's own call is written, that call decides: `**kwargs` takes nothing that is passed by position.
    Where it is not, a required parameter that is taken by keyword alone is a warning. A builder of
    attention metadata that a model runner of the plugin's own calls is a warning too.

    ## Why is this bad?
    vLLM calls the method with arguments it does not have: `TypeError`, in the middle of a request.

    ## Example
    ```python
    class MyLogger(StatLoggerBase):
        def record(self, scheduler_stats, iteration_stats): ...
    ```
    Use instead:
    ```python
    class MyLogger(StatLoggerBase):
        def record(self, scheduler_stats, iteration_stats, *args, **kwargs): ...
    ```
    """
    yield from _of("VP216", plugin.subject, faults, asked)


@requires("VP103", "VP104")
def async_mismatch(plugin: PluginEvidence, faults: _Faults, asked: Asked) -> Iterator[Fault]:
    """A method is async where its base's is not, or the reverse.

    ## What it does
    Compares `async def` with the release's base class, method by method.

    ## Why is this bad?
    vLLM awaits what cannot be awaited, or uses a coroutine as if it were the result.

    ## Example
    ```python
    class MyProcessor(IOProcessor):
        async def pre_process(self, prompt, request_id=None, **kwargs): ...
    ```
    Use instead:
    ```python
    class MyProcessor(IOProcessor):
        def pre_process(self, prompt, request_id=None, **kwargs): ...
    ```
    """
    yield from _of("VP217", plugin.subject, faults, asked)


@requires("VP103", "VP104")
def overrides_nothing(
    plugin: PluginEvidence,
    faults: _Faults,
    asked: Asked,
    ranges: tuple[DeclaredRange, ...],
) -> Iterator[Fault]:
    """A method that the base class had in older releases and has no more.

    ## What it does
    Reports methods of the plugin's classes that overrode one of the base's up to some release and
    override nothing in the release asked about. A method that a release of the declared range still has
    is kept on purpose, and is left alone.

    ## Why is this bad?
    Nobody calls it any more: what it did is silently not done.

    ## Example
    ```python
    class MyProcessor(IOProcessor):
        def parse_request(self, request): ...
    ```
    Use instead:
    ```python
    class MyProcessor(IOProcessor):
        def parse_data(self, data): ...
    ```
    """
    declared, _ = declared_mask(ranges, asked.masks)
    told = tuple(
        (name, fault)
        for name, fault in faults
        # What comes before the first release without it had it.
        if not (declared or 0) & ((fault.releases & -fault.releases) - 1)
    )
    yield from _of("VP218", plugin.subject, told, asked)


@requires("VP103", "VP104")
def wrong_registration_call(
    plugin: PluginEvidence, faults: _Faults, asked: Asked
) -> Iterator[Fault]:
    """A registration function is called with arguments it does not have.

    ## What it does
    Compares the registration calls that a general plugin leads to with the release's functions.

    ## Why is this bad?
    The call raises `TypeError`. In a general plugin nothing catches that: the process dies.

    ## Example
    ```python
    ModelRegistry.register_model("MyModel", "my_plugin.model:MyModel", exist_ok=True)
    ```
    Use instead:
    ```python
    ModelRegistry.register_model("MyModel", "my_plugin.model:MyModel")
    ```
    """
    yield from _of("VP219", plugin.subject, faults, asked)


def registered_twice(evidence: Evidence, faults: _Faults, asked: Asked) -> Iterator[Fault]:
    """The same name is registered at two places where the second time raises.

    ## What it does
    Compares the registration calls of all the target's general plugins.

    ## Why is this bad?
    The second call raises, and the process dies.

    ## Example
    ```python
    KVConnectorFactory.register_connector("Mine", "my_plugin.a", "Mine")
    KVConnectorFactory.register_connector("Mine", "my_plugin.b", "Mine")
    ```
    Use instead:
    ```python
    KVConnectorFactory.register_connector("MineA", "my_plugin.a", "Mine")
    KVConnectorFactory.register_connector("MineB", "my_plugin.b", "Mine")
    ```
    """
    del evidence
    yield from _of("VP220", "", faults, asked)


def group_not_read(plugin: PluginEvidence, faults: _Faults, asked: Asked) -> Iterator[Fault]:
    """The release does not read the plugin's entry-point group yet.

    ## What it does
    Looks the group up among those that the release's loader reads.

    ## Why is this bad?
    The plugin is never loaded, and nothing says so.

    ## Example
    An endpoint plugin with vLLM 0.20, where `vllm.endpoint_plugins` came with 0.26. Use instead:
    ```toml
    [tool.vplug]
    vllm = ">=0.26,<0.34"
    ```
    """
    yield from _of("VP221", plugin.subject, faults, asked)


@requires("VP103", "VP104")
def raises_when_loaded(plugin: PluginEvidence, faults: _Faults, asked: Asked) -> Iterator[Fault]:
    """Loading the plugin surely raises in the release, by a statement of its own.

    ## What it does
    Looks for `raise`, `assert` and `sys.exit` in what loading the plugin runs: the top level of the
    modules that it imports, the function that vLLM calls, and what those call, with the arguments that
    they give. Tests of vLLM's version, of whether imports of vLLM work, and of what vLLM's modules and
    base classes have (`hasattr`), are evaluated for the release. Where such a test cannot be followed,
    it is a warning, and names the test. What an `except` or `suppress` around it may catch, and what
    hangs on anything else (a device, a variable of the environment), is let pass: of a general plugin's
    function [VP306](VP306.md) speaks then.

    ## Why is this bad?
    What importing raises, and what a platform plugin's function raises, vLLM logs and goes on without
    the plugin. What a general plugin's function raises nothing catches: the process dies.

    ## Example
    ```python
    def register():
        if Version(vllm.__version__) >= Version("0.17"):
            raise RuntimeError("not made for this vLLM")
    ```
    Use instead:
    ```python
    def register():
        if Version(vllm.__version__) >= Version("0.17"):
            logger.warning("my_plugin is not made for this vLLM: nothing is registered")

    Return:
    ```
    Either way, declare the releases for which it is made:
    ```toml
    [tool.vplug]
    vllm = ">=0.12,<0.17"
    ```
    """
    yield from _of("VP222", plugin.subject, faults, asked)


@requires("VP103", "VP104")
def not_registered(plugin: PluginEvidence, faults: _Faults, asked: Asked) -> Iterator[Fault]:
    """What the general plugin registers in other releases it does not in this one, and raises nothing.

    ## What it does
    Works out for each release which of the plugin's registrations run: an import that fails ends the
    `try` in which it stands, the plugin's own modules by what they import of vLLM; tests of vLLM's
    version are evaluated. It is a warning where none of them runs. Where some do, what hangs on an
    import that vLLM had and has no more is a warning, and what vLLM does not have yet is for
    information; a name that another branch registers counts as registered. Where only running tells,
    it is let pass.

    ## Why is this bad?
    The plugin loads, and what it is there for is missing: at most a line in the log says so.

    ## Example
    ```python
    def register():
        try:
            from vllm.model_executor.layers.quantization.base_config import register_quantization_config

            register_quantization_config("mine")(MyConfig)
        except Exception:
            logger.warning("my_plugin is not available")
    ```
    Use instead:
    ```python
    def register():
        from vllm.model_executor.layers.quantization import register_quantization_config

        register_quantization_config("mine")(MyConfig)
    ```
    Or declare the releases for which it is made:
    ```toml
    [tool.vplug]
    vllm = ">=0.10,<0.34"
    ```
    """
    yield from _of("VP223", plugin.subject, faults, asked)
