class Mine:
    def run(self):
        self.vllm = 1
        self.vllm.x = 2

def register():
    pass
