from other_package import Base


class Plugin(Base):
    pass
