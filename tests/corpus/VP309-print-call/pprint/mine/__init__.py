from pprint import pprint


def register():
    pprint("a")
