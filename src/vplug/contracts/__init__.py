"""What each vLLM release offers a plugin: the store, how it is made, and what changed between two.

Everything here is read from the releases' published sources by syntax tree; no vLLM code runs and
none is kept, only names and signatures.
"""

from __future__ import annotations

from vplug.contracts.store import ContractStore

__all__ = ["ContractStore"]
