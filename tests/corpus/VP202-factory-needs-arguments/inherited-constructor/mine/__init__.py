from .base import Base


class register(Base):
    pass
