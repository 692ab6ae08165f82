"""What a moto server holds, resource by resource, and where moto is known to differ from AWS."""

from __future__ import annotations

from typing import Any

# Calls that moto does not have; a program leaves them out. Each with what moto does instead.
NOT_IN_MOTO = {
    "PutUserPermissionsBoundary": "not implemented: answers an HTML page",
    "DeleteUserPermissionsBoundary": "not implemented: answers an HTML page",
}
# Calls that moto heeds only with a parameter; a program leaves them out without it.
NEEDED_IN_MOTO = {"UpdateGroup": ("NewGroupName", "a path alone changes nothing")}
# Attributes that are not compared, with the reason.
NOT_COMPARED = {
    ("user", "permissions_boundary"): "moto drops a user's boundary",
    ("user", "password_changed"): "a time; no call gives it back",
    ("user", "password_reset_required"): "moto's CreateLoginProfile does not keep it",
}
# Attributes that are not compared under a name that a rename took or gave, with the reason.
NOT_COMPARED_IF_RENAMED = {
    ("user", "tags"): "moto keeps a user's tags by name: a rename leaves them behind, for whoever gets the name next",
}


def resources(client: Any) -> dict[str, dict[str, Any]]:
    """Read everything: `kind/name` to attributes, documents as mappings."""
    details = client.get_account_authorization_details(Filter=["User", "Role", "Group", "LocalManagedPolicy"])
    found: dict[str, dict[str, Any]] = {}
    for one in details["RoleDetailList"]:
        more = client.get_role(RoleName=one["RoleName"])["Role"]
        profiles = client.list_instance_profiles_for_role(RoleName=one["RoleName"])["InstanceProfiles"]
        found[f"role/{one['RoleName']}"] = {
            **_principal(one, "Role"),
            "assume_role_policy": one["AssumeRolePolicyDocument"],
            "description": more.get("Description") or None,
            "max_session_duration": more["MaxSessionDuration"],
            "permissions_boundary": one.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn"),
            "tags": _tags(one["Tags"]),
            "instance_profiles": sorted(profile["InstanceProfileName"] for profile in profiles),
        }
    for one in details["UserDetailList"]:
        found[f"user/{one['UserName']}"] = {
            **_principal(one, "User"),
            "tags": _tags(one.get("Tags", [])),
            "groups": sorted(one["GroupList"]),
            **_login(client, one["UserName"]),
        }
    for one in details["GroupDetailList"]:
        members = client.get_group(GroupName=one["GroupName"])["Users"]
        found[f"group/{one['GroupName']}"] = {
            **_principal(one, "Group"),
            "users": sorted(user["UserName"] for user in members),
        }
    for one in details["Policies"]:
        arn = one["Arn"]
        attached = client.list_entities_for_policy(PolicyArn=arn)
        versions = {version["VersionId"]: version["Document"] for version in one["PolicyVersionList"]}
        found[f"policy/{arn.rpartition('/')[2]}"] = {
            "arn": arn,
            "default_version_id": one["DefaultVersionId"],
            "policy_document": versions[one["DefaultVersionId"]],
            "versions": sorted(versions),
            "description": one.get("Description") or None,
            "tags": _tags(client.list_policy_tags(PolicyArn=arn)["Tags"]),
            "attached_roles": sorted(entity["RoleName"] for entity in attached["PolicyRoles"]),
            "attached_users": sorted(entity["UserName"] for entity in attached["PolicyUsers"]),
            "boundary_for_roles": sorted(
                role["RoleName"]
                for role in details["RoleDetailList"]
                if role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn") == arn
            ),
            "attached_groups": sorted(entity["GroupName"] for entity in attached["PolicyGroups"]),
        }
    for one in client.list_instance_profiles()["InstanceProfiles"]:
        found[f"instance-profile/{one['InstanceProfileName']}"] = {
            "arn": one["Arn"],
            "path": one["Path"],
            "role": next((role["RoleName"] for role in one["Roles"]), None),
        }
    return found


def _principal(one: dict[str, Any], kind: str) -> dict[str, Any]:
    return {
        "arn": one["Arn"],
        "unique_id": one[f"{kind}Id"],
        "path": one["Path"],
        "inline_policies": {
            policy["PolicyName"]: policy["PolicyDocument"] for policy in one.get(f"{kind}PolicyList", [])
        },
        "managed_policy_arns": sorted(policy["PolicyArn"] for policy in one["AttachedManagedPolicies"]),
    }


def _login(client: Any, user: str) -> dict[str, Any]:
    try:
        profile = client.get_login_profile(UserName=user)["LoginProfile"]
    except client.exceptions.NoSuchEntityException:
        return {"login_profile": None, "password_reset_required": None}
    required = "true" if profile.get("PasswordResetRequired") else "false"
    return {"login_profile": "password", "password_reset_required": required}


def _tags(tags: list[dict[str, str]]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in tags}
