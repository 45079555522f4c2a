"""Users, memberships, Kanwil, UPT, regions, sign-in and the audit log."""
