"""Calls on identity providers and server certificates. Large documents are kept as their digest."""

from __future__ import annotations

from iamdrift.iam.calls.row import IAM, Call, tagging
from iamdrift.iam.effects import Add, Create, Delete, Discard, Effect, Forget, Learn, PutTags, Replace, Set

_OIDC, _SAML = "rq.openIDConnectProviderArn", "rq.sAMLProviderArn"


def _oidc(name: str, *effects: Effect) -> Call:
    return Call(IAM, name, "oidc-provider", (_OIDC,), (Learn("arn", _OIDC), *effects))


def _saml(name: str, *effects: Effect, cannot_tell: str = "") -> Call:
    return Call(IAM, name, "saml-provider", (_SAML,), (Learn("arn", _SAML), *effects), (), cannot_tell)


def _certificate(name: str, *effects: Effect, cannot_tell: str = "") -> Call:
    return Call(IAM, name, "server-certificate", ("rq.serverCertificateName",), effects, (), cannot_tell)


PROVIDERS: tuple[Call, ...] = (
    Call(
        IAM,
        "CreateOpenIDConnectProvider",
        "oidc-provider",
        ("rs.openIDConnectProviderArn", "rq.url"),
        (
            Create(),
            Learn("arn", "rs.openIDConnectProviderArn"),
            Set("url", "rq.url"),
            Add("client_id_list", "rq.clientIDList"),
            Forget("thumbprint_list"),
            Replace("thumbprint_list", "rq.thumbprintList"),
            PutTags("tags", "rq.tags"),
        ),
        cannot_tell="the thumbprint that AWS fetches when none is given",
    ),
    _oidc("DeleteOpenIDConnectProvider", Delete()),
    # Both succeed whether or not the client id was there.
    _oidc("AddClientIDToOpenIDConnectProvider", Add("client_id_list", "rq.clientID")),
    _oidc("RemoveClientIDFromOpenIDConnectProvider", Discard("client_id_list", "rq.clientID")),
    _oidc("UpdateOpenIDConnectProviderThumbprint", Replace("thumbprint_list", "rq.thumbprintList")),
    *tagging("oidc-provider", "OpenIDConnectProvider", _OIDC),
    Call(
        IAM,
        "CreateSAMLProvider",
        "saml-provider",
        ("rq.name", "rs.sAMLProviderArn"),
        (
            Create(),
            Learn("arn", "rs.sAMLProviderArn"),
            Forget("metadata_sha256"),
            Set("metadata_sha256", "sha256:rq.sAMLMetadataDocument"),
            Set("assertion_encryption_mode", "rq.assertionEncryptionMode"),
            PutTags("tags", "rq.tags"),
        ),
        cannot_tell="the metadata, where it is too large to be logged",
    ),
    _saml("DeleteSAMLProvider", Delete()),
    _saml(
        "UpdateSAMLProvider",
        Set("metadata_sha256", "sha256:rq.sAMLMetadataDocument"),
        Set("assertion_encryption_mode", "rq.assertionEncryptionMode"),
        Set("private_keys_changed", "rq.removePrivateKey"),
        cannot_tell="a private key that was added, and metadata too large to be logged",
    ),
    *tagging("saml-provider", "SAMLProvider", _SAML),
    _certificate(
        "UploadServerCertificate",
        Create(),
        Learn("arn", "rs.serverCertificateMetadata.arn"),
        Learn("unique_id", "rs.serverCertificateMetadata.serverCertificateId"),
        Set("name", "rq.serverCertificateName"),
        Set("path", "rq.path", "/"),
        Set("body_sha256", "sha256:rq.certificateBody"),
        Set("chain_sha256", "sha256:rq.certificateChain"),
        PutTags("tags", "rq.tags"),
    ),
    _certificate("DeleteServerCertificate", Delete()),
    _certificate(
        "UpdateServerCertificate",
        Set("path", "rq.newPath"),
        Set("name", "rq.newServerCertificateName"),
        cannot_tell="the new ARN, where the path is not known and does not change",
    ),
    *tagging("server-certificate", "ServerCertificate", "rq.serverCertificateName"),
)
