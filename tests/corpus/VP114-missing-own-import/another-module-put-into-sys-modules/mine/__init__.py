import sys

import json

sys.modules["other"] = json
from mine.gone import loads

def register():
    pass
