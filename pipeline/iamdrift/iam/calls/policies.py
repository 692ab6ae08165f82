"""Calls on managed policies: named by their ARN, except when they are made."""

from __future__ import annotations

from iamdrift.iam.calls.row import IAM, Call
from iamdrift.iam.effects import Copy, Create, Delete, Discard, Effect, Learn, Put, PutTags, Remove, Set, When


def _policy(name: str, *effects: Effect, cannot_tell: str = "") -> Call:
    return Call(IAM, name, "policy", ("rq.policyArn",), (Learn("arn", "rq.policyArn"), *effects), (), cannot_tell)


POLICIES: tuple[Call, ...] = (
    Call(
        IAM,
        "CreatePolicy",
        "policy",
        ("rq.policyName",),
        (
            Create(),
            Learn("arn", "rs.policy.arn"),
            Learn("unique_id", "rs.policy.policyId"),
            Set("path", "rq.path", "/"),
            Set("policy_document", "rq.policyDocument"),
            Set("default_version_id", "rs.policy.defaultVersionId", "v1"),
            Put("versions", "rs.policy.defaultVersionId", "rq.policyDocument"),
            Set("description", "rq.description"),
            PutTags("tags", "rq.tags"),
        ),
    ),
    _policy("DeletePolicy", Delete()),
    _policy(
        "CreatePolicyVersion",
        Put("versions", "rs.policyVersion.versionId", "rq.policyDocument"),
        When(
            "rq.setAsDefault",
            (
                Set("policy_document", "rq.policyDocument"),
                Set("default_version_id", "rs.policyVersion.versionId"),
            ),
        ),
    ),
    _policy(
        "SetDefaultPolicyVersion",
        Copy("policy_document", "versions", "rq.versionId"),
        Set("default_version_id", "rq.versionId"),
        cannot_tell="the document of the version, where it was never seen",
    ),
    _policy("DeletePolicyVersion", Remove("versions", "rq.versionId")),
    _policy("TagPolicy", PutTags("tags", "rq.tags")),
    _policy("UntagPolicy", Discard("tags", "rq.tagKeys")),
)
