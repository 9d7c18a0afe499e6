"""What the next tick would do, as text for a terminal and as Markdown."""

from collections.abc import Iterator, Sequence

from relaykeeper.looking.plan_text import NOTHING, escaped, title
from shared.api.plan import ClientFindingView, FindingView, PlannedClientView, PlannedView, PlanView
from shared.text import counted, printable_line

HEADING = "### Relaykeeper: what the next tick would do"

type AnyPlanned = PlannedView | PlannedClientView
type AnyFinding = FindingView | ClientFindingView


def deployed_as_text(plan: PlanView, *, counts_only: bool) -> str:
    return "\n".join([*lines(plan, counts_only), summary(plan)])


def deployed_as_markdown(plan: PlanView, *, counts_only: bool) -> str:
    found = [f"- {escaped(line)}" for line in lines(plan, counts_only)]
    return "\n".join([HEADING, "", *found, *([""] if found else []), summary(plan)])


def lines(plan: PlanView, counts_only: bool) -> Iterator[str]:
    """Yield a line for each thing that would be done or is held, or why an object could not be looked at."""
    for each in all_planned(plan):
        named = name_of(each, counts_only)
        if counts_only:
            yield f"{named}: {counts(each)}"
            continue
        yield from (f"{named}: {what}" for what in told(each))
    if plan.loss is not None:
        shown = "" if counts_only else f": {printable_line(plan.loss)}"
        yield f"the inventory lost several clients, and none is changed until that is confirmed{shown}"


def told(planned: AnyPlanned) -> list[str]:
    """Return what would be done for an object, what is held, or that it is nothing; never an empty list."""
    findings: tuple[tuple[str, Sequence[AnyFinding]], ...] = (
        ("", planned.todo),
        ("held: ", planned.held),
        ("only observed, else: ", planned.would_do),
    )
    found = [f"could not be looked at: {printable_line(planned.error)}"] if planned.error else []
    found += [f"{kind}{told_finding(finding)}" for kind, some in findings for finding in some]
    verdict = f" ({printable_line(planned.verdict)})" if isinstance(planned, PlannedView) and planned.verdict else ""
    return found or [f"{NOTHING}{verdict}"]


def all_planned(plan: PlanView) -> tuple[AnyPlanned, ...]:
    return (*plan.certificates, *plan.clients)


def name_of(planned: AnyPlanned, counts_only: bool) -> str:
    if isinstance(planned, PlannedView):
        return title("certificate", planned.certificate, counts_only)
    return title("client", planned.client, counts_only)


def told_finding(finding: AnyFinding) -> str:
    place = f"{finding.place}: " if finding.place else ""
    return printable_line(f"{place}{finding.message}")


def counts(planned: AnyPlanned) -> str:
    if planned.error:
        return "could not be looked at"
    held = f"; {counted(len(planned.held), 'thing')} held" if planned.held else ""
    return (f"{counted(len(planned.todo), 'thing')} to do" if planned.todo else NOTHING) + held


def summary(plan: PlanView) -> str:
    found = all_planned(plan)
    working, held = sum(bool(each.todo) for each in found), sum(bool(each.held) for each in found)
    errors = sum(bool(each.error) for each in found)
    summed = f"Something is to be done for {counted(working, 'object')}" if working else "Nothing is to be done"
    summed += f"; something is held for {counted(held, 'object')}" if held else ""
    return f"{summed}." + (f" {counted(errors, 'object')} could not be looked at." if errors else "")
