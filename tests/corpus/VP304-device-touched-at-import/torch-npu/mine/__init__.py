import torch_npu

PROPERTIES = torch_npu.npu.get_device_properties(0)

def register():
    pass
