"""The demo's channel: keeps each page with its links, so that scripted people can answer as real ones do."""

from incident.domain.message import Message, MessageKind, Receipt


class Pager:
    """Stands in for the console channel. ``pages`` holds every page by its id."""

    def __init__(self) -> None:
        self.kind = "console"
        self.pages: dict[str, Message] = {}

    def send(self, message: Message) -> Receipt:
        """Keep a page; everything else has arrived, too, but nobody in the demo needs it."""
        if message.kind is MessageKind.PAGE and message.page_id:
            self.pages[message.page_id] = message
        return Receipt()

    def close(self) -> None:
        """Nothing to give back."""
