class Thing
