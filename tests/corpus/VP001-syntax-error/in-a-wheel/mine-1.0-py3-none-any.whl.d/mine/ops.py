def build(
