"""Real processes, really killed: what the shop promises when parts die. Each test shows the calm first."""
