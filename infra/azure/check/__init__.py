"""Check OpenTofu configurations against the providers' schemas, without the providers: `python -m infra.azure.check`.

`tofu validate` does this and more, but only where the providers can be installed.
"""
