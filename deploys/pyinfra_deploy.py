"""All deploys of a server's roles, for pyinfra's own command line; a single one is `deploys.base.sshd.sshd`."""

from __future__ import annotations

from deploys import here
from deploys.load import function
from deploys.roles import deploys_of

for _deploy in deploys_of(here.intent(), here.manifest()):
    function(_deploy)()
here.record()
