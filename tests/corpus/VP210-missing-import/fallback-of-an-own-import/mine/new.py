Attention = object
