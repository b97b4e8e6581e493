"""The tools that come with agentkit, reached only as a stranger's plugin would be."""
