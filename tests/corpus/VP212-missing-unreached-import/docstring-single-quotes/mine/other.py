'''How to use it.

from vllm.utils import FlexibleArgumentParser
'''
