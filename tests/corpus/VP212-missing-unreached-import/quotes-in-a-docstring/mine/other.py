"""It says '''so''' and '''.

from vllm.utils import FlexibleArgumentParser
"""
