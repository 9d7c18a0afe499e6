"""Telling people, and what tells them: Alertmanager, Slack, Teams, webhooks."""

from shared.adapters.notifications.routed import RoutedNotices

__all__ = ["RoutedNotices"]
