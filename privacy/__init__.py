"""What is held about a person: the register of tables, the copy they may have, and their being forgotten."""
