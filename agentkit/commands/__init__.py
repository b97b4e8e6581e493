"""The subcommands of `agentkit`: printing only, over the public API."""
