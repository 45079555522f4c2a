"""The command line, the embedded servers and the supervisor that starts them all."""
