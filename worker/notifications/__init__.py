"""Mails that events cause: to customers, to the UPTs that pack, and to the staff on duty."""
