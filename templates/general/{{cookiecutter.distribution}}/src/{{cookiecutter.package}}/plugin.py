"""The entry point of the group `{{ cookiecutter.group }}`, and what it registers.

vLLM loads this module in each of its processes, so it imports nothing of vLLM and nothing heavy.
"""

from .registry import Registration, run_all

REGISTRATIONS = (
    Registration("startup_report", f"{__package__}.registrations.startup_report:install"),
    # Required: whoever sets its variable wants it, and a later "architecture not supported" would
    # hide why it did not happen.
    Registration(
        "model_aliases", f"{__package__}.registrations.model_aliases:install", required=True
    ),
)


def register() -> None:
    """Run each registration that has not been run in this process.

    Raises:
        RegistrationError: a required one failed. vLLM does not catch it, and the process ends.
    """
    run_all(REGISTRATIONS)
