"""Shows what a convnet sees: every layer's feature maps, live in a notebook."""

from convscope._version import __version__
from convscope.html import Frame, to_html
from convscope.scope import Scope

__all__ = ["Frame", "Scope", "__version__", "to_html"]
