"""Alerts: what was seen -> what should be firing -> what to say to whom, given what was said before."""
