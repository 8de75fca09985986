# not the package: lib is
