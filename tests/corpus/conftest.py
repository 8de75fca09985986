"""The corpus is data: test files in its projects are not this project's tests."""

collect_ignore_glob = ["VP*"]
