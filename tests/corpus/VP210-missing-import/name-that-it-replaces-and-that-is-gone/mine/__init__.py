import vllm.utils
from vllm.utils import FlexibleArgumentParser


class Parser(FlexibleArgumentParser): ...


vllm.utils.FlexibleArgumentParser = Parser


def register(): ...
