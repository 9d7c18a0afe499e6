"""The Secrets Store CSI driver's objects: what it mounted into a pod, and what a SecretProviderClass has it mount.

https://secrets-store-csi-driver.sigs.k8s.io/concepts
https://azure.github.io/secrets-store-csi-driver-provider-azure/docs/getting-started/usage/

Anyone who works in the namespace may have written them: they are checked and bounded.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any

import msgspec
import yaml

from shared.adapters.kubernetes.errors import MAX_QUOTE, NotServed
from shared.domain.serving.place_observation import Mount, ProviderObject
from shared.errors import PermanentError
from shared.text import printable_line, quoted
from shared.yaml_search import NotEditable, YamlNode, documents, read_events

GROUP = "secrets-store.csi.x-k8s.io"

VERSIONS = ("v1", "v1alpha1")
"""Of the API, newest first: drivers before 1.0 serve the second alone. Both have the fields that are read here."""

AZURE = "azure"
"""The provider whose objects are read; each provider has a format of its own."""

KINDS = ("secret", "key", "cert")

MAX_OBJECTS = 1000
"""Objects in one SecretProviderClass, or in one status."""

MAX_PATH = 512
"""Characters of a file's path."""

OBJECT_NAME = re.compile(r"[0-9A-Za-z-]{1,127}")
"""https://learn.microsoft.com/azure/key-vault/general/about-keys-secrets-certificates#objects-identifiers-and-versioning"""

SECRET_ID = re.compile(rf"secret/({OBJECT_NAME.pattern})(?:/0)?")
"""A mounted secret, as Azure's provider names it: `kind/name`; with `objectVersionHistory` also `kind/name/N`, and 0 is
the newest version."""

VAULT_VERSION = re.compile(r"[0-9a-f]{32}")


class MountedObject(msgspec.Struct, frozen=True):
    """`status.objects[]` of a SecretProviderClassPodStatus."""

    id: str = ""
    version: str = ""


class PodStatusStatus(msgspec.Struct, frozen=True, rename="camel"):
    """`status` of a SecretProviderClassPodStatus."""

    secret_provider_class_name: Annotated[str, msgspec.Meta(max_length=253)] = ""
    mounted: bool = False
    objects: Annotated[tuple[MountedObject, ...], msgspec.Meta(max_length=MAX_OBJECTS)] = ()


class ProviderClassSpec(msgspec.Struct, frozen=True):
    """`spec` of a SecretProviderClass; `parameters` are the provider's own."""

    provider: str = ""
    parameters: Mapping[str, str] = {}


def in_served_version[T](read: Callable[[str], T]) -> T | None:
    """Return what `read` returns for the first version of the API that is served; None where none is."""
    for version in VERSIONS:
        try:
            return read(version)
        except NotServed:
            continue
    return None


def read_mount(tried: str, pod: str, status: Mapping[str, Any]) -> Mount:
    """Read the SecretProviderClassPodStatus that this pod owns."""
    refuse = refusals(tried, "SecretProviderClassPodStatus", status)
    found = converted(status.get("status", {}), PodStatusStatus, refuse)
    secrets = [(match[1], each.version) for each in found.objects if (match := SECRET_ID.fullmatch(each.id))]
    for name, version in secrets:
        if VAULT_VERSION.fullmatch(version) is None:
            raise refuse(f"secret {name} has version {quoted(version)}; one of Key Vault's has 32 hexadecimal digits")
    return Mount(pod, printable_line(found.secret_provider_class_name), found.mounted, dict(secrets))


def owning_pods(status: Mapping[str, Any]) -> Iterator[str]:
    """Yield the uid of the pod that a SecretProviderClassPodStatus is about, which owns it.

    Its name would not do: a StatefulSet's next pod has the same, and the status of the pod before for a moment.
    """
    for owner in status["metadata"].get("ownerReferences", ()):
        if owner["kind"] == "Pod":
            yield owner["uid"]


def read_provider_objects(tried: str, provider_class: Mapping[str, Any]) -> tuple[ProviderObject, ...]:
    """Read a SecretProviderClass of Azure's: `spec.parameters.objects` is a YAML text whose `array` has YAML texts."""
    refuse = refusals(tried, "SecretProviderClass", provider_class)
    spec = converted(provider_class.get("spec", {}), ProviderClassSpec, refuse)
    if spec.provider.lower() != AZURE:
        raise refuse(f"its provider is {quoted(spec.provider)}; only the objects of {AZURE} can be read")
    texts = listed_texts(spec.parameters.get("objects", ""), refuse)
    return tuple(read_object(f"objects.array[{number}]", text, refuse) for number, text in enumerate(texts))


type Refuse = Callable[[str], PermanentError]
"""Makes the error that an object cannot be read, of the reason."""


def listed_texts(objects: str, refuse: Refuse) -> tuple[str, ...]:
    array = mapping_of("objects", objects, refuse).get("array")
    if array is None or (is_text(array) and not array.event.value):
        return ()
    if not isinstance(array.event, yaml.SequenceStartEvent) or not all(map(is_text, array.children)):
        raise refuse("objects.array is not a list of texts")
    if len(array.children) > MAX_OBJECTS:
        raise refuse(f"objects.array has {len(array.children):,} items; read are at most {MAX_OBJECTS:,}")
    return tuple(item.event.value for item in array.children)


def read_object(where: str, text: str, refuse: Refuse) -> ProviderObject:
    """Read one object as the provider does: values are texts whatever they look like, without spaces around them."""
    fields = {key: node.event.value.strip() for key, node in mapping_of(where, text, refuse).items() if is_text(node)}
    name, kind = fields.get("objectName", ""), fields.get("objectType", "")
    file = fields.get("objectAlias") or name
    if OBJECT_NAME.fullmatch(name) is None:
        raise refuse(f"{where}.objectName is {quoted(name)}, a name that no object in a Key Vault can have")
    if kind not in KINDS:
        raise refuse(f"{where}.objectType is {quoted(kind)}; known are {', '.join(KINDS)}")
    if len(file) > MAX_PATH or printable_line(file) != file:
        raise refuse(f"{where}.objectAlias is {quoted(file)}; a path has at most {MAX_PATH} printable characters")
    return ProviderObject(name, kind, f"{file}/0" if has_history(fields) else file)


def has_history(fields: Mapping[str, str]) -> bool:
    """Say whether older versions are mounted too: then the file is a folder of versions, the newest being `0`."""
    wanted = fields.get("objectVersionHistory", "")
    return wanted.isdecimal() and wanted.lstrip("0") not in ("", "1")


def mapping_of(where: str, text: str, refuse: Refuse) -> dict[str, YamlNode]:
    """Return the values of the mapping that a YAML text begins with, by key; empty for an empty text."""
    try:
        roots = documents(read_events(text))
    except NotEditable as error:
        raise refuse(f"{where} cannot be read: {error}") from error
    if not roots:
        return {}
    if not isinstance(roots[0].event, yaml.MappingStartEvent):
        raise refuse(f"{where} is no mapping")
    return {key.event.value: value for key, value in roots[0].pairs() if is_text(key)}


def is_text(node: YamlNode) -> bool:
    return isinstance(node.event, yaml.ScalarEvent)


def converted[T](value: object, shape: type[T], refuse: Refuse) -> T:
    try:
        return msgspec.convert(value, shape)
    except msgspec.ValidationError as error:
        raise refuse(str(error)) from None


def refusals(tried: str, kind: str, item: Mapping[str, Any]) -> Refuse:
    """Return what makes the error that this object cannot be read."""
    name, namespace = (printable_line(item["metadata"].get(key, "")) for key in ("name", "namespace"))

    def refuse(reason: str) -> PermanentError:
        return PermanentError(
            f"{tried}: {kind} {name} cannot be read: {printable_line(reason, MAX_QUOTE)}. "
            f"See kubectl get {kind.lower()} {name} -n {namespace} -o yaml."
        )

    return refuse
