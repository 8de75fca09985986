def with_config(function):
    return lambda: function({})
