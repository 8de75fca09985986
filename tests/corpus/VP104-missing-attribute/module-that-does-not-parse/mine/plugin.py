def register(:
