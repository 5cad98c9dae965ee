"""An independent mini-program: knows the JSON API and WeChat's client, nothing of the server."""
