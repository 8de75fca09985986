class Box:
    def set_device(self, number):
        return number


cuda = Box()
cuda.set_device(0)

def register():
    pass
