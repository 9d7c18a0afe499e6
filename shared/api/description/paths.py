"""The parts of paths that name something."""

from shared.api.description import examples
from shared.api.operation import PathParameter
from shared.inventory.names import KEY_VAULT_NAME

CERTIFICATE = PathParameter(
    description="A certificate's name in the inventory, which is its name in Key Vault; upper and lower case differ.",
    pattern=KEY_VAULT_NAME,
    example=examples.NAME,
)
REQUEST = PathParameter(
    description="A request's `id`; `Location` has it.",
    pattern=r"^\d{8}T\d{6}Z-[0-9a-f]{8}$",
    example=examples.REQUEST.id,
)
PAUSE = PathParameter(
    description="The `id` of a pause in force; the list of pauses has it.",
    pattern="^[0-9a-f]{12}$",
    example=examples.PAUSE.id,
)
