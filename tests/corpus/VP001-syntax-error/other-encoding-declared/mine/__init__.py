# -*- coding: latin-1 -*-
# Zerstört
def register():
    return None
