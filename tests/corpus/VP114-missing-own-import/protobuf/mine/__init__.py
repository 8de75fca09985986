from .wire_pb2 import Message

def register():
    pass
