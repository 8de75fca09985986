def register():
    import time

    time.sleep(1)
