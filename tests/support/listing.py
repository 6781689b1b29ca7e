"""The table of customers, brought up to date as the pipeline's process does it when nothing waits."""

from support.installation import Installation

from regulars.keeping import Keeper


def refresh(installation: Installation) -> None:
    """Make every row anew that something was noted for."""
    keeper = Keeper(installation.connection, installation.context)
    while keeper.step(installation.pipeline.place):
        pass
