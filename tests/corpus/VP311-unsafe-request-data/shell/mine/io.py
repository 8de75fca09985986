import subprocess

from vllm.plugins.io_processors.interface import IOProcessor


class Processor(IOProcessor):
    def parse_data(self, data):
        return subprocess.run(f"convert {data}", shell=True)
