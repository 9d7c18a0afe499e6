"""Receivers of alerts: Slack, a Teams Workflow, a webhook and a heartbeat's ping."""

from infra.local.standins.receivers.site import Config, receivers_site
from infra.local.standins.serving import config_file, read_config, serve

config = read_config(config_file(), Config)
serve([(config.listener, receivers_site(config))])
