"""Knows one thing of torch: whether a device is initialised."""

from torch import cuda
