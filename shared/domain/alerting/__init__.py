"""Alerts: conditions found in a report, which of them fire, and what to send to whom."""
