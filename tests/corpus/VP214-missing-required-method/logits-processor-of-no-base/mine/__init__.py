class Gate:
    def apply(self, logits):
        return logits


class Mine(Gate):
    def __init__(self, budget=1.0, floor=0.1, size=0): ...

    def __call__(self, tokens, logits):
        return logits
