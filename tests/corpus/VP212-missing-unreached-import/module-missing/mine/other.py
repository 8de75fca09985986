"""A benchmark."""

import sys
from vllm.attention.layer import Attention
