"""What the end-to-end tests are made of: running instances, HTTP, and bounded waiting."""

from .hub import Hub
from .waiting import eventually, growing, promptly
from .web import Answer, Web

__all__ = ["Answer", "Hub", "Web", "eventually", "growing", "promptly"]
