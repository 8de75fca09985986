class A: ...


B: int = 1
