"""The customer's home under /akun: what is theirs, for whoever is signed in."""
