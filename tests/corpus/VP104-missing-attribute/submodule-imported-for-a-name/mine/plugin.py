def enroll():
    return None


def register():
    return None
