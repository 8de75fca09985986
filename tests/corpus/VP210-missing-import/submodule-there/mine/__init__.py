from vllm.utils import argparse_utils
from vllm import utils, LLM
import vllm.utils.argparse_utils

def register():
    pass
