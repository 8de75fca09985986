from other import Base


class Mine(Base): ...
