"""Calls on the applications of IAM Identity Center. AWS reference: the IAM Identity Center API reference."""

from __future__ import annotations

from iamdrift.iam.calls.identity_center import PRINCIPAL
from iamdrift.iam.calls.row import IDENTITY_CENTER, Call
from iamdrift.iam.effects import Add, Create, Delete, Discard, Effect, Learn, Put, PutTags, Set

_APPLICATION = "rq.applicationArn"
_PORTAL = "rq.portalOptions"


def _application(name: str, *effects: Effect, cannot_tell: str = "") -> Call:
    learnt = (Learn("arn", _APPLICATION), *effects)
    return Call(IDENTITY_CENTER, name, "sso-application", (_APPLICATION,), learnt, (), cannot_tell)


APPLICATIONS: tuple[Call, ...] = (
    Call(
        IDENTITY_CENTER,
        "CreateApplication",
        "sso-application",
        ("rs.applicationArn",),
        (
            Create(),
            Learn("arn", "rs.applicationArn"),
            Set("name", "rq.name"),
            Set("description", "rq.description"),
            Set("status", "rq.status", "ENABLED"),
            Set("application_provider", "rq.applicationProviderArn"),
            Set("visibility", f"{_PORTAL}.visibility", "ENABLED"),
            Set("sign_in_origin", f"{_PORTAL}.signInOptions.origin"),
            Set("application_url", f"{_PORTAL}.signInOptions.applicationUrl"),
            Set("assignment_required", "=true"),
            PutTags("tags", "rq.tags"),
        ),
        cannot_tell="the sign-in that the application's provider begins with",
    ),
    _application(
        "UpdateApplication",
        Set("name", "rq.name"),
        Set("description", "rq.description"),
        Set("status", "rq.status"),
        Set("sign_in_origin", f"{_PORTAL}.signInOptions.origin"),
        Set("application_url", f"{_PORTAL}.signInOptions.applicationUrl"),
    ),
    _application("DeleteApplication", Delete()),
    # Whether what is deleted must have been there is not documented, so nothing is proven.
    _application("CreateApplicationAssignment", Add("principals", PRINCIPAL)),
    _application("DeleteApplicationAssignment", Discard("principals", PRINCIPAL)),
    _application("PutApplicationAssignmentConfiguration", Set("assignment_required", "rq.assignmentRequired")),
    # The value is the list of targets that a token with the scope is good for.
    _application("PutApplicationAccessScope", Put("access_scopes", "rq.scope", "rq.authorizedTargets|=")),
    _application("DeleteApplicationAccessScope", Discard("access_scopes", "rq.scope")),
    _application(
        "PutApplicationAuthenticationMethod",
        Put(
            "authentication_methods", "rq.authenticationMethodType", "rq.authenticationMethod.iam.actorPolicy|=(hidden)"
        ),
    ),
    _application(
        "DeleteApplicationAuthenticationMethod", Discard("authentication_methods", "rq.authenticationMethodType")
    ),
    _application("PutApplicationGrant", Put("grants", "rq.grantType", "rq.grant|=")),
    _application("DeleteApplicationGrant", Discard("grants", "rq.grantType")),
    _application(
        "PutApplicationSessionConfiguration",
        Set("user_background_sessions", "rq.userBackgroundSessionApplicationStatus"),
    ),
)
