"""nginx with one server block a site, each under its host name by SNI. An unknown name gets no handshake."""

from __future__ import annotations

from pyinfra.api.deploy import deploy
from pyinfra.operations import systemd

from deploys import here
from deploys.content import text
from deploys.packages import PACKAGES
from deploys.web import sites
from inventory.model import DeployRole

MAIN = "/etc/nginx/nginx.conf"
MAIN_LINES = (
    "# Written by govnet: the next deploy puts back what is changed here.",
    "user www-data;",
    "worker_processes auto;",
    "pid /run/nginx.pid;",
    "error_log /var/log/nginx/error.log;",
    "events { worker_connections 1024; }",
    "http {",
    "    include /etc/nginx/mime.types;",
    "    default_type application/octet-stream;",
    "    access_log /var/log/nginx/access.log;",
    "    server_tokens off;",
    "    sendfile on;",
    "    keepalive_timeout 30s;",
    "    server_names_hash_bucket_size 128;",
    "    ssl_protocols TLSv1.2 TLSv1.3;",
    "    ssl_session_tickets off;",
    "    add_header X-Content-Type-Options nosniff always;",
    "    server {",
    "        listen 443 ssl default_server;",
    "        listen [::]:443 ssl default_server;",
    "        ssl_reject_handshake on;",
    "    }",
    "    server {",
    "        listen 80 default_server;",
    "        listen [::]:80 default_server;",
    "        return 301 https://$host$request_uri;",
    "    }",
    f"    include {sites.FOLDER}/*.conf;",
    "}",
)


@deploy("nginx")
def nginx() -> None:
    here.packages(*PACKAGES[DeployRole.WEB])
    changes = [here.put(MAIN, text(*MAIN_LINES)), *sites.sites()]
    here.after("Test nginx", changes, "nginx -t -q")
    systemd.service(name="nginx runs", service="nginx.service", running=True, enabled=True)
    here.after("Reload nginx", changes, "systemctl reload-or-restart nginx.service")
