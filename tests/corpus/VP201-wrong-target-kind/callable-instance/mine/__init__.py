class Registrar:
    def __call__(self):
        return None


register = Registrar()
