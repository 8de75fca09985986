"""The only room in which plugin code runs: in other interpreters, with limits, never in this one."""
