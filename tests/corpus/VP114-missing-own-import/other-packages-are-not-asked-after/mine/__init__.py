import numpy
from yaml import gone

def register():
    pass
