"""Serles, an ACME authority in Python that shares no code with Pebble or step-ca: what `server` needs to run it."""
