from other import whole


@whole
class Mine: ...
