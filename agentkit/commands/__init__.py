"""The subcommands of `agentkit`: they read the options, call the library and print."""
