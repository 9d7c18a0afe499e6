"""The HTTP API: what can be asked, who may ask it, and how the answer reads."""
