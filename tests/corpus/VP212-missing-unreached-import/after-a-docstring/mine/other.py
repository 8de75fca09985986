"""One."""

TEXT = """
from vllm.utils import FlexibleArgumentParser
"""
from vllm.utils import FlexibleArgumentParser
