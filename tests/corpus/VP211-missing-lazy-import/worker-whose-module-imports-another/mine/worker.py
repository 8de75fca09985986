from mine.other import C


class W(C):
    def run(self):
        from vllm.utils import cdiv

        return cdiv
