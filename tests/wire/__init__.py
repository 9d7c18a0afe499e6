"""Adapters against scripted servers on loopback: well-behaved, strange and hostile ones."""
