class A:
    def go(self):
        from .b import gone
