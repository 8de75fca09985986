def _a():
    return None


enroll = register = _a
