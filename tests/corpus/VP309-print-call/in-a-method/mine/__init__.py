class Mine:
    def run(self):
        if self:
            print(self)


def register():
    pass
