"""VP640 to VP644: what devices report, and where the reports disagree."""

from __future__ import annotations

from collections.abc import Iterator

from vplug.model import DeviceReport, Diagnosis, DriverDevice, Severity, Told
from vplug.rules.verdict import CannotTell, Fault, Skip

#: Total memory may be told with or without what the driver keeps for itself: NVML counts it, torch
#: does not (up to 2.5 % on an H200).
_MEMORY_SLACK = 0.04
#: Questions whose answer ``None`` leaves vLLM without what it needs.
_NEEDED = ("get_device_capability", "get_device_name", "get_device_total_memory")
_VISIBILITY = (
    "CUDA_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES", "ZE_AFFINITY_MASK",
)  # fmt: skip


def _devices(diagnosis: Diagnosis) -> DeviceReport:
    if diagnosis.devices is None:
        raise CannotTell("no device was asked: nothing was run")
    return diagnosis.devices


def _is_cpu(report: DeviceReport) -> bool:
    told = report.of("platform", "device_type")
    return told is not None and told.value == "cpu"


def device_disagreement(diagnosis: Diagnosis) -> Iterator[Fault]:
    """Platform, torch and driver tell different things of a device.

    ## What it does
    Compares name, compute capability and total memory of each device as the platform object, torch
    and the driver report them. Devices are matched by uuid where there is one.

    ## Why is this bad?
    vLLM sizes its cache and picks kernels by what the platform says.

    ## Example
    ```text
    the platform says 8.0, torch says 9.0
    ```
    Use instead:
    ```text
    a platform that asks the driver for the device that the process sees
    (`CUDA_VISIBLE_DEVICES` renumbers them).
    ```
    """
    report = _devices(diagnosis)
    if _is_cpu(report):
        raise Skip("the platform is the CPU")
    drivers = [device for driver in report.drivers for device in driver.devices]
    for told in report.platform:
        if told.name != "get_device_name" or told.device is None:
            continue
        index = told.device
        torch = report.of("torch", "properties", index)
        properties = torch.value if torch is not None and isinstance(torch.value, dict) else {}
        uuid = report.of("platform", "get_device_uuid", index)
        driver = _same(drivers, uuid, properties.get("uuid"))
        yield from _names(index, told, properties, driver)
        capability = report.of("platform", "get_device_capability", index)
        yield from _capability(index, capability, properties, driver)
        memory = report.of("platform", "get_device_total_memory", index)
        yield from _memory(index, memory, properties, driver)


def _same(drivers: list[DriverDevice], told: Told | None, other: object) -> DriverDevice | None:
    wanted = {_plain(text) for text in (told.value if told else None, other) if text}
    for device in drivers:
        if device.uuid is not None and _plain(device.uuid) in wanted:
            return device
    return drivers[0] if len(drivers) == 1 and not wanted else None


def _plain(uuid: object) -> str:
    """NVML writes ``GPU-…``, torch the bare number."""
    return str(uuid).removeprefix("GPU-").lower()


def _names(
    index: int, told: Told, properties: dict[str, object], driver: DriverDevice | None
) -> Iterator[Fault]:
    for who, other in (("torch", properties.get("name")), ("the driver", driver and driver.name)):
        if told.value and other and str(told.value) != str(other):
            yield Fault(
                f"device {index} is called {told.value!r} by the platform and {other!r} by {who}"
            )


def _capability(
    index: int,
    told: Told | None,
    properties: dict[str, object],
    driver: DriverDevice | None,
) -> Iterator[Fault]:
    if told is None or told.value is None:
        return
    others = (
        ("torch", properties.get("capability")),
        ("the driver", driver and driver.capability),
    )
    for who, other in others:
        if other is not None and str(told.value) != str(other):
            yield Fault(
                f"device {index}: the platform says capability {told.value}, {who} says {other}"
            )


def _memory(
    index: int,
    told: Told | None,
    properties: dict[str, object],
    driver: DriverDevice | None,
) -> Iterator[Fault]:
    if told is None or not isinstance(told.value, int):
        return
    others = (
        ("torch", properties.get("total_memory")),
        ("the driver", driver and driver.total_memory),
    )
    for who, other in others:
        if isinstance(other, int) and abs(told.value - other) > _MEMORY_SLACK * other:
            yield Fault(
                f"device {index}: the platform says {told.value:,} bytes of memory, "
                f"{who} says {other:,}"
            )


def failed_device_question(diagnosis: Diagnosis) -> Iterator[Fault]:
    """A platform or driver did not answer a question.

    ## What it does
    Reports questions that raised, hung until their time was up, or ended the process. A method that
    a platform declares as not implemented is left out.

    ## Why is this bad?
    vLLM asks the same questions when it starts.

    ## Example
    ```text
    get_device_total_memory of device 0: RuntimeError: device not initialised
    ```
    Use instead:
    ```text
    mend the platform's method, or the driver beneath it.
    ```
    """
    report = _devices(diagnosis)
    if report.lost is not None:
        yield Fault(f"the process ended at a question: {report.lost}", severity=Severity.ERROR)
    for topic, answers in (("platform", report.platform), ("torch", report.torch)):
        for told in answers:
            if told.error is None or told.error.startswith("NotImplementedError"):
                continue
            where = f" of device {told.device}" if told.device is not None else ""
            severity = Severity.ERROR if told.hung else None
            yield Fault(f"{topic}: {told.name}{where}: {told.error}", severity=severity)


def empty_device_answer(diagnosis: Diagnosis) -> Iterator[Fault]:
    """A platform for an accelerator does not know its device.

    ## What it does
    Reports a platform that is not the CPU and answers `None` for a device's capability, name or
    memory, or claims fp8 on a device that torch says cannot do it.

    ## Why is this bad?
    vLLM takes `None` for "no capability" and switches kernels and quantization off, or asserts.

    ## Example
    ```python
    @classmethod
    def get_device_capability(cls, device_id=0):
        return None
    ```
    Use instead:
    ```text
    answer what the device can do, or override the methods that ask for it (`supports_fp8`,
    `is_kv_cache_dtype_supported`).
    ```
    """
    report = _devices(diagnosis)
    if _is_cpu(report) or not report.platform:
        raise Skip("the platform is the CPU, or none was made")
    for told in report.platform:
        if told.name in _NEEDED and told.error is None and told.value is None:
            yield Fault(f"the platform answers None to {told.name} of device {told.device}")
    fp8 = report.of("platform", "supports_fp8")
    properties = report.of("torch", "properties", 0)
    if (
        fp8 is not None
        and fp8.value is True
        and properties is not None
        and isinstance(properties.value, dict)
        and _number(properties.value.get("capability")) < (8, 9)
        and report.of("torch", "cuda_build") is not None
    ):
        yield Fault(
            f"the platform claims fp8, and torch says capability "
            f"{properties.value.get('capability')}: fp8 begins with 8.9"
        )


def _number(text: object) -> tuple[int, ...]:
    parts = str(text).split(".")
    if not all(part.isdigit() for part in parts):
        return (99,)  # not known: nothing is claimed
    return tuple(int(part) for part in parts)


def hidden_devices(diagnosis: Diagnosis) -> Iterator[Fault]:
    """A variable hides all devices.

    ## What it does
    Compares the devices that a driver reports with those that torch sees, where a visibility
    variable is set.

    ## Why is this bad?
    An empty `CUDA_VISIBLE_DEVICES` hides everything; vLLM may still take the CUDA platform, since
    that is found through the driver, and then has no device.

    ## Example
    ```console
    $ CUDA_VISIBLE_DEVICES= vllm serve …
    ```
    Use instead:
    ```console
    $ CUDA_VISIBLE_DEVICES=0 vllm serve …
    ```
    """
    report = _devices(diagnosis)
    drivers = sum(len(driver.devices) for driver in report.drivers)
    if not drivers:
        raise Skip("no driver reports a device")
    count = report.of("torch", "device_count")
    available = report.of("torch", "cuda_is_available")
    if available is None:
        raise CannotTell("torch was not asked")
    seen = count.value if count is not None and isinstance(count.value, int) else 0
    setting = next(
        (
            item
            for item in diagnosis.variables
            if item.name in _VISIBILITY and item.value is not None
        ),
        None,
    )
    if seen == 0 and setting is not None:
        yield Fault(
            f"{setting.name}={setting.value!r} hides all {drivers} devices that the driver reports",
            hint=f"unset {setting.name}, or name the wanted devices in it",
        )


def silent_driver(diagnosis: Diagnosis) -> Iterator[Fault]:
    """A driver is there and cannot be asked, or torch does not reach it.

    ## What it does
    Reports a driver library that fails or hangs, and a torch that was built for a device and sees
    none though the driver reports some.

    ## Why is this bad?
    vLLM then takes another platform, or fails at the first tensor.

    ## Example
    ```text
    NVML: Driver/library version mismatch
    ```
    Use instead:
    ```text
    reload the driver (after an upgrade: restart the machine), or install a torch that the
    driver is new enough for.
    ```
    """
    report = _devices(diagnosis)
    if report.torch_error is not None:
        yield Fault(f"torch cannot be imported: {report.torch_error}", severity=Severity.ERROR)
    for driver in report.drivers:
        if driver.error is not None and not driver.error.startswith(("NVML Shared Library",)):
            yield Fault(f"{driver.source}: {driver.error}")
    available = report.of("torch", "cuda_is_available")
    build = report.of("torch", "cuda_build")
    nvidia = [d for d in report.drivers if d.source == "nvml" and d.devices]
    hidden = any(
        v.name == "CUDA_VISIBLE_DEVICES" and v.value is not None for v in diagnosis.variables
    )
    if nvidia and not hidden and available is not None and available.value is False:
        what = f"built for CUDA {build.value}" if build and build.value else "built for the CPU"
        yield Fault(
            f"the driver ({nvidia[0].version}, CUDA up to {nvidia[0].runtime}) reports devices, and "
            f"torch, {what}, sees none",
            hint="install a torch built for a CUDA version that the driver supports",
        )
