# Who may do what where. This is the one table: docs/settings.md repeats it, and a test compares them.
#
# identity: `app` is the user-assigned identity of the app; `settings` the app's system-assigned one, which reads vault
# references and exists only for secret_settings. whose: `own` scopes are made here, `theirs` belong to other teams.
# role: a role of Azure's by name, or with custom = true one of custom_roles below.

locals {
  grants = {
    host_lists = {
      identity = "app"
      whose    = "own"
      where    = "the storage account"
      role     = "Reader"
      custom   = false
      why      = "the Functions host lists containers and queues and reads the services' properties when it starts and checks its health; it reads no data with this"
      without  = "the host reports 403 on storage and may run no function"
    }
    host = {
      identity = "app"
      whose    = "own"
      where    = "the containers `azure-webjobs-hosts` and `azure-webjobs-secrets`"
      role     = "Storage Blob Data Contributor"
      custom   = false
      why      = "the Functions host keeps there the locks of timers, and the keys of functions"
      without  = "no timer fires, and no key is known"
    }
    deployment = {
      identity = "app"
      whose    = "own"
      where    = "the container `deployment`"
      role     = "Storage Blob Data Contributor"
      custom   = false
      why      = "the platform stores the package there and starts the app from it, as the app"
      without  = "no deployment succeeds, and no instance starts"
    }
    state = {
      identity = "app"
      whose    = "own"
      where    = "the container `relaykeeper`"
      role     = "Storage Blob Data Contributor"
      custom   = false
      why      = "journals, requests and pauses, with their leases"
      without  = "nothing is renewed; the API answers 503"
    }
    history = {
      identity = "app"
      whose    = "own"
      where    = "the container `relaykeeper-history`"
      role     = "Storage Blob Data Contributor"
      custom   = false
      why      = "a record of each effect is appended to the day's blob"
      without  = "effects are logged, and missing in the history"
    }
    queues = {
      identity = "app"
      whose    = "own"
      where    = "the queues `work` and `work-poison`"
      role     = "Storage Queue Data Contributor"
      custom   = false
      why      = "ticks, the watch and requests send messages, workers receive them"
      without  = "ticks fail, and nothing is worked on"
    }
    documented_blobs = {
      identity = "app"
      whose    = "own"
      where    = "the storage account, with `host_rights = \"documented\"`"
      role     = "Storage Blob Data Owner"
      custom   = false
      why      = "Microsoft's guidance for the Functions host, in place of the roles on single containers"
      without  = "as without those"
    }
    documented_queues = {
      identity = "app"
      whose    = "own"
      where    = "the storage account, with `host_rights = \"documented\"`"
      role     = "Storage Queue Data Contributor"
      custom   = false
      why      = "Microsoft's guidance for the Functions host, in place of the role on single queues"
      without  = "as without that"
    }
    telemetry = {
      identity = "app"
      whose    = "own"
      where    = "Application Insights"
      role     = "Monitoring Metrics Publisher"
      custom   = false
      why      = "logs and records of executions are sent with a token, as local authentication is off"
      without  = "no logs; the alerts on silent timers fire"
    }
    certificates = {
      identity = "app"
      whose    = "theirs"
      where    = "each vault with certificates"
      role     = "Key Vault Certificates Officer"
      custom   = false
      why      = "lists certificates, creates key and CSR, merges the chain"
      without  = "certificates of that vault are not renewed, which is an alert"
    }
    certificate_keys = {
      identity = "app"
      whose    = "theirs"
      where    = "each vault with certificates"
      role     = "Key Vault Secrets User"
      custom   = false
      why      = "reads key and chain of a certificate, which are a secret, to write them into a cluster; and routes' URLs kept there"
      without  = "certificates are renewed in the vault and delivered nowhere"
    }
    clients_read = {
      identity = "app"
      whose    = "theirs"
      where    = "each vault with clients' passwords"
      role     = "clients_read"
      custom   = true
      why      = "reads passwords to write files and to log in as the probe client, and when each expires"
      without  = "clients of that vault are not delivered, which is an alert"
    }
    clients_manage = {
      identity = "app"
      whose    = "theirs"
      where    = "each vault with clients' passwords where a client has `mode: manage`"
      role     = "clients_manage"
      custom   = true
      why      = "stores a new password, besides reading them"
      without  = "no password is made or renewed there"
    }
    account_keys = {
      identity = "app"
      whose    = "theirs"
      where    = "the secret that an issuer's `account_key` names"
      role     = "Key Vault Secrets Officer"
      custom   = false
      why      = "makes the ACME account's key on first use, and reads it"
      without  = "nothing is ordered from that issuer"
    }
    secrets = {
      identity = "app"
      whose    = "theirs"
      where    = "each other secret that the inventory names in a vault without certificates"
      role     = "Key Vault Secrets User"
      custom   = false
      why      = "reads a route's URL or signing key, the URL of the heartbeat's ping, a kubeconfig"
      without  = "that route, ping or cluster fails, which is an alert on the other routes"
    }
    records = {
      identity = "app"
      whose    = "theirs"
      where    = "each `_acme-challenge` record set"
      role     = "records"
      custom   = true
      why      = "adds and withdraws its own values of challenges"
      without  = "names of that zone are not validated, so nothing is issued for them"
    }
    settings = {
      identity = "settings"
      whose    = "theirs"
      where    = "each secret of `secret_settings`"
      role     = "Key Vault Secrets User"
      custom   = false
      why      = "the platform puts the secret's value into the app's environment"
      without  = "the setting is the text of its reference"
    }
  }

  custom_roles = {
    clients_read = {
      title   = "reads passwords of clients"
      actions = []
      data_actions = [
        "Microsoft.KeyVault/vaults/certificates/read",
        "Microsoft.KeyVault/vaults/secrets/readMetadata/action",
        "Microsoft.KeyVault/vaults/secrets/getSecret/action",
      ]
    }
    clients_manage = {
      title   = "makes passwords of clients"
      actions = []
      data_actions = [
        "Microsoft.KeyVault/vaults/certificates/read",
        "Microsoft.KeyVault/vaults/secrets/readMetadata/action",
        "Microsoft.KeyVault/vaults/secrets/getSecret/action",
        "Microsoft.KeyVault/vaults/secrets/setSecret/action",
      ]
    }
    records = {
      title = "answers ACME challenges"
      actions = [
        "Microsoft.Network/dnsZones/TXT/read",
        "Microsoft.Network/dnsZones/TXT/write",
      ]
      data_actions = []
    }
  }

  least = var.host_rights == "least"

  container_ids = { for key, name in local.containers : key => "${local.storage.id}/blobServices/default/containers/${name}" }
  queue_ids     = { for key, name in local.queues : key => "${local.storage.id}/queueServices/default/queues/${name}" }

  # Where each grant applies. The keys are known before anything is made; the scopes may not be.
  scopes = {
    host_lists        = { for at, scope in { account = local.storage.id } : at => scope if local.least }
    host              = { for at in ["host_locks", "host_secrets"] : at => local.container_ids[at] if local.least }
    deployment        = { for at in ["deployment"] : at => local.container_ids[at] if local.least }
    state             = { for at in ["state"] : at => local.container_ids[at] if local.least }
    history           = { for at in ["history"] : at => local.container_ids[at] if local.least }
    queues            = { for at in ["work", "poison"] : at => local.queue_ids[at] if local.least }
    documented_blobs  = { for at, scope in { account = local.storage.id } : at => scope if !local.least }
    documented_queues = { for at, scope in { account = local.storage.id } : at => scope if !local.least }
    telemetry         = { application_insights = azurerm_application_insights.this.id }
    certificates      = var.certificate_vaults
    certificate_keys  = var.certificate_vaults
    clients_read      = { for at, vault in var.client_vaults : at => vault.id if !vault.manage }
    clients_manage    = { for at, vault in var.client_vaults : at => vault.id if vault.manage }
    account_keys      = var.account_key_secrets
    secrets           = var.read_secrets
    records           = { for at, set in var.record_sets : at => "${set.zone_id}/TXT/${set.name}" }
    settings          = var.secret_settings
  }

  # One element per assignment, `GRANT/AT`.
  assignments = merge([
    for grant, scopes in local.scopes : {
      for at, scope in scopes : "${grant}/${at}" => merge(local.grants[grant], {
        grant     = grant
        scope     = scope
        role_name = local.grants[grant].custom ? local.custom_role_names[local.grants[grant].role] : local.grants[grant].role
        # Azure names a custom role's definition by the subscription of the assignment, wherever it was made.
        definitions = "${regex("(?i)^(/subscriptions/[^/]+)/", scope)[0]}/providers/Microsoft.Authorization/roleDefinitions"
        printed     = (local.grants[grant].whose == "own" ? var.own_role_assignments : var.role_assignments) == "print"
      })
    }
  ]...)

  # A custom role's name is unique in a tenant.
  custom_role_names = { for key, role in local.custom_roles : key => "${local.base}-${local.suffix} ${role.title}" }

  # Where each custom role can be assigned: the resource groups of its scopes.
  custom_role_scopes = {
    for key in keys(local.custom_roles) : key => distinct([
      for assignment in local.assignments : regex("(?i)^(/subscriptions/[^/]+/resourceGroups/[^/]+)/", assignment.scope)[0]
      if assignment.role == key
    ])
  }
}

resource "azurerm_role_definition" "this" {
  for_each = {
    for key, role in local.custom_roles : key => role
    if anytrue([for assignment in local.assignments : assignment.role == key && !assignment.printed])
  }

  name              = local.custom_role_names[each.key]
  description       = "Relaykeeper ${var.environment} ${each.value.title}."
  scope             = local.custom_role_scopes[each.key][0]
  assignable_scopes = local.custom_role_scopes[each.key]

  permissions {
    actions      = each.value.actions
    data_actions = each.value.data_actions
  }
}

resource "azurerm_role_assignment" "this" {
  for_each = { for key, assignment in local.assignments : key => assignment if assignment.identity == "app" && !assignment.printed }

  scope                = each.value.scope
  role_definition_name = each.value.custom ? null : each.value.role
  role_definition_id   = each.value.custom ? "${each.value.definitions}/${azurerm_role_definition.this[each.value.role].role_definition_id}" : null
  principal_id         = local.identity.principal_id
  principal_type       = "ServicePrincipal"
  description          = "Relaykeeper ${var.environment}: ${each.value.why}"

  depends_on = [azurerm_storage_container.this, azurerm_storage_queue.this]
}

# Apart from the others: the identity exists only with the app, and the app waits for the others.
resource "azurerm_role_assignment" "settings" {
  for_each = { for key, assignment in local.assignments : key => assignment if assignment.identity == "settings" && !assignment.printed }

  scope                = each.value.scope
  role_definition_name = each.value.role
  principal_id         = azurerm_function_app_flex_consumption.this.identity[0].principal_id
  principal_type       = "ServicePrincipal"
  description          = "Relaykeeper ${var.environment}: ${each.value.why}"
}
