# What nobody inside the app can tell: that its timers are silent. Azure Monitor counts the host's records of them.

resource "azurerm_monitor_action_group" "this" {
  count = length(var.alert_emails) == 0 ? 0 : 1

  name                = local.names.action_group
  resource_group_name = local.resource_group.name
  short_name          = substr(var.name, 0, 12)
  tags                = local.tags

  dynamic "email_receiver" {
    for_each = var.alert_emails

    content {
      name                    = email_receiver.key
      email_address           = email_receiver.value
      use_common_alert_schema = true
    }
  }
}

locals {
  action_group_ids = concat(azurerm_monitor_action_group.this[*].id, var.alert_action_group_ids)

  # The functions are named in functions/triggers.py; the host records each execution (host.json, Host.Results).
  timers = {
    watch = {
      silent_after = var.watch_silent_after
      every        = "PT5M"
      means        = "Nothing newer is known of any certificate, and no alert is sent."
    }
    tick = {
      silent_after = var.tick_silent_after
      every        = "PT15M"
      means        = "No certificate is renewed."
    }
  }
}

resource "azurerm_monitor_scheduled_query_rules_alert_v2" "silent" {
  for_each = local.timers

  name                    = "alert-${local.base}-${each.key}-silent"
  display_name            = "Relaykeeper ${var.environment}: the ${each.key} is silent"
  description             = "The timer ${each.key} has not succeeded for ${each.value.silent_after}. ${each.value.means} See the entry Heartbeat of the runbook."
  resource_group_name     = local.resource_group.name
  location                = var.location
  scopes                  = [azurerm_application_insights.this.id]
  severity                = 1
  evaluation_frequency    = each.value.every
  window_duration         = each.value.silent_after
  auto_mitigation_enabled = true
  tags                    = local.tags

  criteria {
    query                   = "requests | where name == \"${each.key}\" and success == true"
    time_aggregation_method = "Count"
    operator                = "LessThan"
    threshold               = 1

    failing_periods {
      number_of_evaluation_periods             = 1
      minimum_failing_periods_to_trigger_alert = 1
    }
  }

  action {
    action_groups = local.action_group_ids
  }
}
