"""The web sites of a server. One deploy a file."""
