if __name__ == "__main__":

    def register():
        return None
