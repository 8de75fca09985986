class App:
    @staticmethod
    def main():
        return 0
