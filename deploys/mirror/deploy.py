"""The package mirror on the server that serves it: a folder for each repository, and a link to the one in force."""

from __future__ import annotations

from pathlib import PurePosixPath

from pyinfra.api.deploy import deploy
from pyinfra.operations import files, systemd

from deploys import here
from deploys.mirror import serve


@deploy("Package mirror")
def mirror() -> None:
    wanted = here.intent().mirror
    assert wanted is not None  # host_intent refuses a mirror without a repository
    repository = here.repository()
    place = PurePosixPath(serve.ROOT, repository.digest)
    folders = {str(parent) for path in repository.files for parent in (place / path).parents}
    for folder in (serve.ROOT, *sorted(one for one in folders if one.startswith(str(place)))):
        here.folder(folder)
    for path in repository.files:
        here.copy(str(place / path), repository.folder / path)
    files.link(name="Serve it", path=serve.CURRENT, target=str(place))
    served = serve.served(wanted.address)
    changes = [here.put(path, (content,)) for path, content in served.files.items()]
    here.after("Start the mirror anew", changes, "systemctl daemon-reload", f"systemctl restart {served.unit}")
    systemd.service(name="The mirror runs", service=served.unit, running=True, enabled=True)
