# group: vllm.general_plugins
# says: is not callable

register = 'probed'
