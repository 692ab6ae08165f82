"""Random programs of valid IAM calls, as (operation, parameters) in botocore's spelling."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

ACCOUNT = "123456789012"
Step = tuple[str, dict[str, Any]]
_SERVICES = ("lambda", "ec2", "ecs-tasks", "states")
_ACTIONS = ("s3:GetObject", "s3:PutObject", "kms:Decrypt", "sqs:SendMessage", "iam:PassRole", "*")
_MANAGED = tuple(
    f"arn:aws:iam::aws:policy/{name}" for name in ("ReadOnlyAccess", "AdministratorAccess", "IAMFullAccess")
)
_NAMES = ("alpha", "Beta", "gamma")


class _Entity:
    """What a role, user or group has that decides which calls are valid."""

    def __init__(self) -> None:
        self.attached: set[str] = set()
        self.inline: set[str] = set()
        self.tags: set[str] = set()
        self.groups: set[str] = set()
        self.boundary = ""


class World:
    """A model of an account, small and often colliding, that offers only calls AWS would accept."""

    def __init__(self, chance: random.Random, *, managed: bool = True) -> None:
        self._chance = chance
        self._managed = _MANAGED if managed else ()
        self._profiles: dict[str, str | None] = {}
        self._logins: set[str] = set()
        self._roles: dict[str, _Entity] = {}
        self._users: dict[str, _Entity] = {}
        self._groups: dict[str, _Entity] = {}
        self._policies: dict[str, list[str]] = {}
        self._versions: dict[str, int] = {}

    def program(self, length: int) -> list[Step]:
        """Make a program of that many calls."""
        steps: list[Step] = []
        while len(steps) < length:
            step = self._chance.choice(_MOVES)(self)
            if step is not None:
                steps.append(step)
        return steps

    # Documents

    def trust(self) -> str:
        """Make a trust policy."""
        pick = self._chance
        principal: dict[str, Any] = {"Service": f"{pick.choice(_SERVICES)}.amazonaws.com"}
        if pick.random() < 0.4:
            principal = {"AWS": [f"arn:aws:iam::{pick.choice(('111122223333', ACCOUNT))}:root"]}
        statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
        return json.dumps({"Version": "2012-10-17", "Statement": [statement]})

    def document(self) -> str:
        """Make a permission policy."""
        actions = sorted(self._chance.sample(_ACTIONS, self._chance.randint(1, 3)))
        return json.dumps(
            {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]}
        )

    # Picks

    def _some(self, held: dict[str, _Entity]) -> tuple[str, _Entity] | None:
        return self._chance.choice(sorted(held.items())) if held else None

    def _fresh(self, held: dict[str, Any]) -> str | None:
        free = [name for name in _NAMES if name not in held]
        return self._chance.choice(free) if free else None

    def _policy_arn(self) -> str | None:
        own = [_arn(name) for name in sorted(self._policies)]
        known = [*self._managed, *own, *own]
        return self._chance.choice(known) if known else None

    def _tags(self) -> list[dict[str, str]]:
        names = self._chance.sample(("team", "env", "owner"), self._chance.randint(1, 2))
        return [{"Key": name, "Value": self._chance.choice("abc")} for name in names]

    # Moves: each gives a call, or None where none is valid now

    def create(self, kind: str) -> Step | None:
        """Make a role, user or group."""
        held: dict[str, _Entity] = getattr(self, f"_{kind}s")
        name = self._fresh(held)
        if name is None:
            return None
        entity = held[name] = _Entity()
        parameters: dict[str, Any] = {f"{kind.title()}Name": name}
        if self._chance.random() < 0.5:
            parameters["Path"] = "/team/"
        if kind == "role":
            parameters["AssumeRolePolicyDocument"] = self.trust()
            if self._chance.random() < 0.3:
                parameters["MaxSessionDuration"] = 7200
        if kind != "group" and self._chance.random() < 0.4:
            parameters["Tags"] = self._tags()
            entity.tags |= {tag["Key"] for tag in parameters["Tags"]}
        return f"Create{kind.title()}", parameters

    def delete(self, kind: str) -> Step | None:
        """Delete one that is empty."""
        held: dict[str, _Entity] = getattr(self, f"_{kind}s")
        members = {group for user in self._users.values() for group in user.groups}
        busy = members if kind == "group" else self._logins if kind == "user" else set(self._profiles.values())
        empty = [
            name for name, one in sorted(held.items()) if not (one.attached or one.inline or one.groups or name in busy)
        ]
        if not empty or self._chance.random() < 0.5:
            return None
        name = self._chance.choice(empty)
        del held[name]
        return f"Delete{kind.title()}", {f"{kind.title()}Name": name}

    def attach(self, kind: str) -> Step | None:
        """Attach a managed policy, new or not."""
        found = self._some(getattr(self, f"_{kind}s"))
        if found is None:
            return None
        arn = self._policy_arn()
        if arn is None:
            return None
        found[1].attached.add(arn)
        return f"Attach{kind.title()}Policy", {f"{kind.title()}Name": found[0], "PolicyArn": arn}

    def detach(self, kind: str) -> Step | None:
        """Detach a policy that is attached."""
        found = self._some(getattr(self, f"_{kind}s"))
        if found is None or not found[1].attached:
            return None
        arn = self._chance.choice(sorted(found[1].attached))
        found[1].attached.remove(arn)
        return f"Detach{kind.title()}Policy", {f"{kind.title()}Name": found[0], "PolicyArn": arn}

    def write(self, kind: str) -> Step | None:
        """Write an inline policy."""
        found = self._some(getattr(self, f"_{kind}s"))
        if found is None:
            return None
        name = self._chance.choice(("one", "two"))
        found[1].inline.add(name)
        parameters = {f"{kind.title()}Name": found[0], "PolicyName": name, "PolicyDocument": self.document()}
        return f"Put{kind.title()}Policy", parameters

    def erase(self, kind: str) -> Step | None:
        """Delete an inline policy."""
        found = self._some(getattr(self, f"_{kind}s"))
        if found is None or not found[1].inline:
            return None
        name = self._chance.choice(sorted(found[1].inline))
        found[1].inline.remove(name)
        return f"Delete{kind.title()}Policy", {f"{kind.title()}Name": found[0], "PolicyName": name}

    def tag(self, kind: str) -> Step | None:
        """Tag a role or user."""
        found = self._some(getattr(self, f"_{kind}s"))
        if found is None:
            return None
        tags = self._tags()
        found[1].tags |= {tag["Key"] for tag in tags}
        return f"Tag{kind.title()}", {f"{kind.title()}Name": found[0], "Tags": tags}

    def untag(self, kind: str) -> Step | None:
        """Take tags away."""
        found = self._some(getattr(self, f"_{kind}s"))
        if found is None or not found[1].tags:
            return None
        name = self._chance.choice(sorted(found[1].tags))
        found[1].tags.remove(name)
        return f"Untag{kind.title()}", {f"{kind.title()}Name": found[0], "TagKeys": [name]}

    def bound(self, kind: str) -> Step | None:
        """Set a permissions boundary, or take it away."""
        found = self._some(getattr(self, f"_{kind}s"))
        if found is None:
            return None
        name, entity = found
        if entity.boundary:
            entity.boundary = ""
            return f"Delete{kind.title()}PermissionsBoundary", {f"{kind.title()}Name": name}
        entity.boundary = self._policy_arn() or _MANAGED[0]
        parameters = {f"{kind.title()}Name": name, "PermissionsBoundary": entity.boundary}
        return f"Put{kind.title()}PermissionsBoundary", parameters

    def retrust(self) -> Step | None:
        """Replace a trust policy."""
        found = self._some(self._roles)
        return found and ("UpdateAssumeRolePolicy", {"RoleName": found[0], "PolicyDocument": self.trust()})

    def update_role(self) -> Step | None:
        """Change a description and session duration."""
        found = self._some(self._roles)
        if found is None:
            return None
        duration = self._chance.choice((3600, 7200, 43200))
        text = self._chance.choice(("one", "two"))
        return "UpdateRole", {"RoleName": found[0], "Description": text, "MaxSessionDuration": duration}

    def create_policy(self) -> Step | None:
        """Make a managed policy."""
        name = self._fresh(self._policies)
        if name is None:
            return None
        self._policies[name] = ["v1"]
        self._versions[name] = 1
        parameters: dict[str, Any] = {"PolicyName": name, "Path": "/team/", "PolicyDocument": self.document()}
        if self._chance.random() < 0.3:
            parameters["Description"] = "made by a program"
        return "CreatePolicy", parameters

    def new_version(self) -> Step | None:
        """Write a version, which becomes the default or not."""
        open_ = [name for name, held in sorted(self._policies.items()) if len(held) < 5]
        if not open_:
            return None
        name = self._chance.choice(open_)
        self._versions[name] += 1
        version, default = f"v{self._versions[name]}", self._chance.random() < 0.5
        # The default stands first.
        self._policies[name].insert(0 if default else len(self._policies[name]), version)
        arn = _arn(name)
        return "CreatePolicyVersion", {"PolicyArn": arn, "PolicyDocument": self.document(), "SetAsDefault": default}

    def default_version(self) -> Step | None:
        """Make another version the default."""
        several = [name for name, held in sorted(self._policies.items()) if len(held) > 1]
        if not several:
            return None
        name = self._chance.choice(several)
        held = self._policies[name]
        version = self._chance.choice(held[1:])
        held.remove(version)
        held.insert(0, version)
        arn = _arn(name)
        return "SetDefaultPolicyVersion", {"PolicyArn": arn, "VersionId": version}

    def delete_version(self) -> Step | None:
        """Delete a version that is not the default."""
        several = [name for name, held in sorted(self._policies.items()) if len(held) > 1]
        if not several:
            return None
        name = self._chance.choice(several)
        version = self._chance.choice(self._policies[name][1:])
        self._policies[name].remove(version)
        return "DeletePolicyVersion", {"PolicyArn": _arn(name), "VersionId": version}

    def join(self) -> Step | None:
        """Add a user to a group."""
        user, group = self._some(self._users), self._some(self._groups)
        if user is None or group is None or group[0] in user[1].groups:
            return None
        user[1].groups.add(group[0])
        return "AddUserToGroup", {"UserName": user[0], "GroupName": group[0]}

    def rename(self, kind: str) -> Step | None:
        """Give a user or group another name, or move it to another path."""
        held: dict[str, _Entity] = getattr(self, f"_{kind}s")
        found, new = self._some(held), self._fresh(held)
        if found is None or new is None:
            return None
        old, entity = found
        parameters = {f"{kind.title()}Name": old}
        if self._chance.random() < 0.3:
            parameters["NewPath"] = self._chance.choice(("/", "/team/", "/other/"))
        if "NewPath" in parameters and self._chance.random() < 0.3:
            return f"Update{kind.title()}", parameters
        del held[old]
        held[new] = entity
        if kind == "user" and old in self._logins:
            self._logins.remove(old)
            self._logins.add(new)
        for user in self._users.values() if kind == "group" else ():
            user.groups = {new if name == old else name for name in user.groups}
        return f"Update{kind.title()}", {**parameters, f"New{kind.title()}Name": new}

    def leave(self) -> Step | None:
        """Take a user out of a group."""
        user = self._some(self._users)
        if user is None or not user[1].groups:
            return None
        group = self._chance.choice(sorted(user[1].groups))
        user[1].groups.remove(group)
        return "RemoveUserFromGroup", {"UserName": user[0], "GroupName": group}

    def delete_policy(self) -> Step | None:
        """Delete a policy that is not attached and has one version."""
        entities = [*self._roles.values(), *self._users.values(), *self._groups.values()]
        free = [
            name
            for name, held in sorted(self._policies.items())
            if len(held) == 1 and not any(_arn(name) in (*one.attached, one.boundary) for one in entities)
        ]
        if not free:
            return None
        name = self._chance.choice(free)
        del self._policies[name]
        return "DeletePolicy", {"PolicyArn": _arn(name)}

    def tag_policy(self) -> Step | None:
        """Tag a managed policy."""
        if not self._policies:
            return None
        return "TagPolicy", {"PolicyArn": _arn(self._chance.choice(sorted(self._policies))), "Tags": self._tags()}

    def profile(self) -> Step | None:
        """Make an instance profile, give it a role, take it away, or delete it."""
        name = self._chance.choice(_NAMES)
        if name not in self._profiles:
            self._profiles[name] = None
            return "CreateInstanceProfile", {"InstanceProfileName": name}
        role = self._profiles[name]
        if role is not None:
            self._profiles[name] = None
            return "RemoveRoleFromInstanceProfile", {"InstanceProfileName": name, "RoleName": role}
        found = self._some(self._roles)
        if found is None or self._chance.random() < 0.2:
            del self._profiles[name]
            return "DeleteInstanceProfile", {"InstanceProfileName": name}
        self._profiles[name] = found[0]
        return "AddRoleToInstanceProfile", {"InstanceProfileName": name, "RoleName": found[0]}

    def login(self) -> Step | None:
        """Give a user a password, change it, or take it away."""
        found = self._some(self._users)
        if found is None:
            return None
        name = found[0]
        if name not in self._logins:
            self._logins.add(name)
            return "CreateLoginProfile", {"UserName": name, "Password": "not-a-secret-1", "PasswordResetRequired": True}
        if self._chance.random() < 0.5:
            return "UpdateLoginProfile", {"UserName": name, "Password": "not-a-secret-2"}
        self._logins.remove(name)
        return "DeleteLoginProfile", {"UserName": name}


def _arn(policy: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:policy/team/{policy}"


Move = Callable[[World], Step | None]


def _of(name: str, *kinds: str) -> list[Move]:
    return [lambda world, kind=kind: getattr(world, name)(kind) for kind in kinds]  # type: ignore[misc]


_MOVES: list[Move] = [
    *_of("create", "role", "user", "group"),
    *_of("delete", "role", "user", "group"),
    *_of("attach", "role", "role", "user", "group"),
    *_of("detach", "role", "user", "group"),
    *_of("write", "role", "user", "group"),
    *_of("erase", "role", "user", "group"),
    *_of("tag", "role", "user"),
    *_of("untag", "role", "user"),
    *_of("bound", "role", "user"),
    *_of("rename", "user", "group"),
    World.retrust,
    World.update_role,
    World.create_policy,
    World.new_version,
    World.default_version,
    World.delete_version,
    World.delete_policy,
    World.tag_policy,
    World.profile,
    World.login,
    World.join,
    World.leave,
]
