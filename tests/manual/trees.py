"""Pictures of trees: a branch for each record set of a name, in the words of `signpost plan`, and below it what it leads to."""
import json
import re

# "+ api.example.com. A lon-1  60 A 192.0.2.1; weight 3": a set without an identifier has two spaces there.
SET = re.compile(r"^\+ (\S+ [A-Z]+) (?:(\S+))? {1,2}(\d* ?[A-Z]+ .*)$", re.MULTILINE)


def picture(run, name: str) -> str:
    """Of a name and type such as "api.example.com. A"; `run` gives what a command writes."""
    (generation,) = re.findall(r"^generation +(\d+)", run("signpost status"), re.MULTILINE)
    sets = {}
    for key, identifier, words in SET.findall(run(f"signpost diff 0 {generation}")):
        sets.setdefault(key, []).append((identifier, words))
    documents = {f"{policy['id']}/{policy.get('version', 1)}": json.loads(policy["document"])
                 for policy in (each["traffic_policy"] for each in
                                json.loads(run("signpost get traffic-policies -o json")).get("traffic_policies", []))}

    def below(words: str) -> list:
        """(identifier, words, what is below in the same form) of the branches of a set with these words."""
        if policy := re.search(r"traffic policy (\S+)$", words):
            document = documents[policy[1]]
            return items(document, document["StartRule"])
        target = re.search(r"([A-Z]+) alias to (\S+?\.)(?:;|$)", words)
        return branches(f"{target[2]} {target[1]}") if target else []

    def branches(key: str) -> list:
        return [(identifier, words, below(words)) for identifier, words in sets[key]]

    return "\n".join([name, *lines(branches(name))])


def items(document: dict, rule_id: str) -> list:
    """Branches of a rule of a traffic policy, in the words that its record sets would have."""
    rule = document["Rules"][rule_id]
    if rule["RuleType"] == "failover":
        found = [(role.lower(), rule[role]) for role in ("Primary", "Secondary") if role in rule]
    elif rule["RuleType"] == "latency":
        found = [(f"latency from {item['Region']}", item) for item in rule["Regions"]]
    else:
        raise AssertionError(f"a rule of type {rule['RuleType']} has no picture yet")
    return [item_branch(document, words, item) for words, item in found]


def item_branch(document: dict, words: str, item: dict) -> tuple:
    below = items(document, item["RuleReference"]) if "RuleReference" in item else []
    leads_to = f"rule {item['RuleReference']}" if below else document["Endpoints"][item["EndpointReference"]]["Value"]
    with_health = ["with the target's health"] if item.get("EvaluateTargetHealth") else []
    check = [f"health check {item['HealthCheck']}"] if "HealthCheck" in item else []
    identifier = item.get("RuleReference") or item["EndpointReference"]
    return identifier, "; ".join([f"{document['RecordType']} {leads_to}", *with_health, words, *check]), below


def lines(branches: list) -> list:
    width = max((len(identifier) for identifier, *_ in branches), default=0)
    made = []
    for number, (identifier, words, below) in enumerate(branches, 1):
        last = number == len(branches)
        head = f"{identifier:{width}}  " if width else ""
        made.append(f"{'└─' if last else '├─'} {head}{words}")
        made += [f"{'   ' if last else '│  '}{line}" for line in lines(below)]
    return made
