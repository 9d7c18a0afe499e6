"""Receivers of alerts: Slack, a Teams Workflow, a webhook and a heartbeat's ping."""

from infra.local.standins.config import config_file, read_config
from infra.local.standins.receivers.config import Config
from infra.local.standins.receivers.site import receivers_site
from infra.local.standins.serving import serve

config = read_config(config_file(), Config)
serve([(config.listener, receivers_site(config))])
