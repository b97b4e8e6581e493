"""The tools that come with agentkit, loaded only through the entry points that any plugin uses."""
