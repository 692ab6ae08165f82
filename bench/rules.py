"""What many rules cost: CPU time an event with 1,000 rules, as a multiple of that with 10, all in one run.

    python bench/rules.py [--records FILE.jsonl] [--count N] [--rounds N]

One stream of IAM records, through the pure core from bytes to alerts, and through the matching step alone: with rules
on drift, and with rules on plain CloudTrail records. The ten rules are the first of the thousand; the others are about
resources, policies and users that the stream does not have, as most rules are about what does not happen. So what is
compared is the search for the rules that match, not the writing of alerts. Every fifth rule compares with a part of a
text, which no index can find: it is dispatched by the name of the call alone. Medians over the rounds.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from generated import history
from iamdrift.cloudtrail.decode import decode
from iamdrift.cloudtrail.relevance import Relevance
from iamdrift.drift.record import Drift
from iamdrift.explain import Core
from iamdrift.falco.fields.trail import trail_event
from iamdrift.falco.loading.collection import RuleFile
from iamdrift.falco.matching.rule_set import RuleSet
from iamdrift.iam.calls import modelled_calls
from iamdrift.runner import settle_memory

FEW, MANY = 10, 1_000
BATCH = 256

DRIFT_RULES = (
    "evt.name in (AttachRolePolicy, AttachUserPolicy) and drift.policy_arn = arn:aws:iam::123456789012:policy/p-{n}",
    "evt.name = UpdateAssumeRolePolicy and resource.name = prod-{n} and user.type != AssumedRole",
    "evt.name in (PutRolePolicy, CreatePolicyVersion) and drift.added_actions intersects (svc{n}:Write, svc{n}:Delete)",
    "evt.name = DeleteUserPermissionsBoundary and resource.name in (admin-{n}, breakglass-{n})",
    '{call} and drift.changes contains "999988887777:role/x-{n}"',
)
TRAIL_RULES = (
    "ct.src = iam.amazonaws.com and ct.name = AttachRolePolicy and iam.policy = arn:aws:iam::123456789012:policy/p-{n}",
    "ct.name in (CreateRole, UpdateAssumeRolePolicy) and json.value[/requestParameters/roleName] = prod-{n}",
    "ct.name = PutRolePolicy and ct.user = contractor-{n} and not ct.srcip exists",
    "ct.src = s3.amazonaws.com and s3.bucket = secrets-{n}",
    "{call} and ct.useragent contains tool-{n}/",
)


def rules(templates: tuple[str, ...], source: str, count: int) -> RuleSet:
    calls = sorted(modelled_calls()["iam.amazonaws.com"])
    name = "evt.name" if source == "iam_drift" else "ct.name"
    text = "".join(
        f"- rule: rule {n}\n  desc: one of many\n  source: {source}\n  priority: WARNING\n  output: name=%{name}\n"
        f"  condition: '{templates[n % len(templates)].format(n=n, call=f'{name} = {calls[n % len(calls)]}')}'\n"
        for n in range(count)
    )
    return RuleSet.of([RuleFile("many.yaml", text)])


def core(values: list[bytes], compiled: RuleSet) -> None:
    one = Core(compiled)
    for at in range(0, len(values), BATCH):
        for _ in one.take_batch((value, None) for value in values[at : at + BATCH]):
            pass


def seconds(work: Callable[[], object]) -> float:
    begin = time.process_time()
    work()
    return time.process_time() - begin


def compare(title: str, works: dict[int, Callable[[], object]], count: int, rounds: int) -> None:
    found = {number: statistics.median(times) for number, times in timed(works, rounds).items()}
    micro = {number: one / count * 1e6 for number, one in found.items()}
    print(f"  {title:<30} {micro[FEW]:>8.1f} {micro[MANY]:>8.1f} {micro[MANY] / micro[FEW]:>7.2f}x")


def timed(works: dict[int, Callable[[], object]], rounds: int) -> dict[int, list[float]]:
    times: dict[int, list[float]] = {number: [] for number in works}
    for _ in range(rounds):
        for number, work in works.items():
            times[number].append(seconds(work))
    return times


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--records", type=Path)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    if given.records:
        values = given.records.read_bytes().splitlines()[: given.count]
    else:
        values = [json.dumps(one, separators=(",", ":")).encode() for one in history(given.count)]
    begin = time.process_time()
    on_drift = {number: rules(DRIFT_RULES, "iam_drift", number) for number in (FEW, MANY)}
    on_trail = {number: rules(TRAIL_RULES, "aws_cloudtrail", number) for number in (FEW, MANY)}
    loading = time.process_time() - begin
    drifts = [one for one in Core(RuleSet.of([])).take_all(values) if isinstance(one, Drift)]
    relevance = Relevance(modelled_calls(), lambda *_: True)
    decoded = [event for value in values for event in decode(value, relevance).plain]
    events = [one for event in decoded if (one := trail_event(event)) is not None]
    settle_memory()
    print(
        f"{len(values)} records, {len(drifts)} drift records, medians of {given.rounds} rounds; microseconds an event"
    )
    print(f"  {'':<30} {FEW:>8,} {MANY:>8,}   ratio")
    for title, sets in (("drift rules", on_drift), ("CloudTrail rules", on_trail)):
        works = {number: (lambda one=one: core(values, one)) for number, one in sets.items()}
        compare(f"bytes to alerts, {title}", works, len(values), given.rounds)
    compare(
        "matching alone, drift rules",
        {number: (lambda one=one: [one.match(drift) for drift in drifts]) for number, one in on_drift.items()},
        len(drifts),
        given.rounds,
    )
    compare(
        "matching alone, CloudTrail rules",
        {number: (lambda one=one: [one.match_record(event) for event in events]) for number, one in on_trail.items()},
        len(events),
        given.rounds,
    )
    print(f"  loading and compiling all of them: {loading:.2f} s")


if __name__ == "__main__":
    main()
