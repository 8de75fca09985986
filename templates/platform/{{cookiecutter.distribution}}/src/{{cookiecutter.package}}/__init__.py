"""A vLLM platform plugin: an out-of-tree device, for which the CPU stands in.

`grep -rn DEVICE: src` lists the places where the calls of a real device go.
"""
