"""What plugin code says, told from its syntax trees; nothing here imports or runs it."""
