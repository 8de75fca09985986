class Tools:
    def resolve_lora(self):
        return None


def register():
    return None
