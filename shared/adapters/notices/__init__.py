"""Telling people, and what tells them: Alertmanager, Slack, Teams, webhooks."""

from shared.adapters.notices.routed import RoutedNotices

__all__ = ["RoutedNotices"]
