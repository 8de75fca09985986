"""Built files, member by member: what an archive holds, how it is named, what it must not hold."""
