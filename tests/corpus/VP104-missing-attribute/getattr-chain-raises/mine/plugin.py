def enroll():
    return None
