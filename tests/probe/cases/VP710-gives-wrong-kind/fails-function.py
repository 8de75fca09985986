# group: vllm.stat_logger_plugins
# says: not a class

def register():
    pass
