"""vplug: the plugin-management toolkit for vLLM.

This module is imported at every start, so it holds the version and nothing else.
"""

__version__ = "0.1.0"
