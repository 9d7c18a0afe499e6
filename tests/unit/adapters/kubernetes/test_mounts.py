"""What the Secrets Store CSI driver's objects say, whatever somebody wrote into them."""

from typing import Any

import pytest

from shared.adapters.kubernetes.mounts import MAX_OBJECTS, owning_pods, read_mount, read_provider_objects
from shared.domain.serving.place_observation import Mount, ProviderObject
from shared.errors import PermanentError

TRIED = "cannot read it in ss-dev-00"
OLD, NEW = "0" * 32, "1" * 32

HMCTS = """
array:
  - |
    objectName: pcol
    objectType: secret
    objectAlias: pcol
  - |
    objectName: sscs
    objectType: secret
    objectAlias: "sscs-relay"
    objectVersion: ""
"""


def status(*objects: tuple[str, str], **fields: Any) -> dict[str, Any]:
    found = [{"id": each, "version": version} for each, version in objects]
    return {
        "metadata": {"name": "mailrelay-0-mailrelay-relay-clients", "namespace": "mailrelay"},
        "status": {"podName": "x", "secretProviderClassName": "relay-clients", "mounted": True, "objects": found}
        | fields,
    }


def provider_class(objects: str, provider: str = "azure") -> dict[str, Any]:
    parameters = {"keyvaultName": "hmcts-relay-dev", "tenantId": "t", "objects": objects}
    metadata = {"name": "relay-clients", "namespace": "mailrelay"}
    return {"metadata": metadata, "spec": {"provider": provider, "parameters": parameters}}


def array(*texts: str) -> dict[str, Any]:
    lines = [f"  - |\n{''.join(f'    {line}\n' for line in text.splitlines())}" for text in texts]
    return provider_class("array:\n" + "".join(lines))


def test_a_status_gives_the_version_of_each_secret_and_of_nothing_else() -> None:
    seen = read_mount(TRIED, "mailrelay-0", status(("secret/pcol", NEW), ("cert/inbound", OLD), ("key/k", OLD)))

    assert seen == Mount("mailrelay-0", "relay-clients", mounted=True, versions={"pcol": NEW})


def test_of_a_secret_with_history_the_newest_version_counts() -> None:
    seen = read_mount(TRIED, "mailrelay-0", status(("secret/pcol/0", NEW), ("secret/pcol/1", OLD)))

    assert seen.versions == {"pcol": NEW}


def test_a_status_that_says_nothing_yet_is_no_mount() -> None:
    item = status()
    del item["status"]

    assert read_mount(TRIED, "mailrelay-0", item) == Mount("mailrelay-0", "", mounted=False, versions={})


@pytest.mark.parametrize(
    ("item", "said"),
    [
        (status(objects="pcol"), "Expected `array`, got `str` - at `$.objects`"),
        (status(mounted="yes"), "Expected `bool`, got `str` - at `$.mounted`"),
        (status(("secret/pcol", "latest")), "secret pcol has version 'latest'; one of Key Vault's has 32 hexadecimal"),
        (status(("secret/pcol", f"{NEW}\n")), "one of Key Vault's has 32 hexadecimal"),
        (status(*[("secret/pcol", NEW)] * (MAX_OBJECTS + 1)), f"length <= {MAX_OBJECTS} - at `$.objects`"),
        (status() | {"status": ["x"]}, "Expected `object`, got `array`"),
    ],
    ids=["objects", "mounted", "version", "line break", "too many", "status"],
)
def test_a_status_that_cannot_be_read_is_named_with_the_command_that_shows_it(item: dict[str, Any], said: str) -> None:
    with pytest.raises(PermanentError) as refused:
        read_mount(TRIED, "mailrelay-0", item)

    name = "mailrelay-0-mailrelay-relay-clients"
    assert str(refused.value).startswith(f"{TRIED}: SecretProviderClassPodStatus {name} cannot be read: ")
    assert str(refused.value).endswith(f"See kubectl get secretproviderclasspodstatus {name} -n mailrelay -o yaml.")
    assert said in str(refused.value)


def test_a_status_is_about_the_pod_that_owns_it() -> None:
    owners = [{"kind": "ReplicaSet", "name": "other", "uid": "1"}, {"kind": "Pod", "name": "mailrelay-0", "uid": "2"}]

    assert list(owning_pods({"metadata": {"name": "x", "ownerReferences": owners}})) == ["2"]
    assert list(owning_pods({"metadata": {"name": "x"}})) == []


def test_the_objects_of_a_class_are_read_in_their_order() -> None:
    assert read_provider_objects(TRIED, provider_class(HMCTS)) == (
        ProviderObject("pcol", "secret", "pcol"),
        ProviderObject("sscs", "secret", "sscs-relay"),
    )


def test_names_are_texts_whatever_they_look_like_and_files_are_called_like_them() -> None:
    texts = ["objectName: 123\nobjectType: secret", "{objectName: 'on ', objectType: cert}"]

    assert read_provider_objects(TRIED, array(*texts)) == (
        ProviderObject("123", "secret", "123"),
        ProviderObject("on", "cert", "on"),
    )


def test_a_secret_with_history_is_a_folder_of_versions() -> None:
    texts = [f"objectName: pcol\nobjectType: secret\nobjectVersionHistory: {number}" for number in (0, 1, 2)]

    assert [each.file for each in read_provider_objects(TRIED, array(*texts))] == ["pcol", "pcol", "pcol/0"]


@pytest.mark.parametrize("objects", ["", "# none\n", "array:\n", "array: []\n", "other: x\n"])
def test_a_class_may_list_nothing(objects: str) -> None:
    assert read_provider_objects(TRIED, provider_class(objects)) == ()


NAMED = "objectType: secret\nobjectName: "


@pytest.mark.parametrize(
    ("item", "said"),
    [
        (provider_class("[" * 5000), "objects cannot be read: it is nested deeper than 100 levels"),
        (provider_class("array: {"), "objects cannot be read: it is not YAML, from line 2, column 1 on"),
        (provider_class("array: \0"), "objects cannot be read: it holds a character that YAML does not allow"),
        (provider_class("- pcol"), "objects is no mapping"),
        (provider_class("array: pcol"), "objects.array is not a list of texts"),
        (provider_class("array: [{objectName: pcol}]"), "objects.array is not a list of texts"),
        (provider_class("a: &a [pcol]\narray: *a"), "objects.array is not a list of texts"),
        (provider_class(f"array: [{'a,' * (MAX_OBJECTS + 1)}]"), "objects.array has 1,001 items; read are at most"),
        (array("[objectName]"), "objects.array[0] is no mapping"),
        (array(f"{NAMED}pcol", f"{NAMED}pc/ol"), "objects.array[1].objectName is 'pc/ol', a name that no object"),
        (array(NAMED), "objects.array[0].objectName is '', a name that no object"),
        (array("objectName: pcol\nobjectType: file"), "objects.array[0].objectType is 'file'; known are secret, key"),
        (array(f'{NAMED}pcol\nobjectAlias: "a\\nb"'), "objects.array[0].objectAlias is 'a\\nb'; a path has at most"),
        (array(f"{NAMED}pcol\nobjectAlias: {'a' * 513}"), "(513 characters); a path has at most"),
        (provider_class("", "aws"), "its provider is 'aws'; only the objects of azure can be read"),
        (provider_class("") | {"spec": {"provider": 1}}, "Expected `str`, got `int` - at `$.provider`"),
        ({"metadata": {"name": "relay-clients", "namespace": "mailrelay"}}, "its provider is ''"),
    ],
)
def test_a_class_that_cannot_be_read_is_named_with_the_place(item: dict[str, Any], said: str) -> None:
    with pytest.raises(PermanentError) as refused:
        read_provider_objects(TRIED, item)

    assert str(refused.value).startswith(f"{TRIED}: SecretProviderClass relay-clients cannot be read: ")
    assert said in str(refused.value)
    assert str(refused.value).isprintable()
