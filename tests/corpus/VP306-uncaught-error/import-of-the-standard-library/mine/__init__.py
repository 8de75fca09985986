def register():
    import json
    from collections import abc
