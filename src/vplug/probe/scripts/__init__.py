"""Scripts that run outside vplug's process: standard library only, Python 3.10 and later.

They are files to be started, not modules to be imported: nothing here is imported by vplug.
"""
