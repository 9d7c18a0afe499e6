"""The real client of ACME, in whole renewals, against a server that does what a test wants."""
