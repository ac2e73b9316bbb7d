"""The payment page: the door of shoppers, at the host's root beside the wire APIs."""

from litestar import Router

from comptoir.hosted import doors, problems
from comptoir.hosted.assets import libraries
from comptoir.hosted.look import stylesheet
from comptoir.hosted.origin import own_origin
from comptoir.hosted.preview import preview

ROUTES = [Router("/", route_handlers=[*doors.HANDLERS], exception_handlers=problems.HANDLERS)]

__all__ = ["ROUTES", "libraries", "own_origin", "preview", "stylesheet"]
