from vllm.mine.tables import TABLES
