"""`python -m comptoir.worker`: what `comptoir worker` becomes."""

import asyncio

from comptoir import settings, worker

asyncio.run(worker.run(settings.load()))
