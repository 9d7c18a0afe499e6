"""`tick`: ask for a tick now; `alerts test`: a test alert down every route."""

from relaykeeper.changing.options import Reason, Ticket
from relaykeeper.exit_codes import ExitCode
from relaykeeper.moments import second
from relaykeeper.options import Json, Target
from relaykeeper.output import note, print_json
from shared.text import counted

TICK_EXAMPLES = ('relaykeeper tick --reason "the timer is late"',)
TEST_EXAMPLES = ('relaykeeper alerts test --reason "a new route"', "relaykeeper alerts test --ticket CHG-1234 --json")


def tick(reason: Reason = None, ticket: Ticket = None, json: Json = False, target: Target = None) -> int:
    """Tick now, as the app's timer does.

    Every certificate and client is looked at by the workers afterwards: `relaykeeper get` shows what comes of it. The
    app role ticker is enough. At most one tick a minute.
    """
    from relaykeeper.app.api import open_api
    from relaykeeper.changing.reasons import read_reason
    from shared.api.ticks import TickView

    body = {"reason": read_reason(reason, ticket)}
    answer = open_api(target).post("ticks", body)
    made = answer.read(TickView)
    for timer in made.silent_timers:
        note(f"the app's timer {timer} has missed two of its times: see TimerSilent in docs/runbook.md")
    if json:
        print_json(answer.document)
    else:
        watch = {"done": "; the watch was made with it", "under way": "; somebody else makes the watch"}
        print(f"{second(made.at)} {counted(made.messages, 'object')} to look at{watch.get(made.watch, '')}")
    return ExitCode.DONE


def send_test(reason: Reason = None, ticket: Ticket = None, json: Json = False, target: Target = None) -> int:
    """Send a marked test alert down every route, to people.

    It says TEST, who asked and why. It ends with 1 if a receiver did not take it.
    """
    from relaykeeper.app.api import open_api
    from relaykeeper.changing.reasons import read_reason
    from relaykeeper.output import Column, Style, print_table
    from shared.api.alerts import AlertTestView, RouteTestView

    body = {"reason": read_reason(reason, ticket)}
    answer = open_api(target).post("alerts/test", body)
    routes = answer.read(AlertTestView).routes
    if json:
        print_json(answer.document)
    elif not routes:
        print("the inventory has no route: nobody would be told when one fires (docs/inventory.md, alerts)")
    else:
        columns: tuple[Column[RouteTestView], ...] = (
            Column("ROUTE", lambda each: each.route),
            Column("KIND", lambda each: each.kind),
            Column(
                "TAKEN",
                lambda each: "yes" if each.taken else "no",
                lambda each: Style.GOOD if each.taken else Style.BAD,
            ),
            Column("ERROR", lambda each: each.error or ""),
        )
        print_table(routes, columns)
    return ExitCode.DONE if routes and all(each.taken for each in routes) else ExitCode.NOT_AS_IT_SHOULD_BE
