"""`ringback phone`: a telephone in the terminal, on the same SIP and media as the server."""

import typer

phone_app = typer.Typer(
    name="phone",
    help="A telephone in the terminal: registers, calls, answers, sends keys, and tells what it hears.",
    no_args_is_help=True,
)
