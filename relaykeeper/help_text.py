"""What the help of several commands has in common."""

NAME = "relaykeeper"

EXIT_CODES = """

\b
exit codes: 0 done, or as it should be; 1 not as it should be; 2 usage; 3 the app
refused or did not answer, or the time was over; 4 not allowed; 5 not reached; 130 Ctrl-C"""


def examples(*lines: str) -> str:
    r"""Return an epilog with examples; `\b` keeps typer from wrapping them (click's documentation, Help Pages)."""
    return "\n".join(["\b", "examples:", *(f"  {line}" for line in lines)])
