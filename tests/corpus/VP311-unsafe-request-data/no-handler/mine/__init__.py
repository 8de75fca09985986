import pickle


def register():
    pickle.loads(b"")
