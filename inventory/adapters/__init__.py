"""What the inventory room says to other servers."""
