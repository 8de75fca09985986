import os

os.getenv("FAST_MODE")
