"""What devices report: the platform object, torch and the driver, side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Told:
    """The answer to one question.

    Attributes:
        name: what was asked: an attribute's or method's name.
        device: the device's number, or ``None`` for a question about all.
        value: the answer, as JSON holds it; memory is in bytes, a capability is text (``9.0``).
        error: why there is no answer, or ``None``.
        traceback: of an exception.
        hung: whether it gave no answer in its time.
        seconds: how long it took.
    """

    name: str
    device: int | None = None
    value: Any = None
    error: str | None = None
    traceback: str | None = None
    hung: bool = False
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class DriverDevice:
    """A device as its driver reports it.

    Attributes:
        source: ``nvml``, ``amdsmi`` or ``xpu``.
        index: the driver's number, which visibility variables do not change.
        name: its name.
        uuid: its identifier.
        total_memory: bytes.
        used_memory: bytes, by all processes.
        capability: the compute capability as text, or ``None``.
        pci: its PCI address, or ``None``.
    """

    source: str
    index: int
    name: str | None = None
    uuid: str | None = None
    total_memory: int | None = None
    used_memory: int | None = None
    capability: str | None = None
    pci: str | None = None


@dataclass(frozen=True, slots=True)
class DriverReport:
    """What a driver says of itself and its devices.

    Attributes:
        source: ``nvml``, ``amdsmi`` or ``xpu``.
        version: the driver's version, or ``None``.
        runtime: the highest runtime version it supports (CUDA's, for NVML), or ``None``.
        devices: in the driver's order.
        error: why it could not be asked, or ``None``.
    """

    source: str
    version: str | None = None
    runtime: str | None = None
    devices: tuple[DriverDevice, ...] = ()
    error: str | None = None


@dataclass(frozen=True, slots=True)
class DeviceReport:
    """All that was asked about devices.

    Attributes:
        platform: answers of the platform object.
        torch: answers of torch.
        drivers: what drivers said.
        torch_error: why torch could not be imported, or ``None``.
        lost: the question on which the child process ended or hung, or ``None``.
    """

    platform: tuple[Told, ...] = ()
    torch: tuple[Told, ...] = ()
    drivers: tuple[DriverReport, ...] = ()
    torch_error: str | None = None
    lost: str | None = None

    def of(self, topic: str, name: str, device: int | None = None) -> Told | None:
        """Return the answer to a question of ``platform`` or ``torch``, or ``None``."""
        told = self.platform if topic == "platform" else self.torch
        return next((t for t in told if t.name == name and t.device == device), None)
