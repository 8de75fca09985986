import os

if register := os.environ.get("PLUGIN"):
    pass
