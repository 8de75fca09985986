import sys

if sys.platform == "darwin":
    import mlx_lm

def register():
    pass
