from .vllm import utils
from vllmx.utils import x
