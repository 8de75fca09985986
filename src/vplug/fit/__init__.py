"""Whether a plugin fits vLLM releases: faults, each with the releases in which it is one.

A plugin is analysed once; every question about releases is answered with bit masks over the store's
releases, so asking about a hundred costs little more than asking about one.
"""
