class Printer:
    def print(self, text):
        pass


def register():
    Printer().print("a")
