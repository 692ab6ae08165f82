"""The fields of Falco's cloudtrail plugin (0.17): `ct.*`, `s3.*`, `ec2.*`, `ecr.*`, `iam.*`.

Their values follow the plugin to the letter: what is there but no text reads as "", so `ct.error exists` is true of
`"errorCode": null`. docs/rules.md prints this table.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from iamdrift.cloudtrail.plain_json import text_at
from iamdrift.falco.fields.field import Argument, Field, FieldType
from iamdrift.falco.fields.trail import TrailEvent, c_string, json_text, member, text

# A member as text: field, path in the record.
_TEXTS: tuple[tuple[str, str], ...] = (
    ("ct.id", "eventID"),
    ("ct.error", "errorCode"),
    ("ct.errormessage", "errorMessage"),
    ("ct.time", "eventTime"),
    ("ct.src", "eventSource"),
    ("ct.name", "eventName"),
    ("ct.user.identitytype", "userIdentity/type"),
    ("ct.user.principalid", "userIdentity/principalId"),
    ("ct.user.arn", "userIdentity/arn"),
    ("ct.region", "awsRegion"),
    ("ct.response.subnetid", "responseElements/subnetId"),
    ("ct.response.reservationid", "responseElements/reservationId"),
    ("ct.request.availabilityzone", "requestParameters/availabilityZone"),
    ("ct.request.cluster", "requestParameters/cluster"),
    ("ct.request.functionname", "requestParameters/functionName"),
    ("ct.request.groupname", "requestParameters/groupName"),
    ("ct.request.host", "requestParameters/Host"),
    ("ct.request.name", "requestParameters/name"),
    ("ct.request.policy", "requestParameters/policy"),
    ("ct.request.reason", "requestParameters/reason"),
    ("ct.request.target", "requestParameters/target"),
    ("ct.request.serialnumber", "requestParameters/serialNumber"),
    ("ct.request.servicename", "requestParameters/serviceName"),
    ("ct.request.subnetid", "requestParameters/subnetId"),
    ("ct.request.taskdefinition", "requestParameters/taskDefinition"),
    ("ct.request.username", "requestParameters/userName"),
    ("ct.srcip", "sourceIPAddress"),
    ("ct.useragent", "userAgent"),
    ("ct.requestid", "requestID"),
    ("ct.eventtype", "eventType"),
    ("ct.apiversion", "apiVersion"),
    ("ct.recipientaccountid", "recipientAccountId"),
    ("ct.serviceeventdetails", "serviceEventDetails"),
    ("ct.sharedeventid", "sharedEventID"),
    ("ct.vpcendpointid", "vpcEndpointId"),
    ("ct.eventcategory", "eventCategory"),
    ("ct.addendum.reason", "addendum/reason"),
    ("ct.addendum.updatedfields", "addendum/updatedFields"),
    ("ct.addendum.originalrequestid", "addendum/originalRequestID"),
    ("ct.addendum.originaleventid", "addendum/originalEventID"),
    ("ct.edgedevicedetails", "edgeDeviceDetails"),
    ("ct.tlsdetails.tlsversion", "tlsDetails/tlsVersion"),
    ("ct.tlsdetails.ciphersuite", "tlsDetails/cipherSuite"),
    ("ct.tlsdetails.clientprovidedhostheader", "tlsDetails/clientProvidedHostHeader"),
    ("s3.bucket", "requestParameters/bucketName"),
    ("s3.key", "requestParameters/key"),
    ("ecr.repository", "requestParameters/repositoryName"),
    ("ecr.imagetag", "requestParameters/imageTag"),
    ("iam.role", "requestParameters/roleName"),
    ("iam.policy", "requestParameters/policyName"),
)
# A member as compact JSON text.
_JSON: tuple[tuple[str, str], ...] = (
    ("ct.response", "responseElements"),
    ("ct.request", "requestParameters"),
    ("ct.additionaleventdata", "additionalEventData"),
)
# A member as "true" or "false"; whatever is not true is false.
_FLAGS: tuple[tuple[str, str], ...] = (
    ("ct.managementevent", "managementEvent"),
    ("ct.readonly", "readOnly"),
    ("ct.sessioncredentialfromconsole", "sessionCredentialFromConsole"),
)
_ACTOR_NAMES = {
    "Root": ("userIdentity", "userName"),
    "IAMUser": ("userIdentity", "userName"),
    "AWSService": ("userIdentity", "invokedBy"),
    "AssumedRole": ("userIdentity", "sessionContext", "sessionIssuer", "userName"),
}
_ACTOR_TYPES = frozenset(["AssumedRole", "AWSAccount", "FederatedUser"])
_SUFFIX = ".amazonaws.com"
_IN, _OUT = ("additionalEventData", "bytesTransferredIn"), ("additionalEventData", "bytesTransferredOut")
_BUCKET, _KEY = ("requestParameters", "bucketName"), ("requestParameters", "key")
_BLOCK = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")


def _string(event: TrailEvent, path: tuple[str, ...]) -> str | None:
    """Return the text at a path; None for what is no text."""
    value = member(event, path)[1]
    return c_string(value) if isinstance(value, str) else None


def short_source(event: TrailEvent) -> str | None:
    """Return `ct.shortsrc`: the event source without its common ending."""
    source = text(event, ("eventSource",))
    return source[: -len(_SUFFIX)] if source and source.endswith(_SUFFIX) and source != _SUFFIX else source


def user(event: TrailEvent) -> str | None:
    """Return `ct.user`: the name by the type of the identity; None for types the plugin does not know."""
    kind = _string(event, ("userIdentity", "type"))
    if kind in _ACTOR_NAMES:
        name = text(event, _ACTOR_NAMES[kind])
        return name if name is not None or kind != "AssumedRole" else kind
    return kind if kind in _ACTOR_TYPES else None


def _original_user(event: TrailEvent) -> str | None:
    if _string(event, ("userIdentity", "type")) != "AssumedRole":
        return text(event, ("userIdentity", "userName"))
    arn = (_string(event, ("userIdentity", "arn")) or "").split("/")
    principal = (_string(event, ("userIdentity", "principalId")) or "").split(":")
    if len(arn) == 3:
        return arn[2]
    return principal[1] if len(principal) == 2 else None


def _account(event: TrailEvent) -> str | None:
    account = text(event, ("userIdentity", "accountId"))
    return text(event, ("recipientAccountId",)) if account is None else account


def _flag(path: tuple[str, ...]) -> Callable[[TrailEvent], str | None]:
    def read(event: TrailEvent) -> str | None:
        found, value = member(event, path)
        return ("true" if value is True else "false") if found else None

    return read


def _json_at(path: tuple[str, ...]) -> Callable[[TrailEvent], str | None]:
    return lambda event: json_text(event, path)


def _resources(event: TrailEvent) -> str | None:
    value = event.body.get("resources")
    if not isinstance(value, list) or not value:
        return None
    return ",".join(text_at(event.raw, ("resources", str(at))) for at in range(len(value)))


def _bytes(event: TrailEvent, *paths: tuple[str, ...]) -> int | None:
    found = [value for there, value in (member(event, path) for path in paths) if there]
    return sum(map(_whole, found)) if found else None


def _whole(value: Any) -> int:
    number = isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
    return int(value) if number else 0


def _uri(event: TrailEvent) -> str | None:
    bucket, key = _string(event, _BUCKET), _string(event, _KEY)
    return None if bucket is None or key is None else f"s3://{bucket}/{key}"


def _count(*names: str, of_others: bool = False) -> Callable[[TrailEvent], int | None]:
    return lambda event: 1 if (_string(event, ("eventName",)) in names) is not of_others else None


def _instance_name(event: TrailEvent) -> str | None:
    name = ""
    items = member(event, ("requestParameters", "tagSpecificationSet", "items"))[1]
    for item in items if isinstance(items, list) else ():
        if not isinstance(item, dict) or item.get("resourceType") != "instance":
            continue
        tags = item.get("tags")
        for tag in tags if isinstance(tags, list) else ():
            if isinstance(tag, dict) and tag.get("key") == "Name":
                value = tag.get("value")
                name = value if isinstance(value, str) else ""
                break
    return name or None


def _images_in(event: TrailEvent, side: str, group: str) -> list[str]:
    items = member(event, (side, group, "items"))[1]
    found = [one.get("imageId") for one in items if isinstance(one, dict)] if isinstance(items, list) else []
    return [one for one in found if isinstance(one, str) and one]


def _images(event: TrailEvent) -> list[str] | None:
    """Return the images of the instances that were started, as the response tells, else the request."""
    asked = _string(event, ("requestParameters", "imageId"))
    return (
        _images_in(event, "responseElements", "instancesSet")
        or ([asked] if asked else [])
        or _images_in(event, "requestParameters", "instancesSet")
        or _images_in(event, "responseElements", "tagSpecificationSet")
        or None
    )


def _image(event: TrailEvent) -> str | None:
    images = _images(event)
    return images[0] if images else None


def _image_at(index: str) -> Callable[[TrailEvent], list[str] | None]:
    at = int(index)
    return lambda event: [images[at]] if (images := _images(event)) and at < len(images) else None


def info(event: TrailEvent) -> str:
    """Return `ct.info`: who did what from where, in one line, with the size and the object where there are."""
    who, where, what = user(event), text(event, ("sourceIPAddress",)), text(event, ("eventName",))
    if who is None:
        return "<invalid cloudtrail event: userIdentity field missing>"
    if where is None:
        return "<invalid cloudtrail event: eventSource field missing>"
    if what is None:
        return "<invalid cloudtrail event: eventName field missing>"
    failed = "!" if "errorCode" in event.body else ""
    wrote = "readOnly" in event.body and event.body["readOnly"] is not True
    line = f"{who} {'' if who == where else f'via {where} '}{failed}{'→' if wrote else '←'} {what}"
    if what == "PutBucketPublicAccessBlock":
        if isinstance(member(event, ("requestParameters", "PublicAccessBlockConfiguration"))[1], dict):
            line += "".join(f" {name}={'true' if event.body.get(name) is True else 'false'}" for name in _BLOCK) + " "
        return line
    size = _bytes(event, _IN, _OUT)
    if size is not None:
        line += f" Size={size}"
    for label, value in (
        ("URI", _uri(event)),
        ("Bucket", text(event, _BUCKET)),
        ("Key", text(event, _KEY)),
        ("Host", text(event, ("requestParameters", "Host"))),
    ):
        if value is not None:
            return f"{line} {label}={value}"
    return line


def _text_field(name: str, path: str) -> Field:
    steps = tuple(path.split("/"))
    if len(steps) == 1:
        key = steps[0]

        def top(event: TrailEvent) -> str | None:
            value = event.body.get(key)
            if value is None:
                return "" if key in event.body else None
            return c_string(value) if isinstance(value, str) else ""

        return Field(name, FieldType.STRING, f"`{path}`", top)
    return Field(name, FieldType.STRING, f"`{path}`", lambda event: text(event, steps))


_S, _U, _L = FieldType.STRING, FieldType.UINT64, FieldType.LIST
CLOUDTRAIL: tuple[Field, ...] = (
    *(_text_field(name, path) for name, path in _TEXTS),
    *(Field(name, _S, f"`{path}` as JSON text", _json_at((path,))) for name, path in _JSON),
    *(Field(name, _S, f"`{path}` as true or false", _flag((path,))) for name, path in _FLAGS),
    Field("ct.shortsrc", _S, "`eventSource` without `.amazonaws.com`", short_source),
    Field("ct.user", _S, "who acted: the user's, role's or service's name, by the type of the identity", user),
    Field("ct.originaluser", _S, "the session name of an assumed role, else `userIdentity/userName`", _original_user),
    Field("ct.user.accountid", _S, "`userIdentity/accountId`, else `recipientAccountId`", _account),
    Field("ct.request.documentname", _S, "declared by the plugin, which never gives it a value", lambda _: None),
    Field("ct.resources", _S, "the `resources` as JSON texts, joined by commas", _resources),
    Field("ct.info", _S, "who did what from where, in one line", info),
    Field("s3.uri", _S, "`s3://bucket/key`", _uri),
    Field("s3.bytes", _U, "bytes in and out", lambda event: _bytes(event, _IN, _OUT)),
    Field("s3.bytes.in", _U, "bytes in", lambda event: _bytes(event, _IN)),
    Field("s3.bytes.out", _U, "bytes out", lambda event: _bytes(event, _OUT)),
    Field("s3.cnt.get", _U, "1 for GetObject", _count("GetObject")),
    Field("s3.cnt.put", _U, "1 for PutObject", _count("PutObject")),
    Field("s3.cnt.other", _U, "1 for any other event", _count("GetObject", "PutObject", of_others=True)),
    Field("ec2.name", _S, "the Name tag of the instances in the request", _instance_name),
    Field("ec2.imageids", _L, "the images of the instances", _images, Argument.INDEX, _image_at),
    Field("ec2.imageid", _S, "the image of the first instance", _image),
)
