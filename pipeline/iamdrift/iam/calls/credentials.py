"""Calls on what lets a user in: keys, passwords, devices, certificates.

Where the user may be left out it is the caller, and root's own credentials belong to the account. Secrets are never in
the event; that one changed is kept as the time it did.
"""

from __future__ import annotations

from iamdrift.iam.calls.row import IAM, Also, Call, tagging
from iamdrift.iam.effects import Add, Clear, Create, Delete, Effect, Give, Learn, Put, PutTags, Remove, Set, Take

_CALLER = "@caller"


def _own(name: str, *effects: Effect, named_by: str = "rq.userName", cannot_tell: str = "") -> Call:
    named = tuple(dict.fromkeys(("rq.userName", named_by, _CALLER)))
    return Call(IAM, name, "user", named, effects, (), cannot_tell)


def _user(name: str, *effects: Effect, also: tuple[Also, ...] = (), cannot_tell: str = "") -> Call:
    return Call(IAM, name, "user", ("rq.userName",), effects, also, cannot_tell)


def _device(name: str, *effects: Effect) -> Call:
    return Call(IAM, name, "mfa", ("rq.serialNumber",), effects)


_CREDENTIAL = "rs.serviceSpecificCredential"
_CREDENTIALS = "service_specific_credentials"
_RESET = "service_specific_credentials_reset"

CREDENTIALS: tuple[Call, ...] = (
    _own(
        "CreateAccessKey",
        Put("access_keys", "rs.accessKey.accessKeyId", "rs.accessKey.status"),
        named_by="rs.accessKey.userName",
    ),
    _own("UpdateAccessKey", Put("access_keys", "rq.accessKeyId", "rq.status")),
    _own("DeleteAccessKey", Remove("access_keys", "rq.accessKeyId")),
    _own(
        "CreateLoginProfile",
        Give("login_profile", "=password"),
        Set("password_reset_required", "rq.passwordResetRequired", "false"),
        Set("password_changed", "@time"),
        named_by="rs.loginProfile.userName",
    ),
    _user(
        "UpdateLoginProfile",
        Set("password_reset_required", "rq.passwordResetRequired"),
        Set("password_changed", "@time"),
        cannot_tell="whether the password changed or only that it must be changed",
    ),
    _own("DeleteLoginProfile", Take("login_profile"), Clear("password_reset_required"), Clear("password_changed")),
    Call(IAM, "ChangePassword", "user", (_CALLER,), (Set("password_changed", "@time"),)),
    Call(
        IAM,
        "CreateVirtualMFADevice",
        "mfa",
        ("rs.virtualMFADevice.serialNumber", "rq.virtualMFADeviceName"),
        (
            Create(),
            Learn("arn", "rs.virtualMFADevice.serialNumber"),
            Set("path", "rq.path", "/"),
            PutTags("tags", "rq.tags"),
        ),
    ),
    _device("DeleteVirtualMFADevice", Delete()),
    _user(
        "EnableMFADevice",
        Add("mfa_devices", "rq.serialNumber"),
        also=(Also("mfa", ("rq.serialNumber",), (Give("user", "rq.userName"),)),),
    ),
    Call(
        IAM,
        "DeactivateMFADevice",
        "user",
        ("rq.userName", _CALLER),
        (Remove("mfa_devices", "rq.serialNumber"),),
        (Also("mfa", ("rq.serialNumber",), (Take("user"),)),),
    ),
    _user("ResyncMFADevice", cannot_tell="anything: no attribute changes"),
    *tagging("mfa", "MFADevice", "rq.serialNumber"),
    _own(
        "UploadSSHPublicKey",
        Put("ssh_public_keys", "rs.sSHPublicKey.sSHPublicKeyId", "rs.sSHPublicKey.status"),
        named_by="rs.sSHPublicKey.userName",
    ),
    _user("UpdateSSHPublicKey", Put("ssh_public_keys", "rq.sSHPublicKeyId", "rq.status")),
    _user("DeleteSSHPublicKey", Remove("ssh_public_keys", "rq.sSHPublicKeyId")),
    _own(
        "UploadSigningCertificate",
        Put("signing_certificates", "rs.certificate.certificateId", "rs.certificate.status"),
        named_by="rs.certificate.userName",
    ),
    _own("UpdateSigningCertificate", Put("signing_certificates", "rq.certificateId", "rq.status")),
    _own("DeleteSigningCertificate", Remove("signing_certificates", "rq.certificateId")),
    _own(
        "CreateServiceSpecificCredential",
        Put(_CREDENTIALS, f"{_CREDENTIAL}.serviceSpecificCredentialId", f"{_CREDENTIAL}.status"),
        named_by=f"{_CREDENTIAL}.userName",
    ),
    _own(
        "UpdateServiceSpecificCredential",
        Put(_CREDENTIALS, "rq.serviceSpecificCredentialId", "rq.status"),
    ),
    _own("ResetServiceSpecificCredential", Put(_RESET, "rq.serviceSpecificCredentialId", "@time")),
    _own("DeleteServiceSpecificCredential", Remove(_CREDENTIALS, "rq.serviceSpecificCredentialId")),
)
