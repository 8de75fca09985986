from .base import Base


class P(Base):
    pass
