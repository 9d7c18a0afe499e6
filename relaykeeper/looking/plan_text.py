"""The plan of an inventory as text for a terminal, and as Markdown for a comment of a pull request.

With `counts_only` nothing is named: neither DNS names nor objects, nor what a system answered.
"""

from collections.abc import Iterable, Iterator

from shared.api.inventory_plan import DifferenceView, FieldChangeView, InventoryPlanView, PlannedChangeView
from shared.text import counted, printable_line

HEADING = "### Relaykeeper: the plan of this inventory"
NOTHING = "nothing to do"
ORDERS = {"certificate": "a new order", "client": "its password is made unless the vault has one"}
NOUNS = {"dns_names": "name", "clusters": "cluster", "relays": "relay", "serves": "certificate", "ports": "port"}
"""Fields whose items are counted by a word of their own."""


def as_text(plan: InventoryPlanView, *, counts_only: bool) -> str:
    return "\n".join([*lines(plan, counts_only), summary(plan)])


def as_markdown(plan: InventoryPlanView, *, counts_only: bool) -> str:
    found = [f"- {escaped(line)}" for line in lines(plan, counts_only)]
    return "\n".join(
        ["### Relaykeeper: the plan of this inventory", "", *found, *([""] if found else []), summary(plan)]
    )


def summary(plan: InventoryPlanView) -> str:
    errors = sum(bool(each.error) for each in plan.changes)
    unknown = f" {counted(errors, 'object')} could not be looked at." if errors else ""
    if not plan.differences:
        return f"It is the deployed inventory: {NOTHING}.{unknown}"
    orders = sum(each.orders for each in plan.changes if each.kind == "certificate")
    working = sum(does_something(each) for each in plan.changes)
    if not working:
        return f"{counted(len(plan.differences), 'object')} changed, {NOTHING}.{unknown}"
    return f"Something is done for {counted(working, 'object')}, with {counted(orders, 'order')}.{unknown}"


def does_something(change: PlannedChangeView) -> bool:
    return bool(change.orders or change.relays or change.restarts or change.todo)


def lines(plan: InventoryPlanView, counts_only: bool) -> Iterator[str]:
    """Yield one line for each object that differs, then one for each other object that is concerned. What comes of
    another relay, cluster, issuer or zone stands in the lines of its certificates and clients."""
    changes = {(str(each.kind), each.name): each for each in plan.changes}
    for each in plan.differences:
        planned = changes.pop((each.kind, each.name), None)
        outcome = f" -> {consequences(planned, counts_only)}" if planned is not None else ""
        yield f"{title(each.kind, each.name, counts_only)}: {differs(each, counts_only)}{outcome}"
    for planned in changes.values():
        yield f"{title(planned.kind, planned.name, counts_only)}: -> {consequences(planned, counts_only)}"
    if plan.loss is not None:
        yield "several clients that relays accept are missing: no client is changed until that is confirmed" + (
            "" if counts_only else f" ({printable_line(plan.loss)})"
        )


def title(kind: str, name: str, counts_only: bool) -> str:
    if not name:
        return "freezes and alerts"
    if counts_only:
        return f"a {kind}" if kind != "issuer" else "an issuer"
    return name if kind == "certificate" else f"{kind} {name}"


def differs(each: DifferenceView, counts_only: bool) -> str:
    if each.change != "changed":
        return "new" if each.change == "added" else "no longer in the inventory, stays as it is"
    return ", ".join(field_line(field, counts_only) for field in each.fields)


def field_line(field: FieldChangeView, counts_only: bool) -> str:
    if not (field.added or field.removed):
        return f"{field.field} in another order"
    noun = NOUNS.get(field.field)
    if noun is None:
        shown = "" if counts_only else f" {was(field.removed)} -> {was(field.added)}"
        return f"{field.field}{shown or ' changed'}"
    items = [(sign, each) for sign, each in (("+", field.added), ("-", field.removed)) if each]
    return " ".join(
        f"{sign}{counted(len(each), noun)}{'' if counts_only else f' ({short(each)})'}" for sign, each in items
    )


def was(items: tuple[str, ...]) -> str:
    return short(items) if items else "none"


def short(items: Iterable[str]) -> str:
    return printable_line(", ".join(items), 200)


def consequences(planned: PlannedChangeView, counts_only: bool) -> str:
    parts = []
    if planned.error:
        parts.append("could not be looked at" + ("" if counts_only else f": {printable_line(planned.error, 300)}"))
    if planned.orders:
        parts.append(
            "a new order" if planned.kind == "certificate" else "its password is made unless the vault has one"
        )
    if planned.orders or planned.relays or planned.restarts:
        parts += [counted(planned.relays, "relay"), counted(planned.restarts, "restart")]
    elif planned.todo:
        parts.append(f"{counted(len(planned.todo), 'thing')} to do")
    if planned.new_places:
        shown = "" if counts_only else f" ({short(planned.new_places)})"
        parts.append(f"{counted(len(planned.new_places), 'place')} not looked at, because not deployed{shown}")
    if planned.held:
        shown = "" if counts_only else f" ({short(dict.fromkeys(each.message for each in planned.held))})"
        parts.append(f"{counted(len(planned.held), 'thing')} held{shown}")
    return "; ".join(parts) or NOTHING


SPECIAL = frozenset("\\`*_[]<>|~#")


def escaped(line: str) -> str:
    """Return a line without Markdown of its own: no link, no HTML, nobody mentioned."""
    text = "".join(f"\\{character}" if character in SPECIAL else character for character in line)
    return text.replace("-\\>", "->").replace("@", "@\u200b")
