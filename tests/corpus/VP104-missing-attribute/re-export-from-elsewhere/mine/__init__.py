from other_package import register
