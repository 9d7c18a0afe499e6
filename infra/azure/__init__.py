"""Relaykeeper on Azure, as an OpenTofu module; `check` checks it without a cloud and without the providers."""
