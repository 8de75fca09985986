class Base:
    pass


class P(Base):
    pass
