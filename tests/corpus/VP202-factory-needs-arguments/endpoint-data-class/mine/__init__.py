from dataclasses import dataclass


@dataclass
class register:
    app: object
