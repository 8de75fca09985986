HELP = """
torch.cuda.init()
"""

def register():
    pass
