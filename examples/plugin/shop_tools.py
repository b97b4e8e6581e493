"""The tools of a shop: an ordinary module with an iterable of tools."""

from typing import Annotated

from agentkit import ToolError, tool

_UNITS = {"A-17": 55, "B-02": 0}


@tool(effect="read")
def stock(sku: Annotated[str, "article number such as A-17"]) -> int:
    """Look up the stock of an article in the warehouse."""
    if sku not in _UNITS:
        raise ToolError(f"No article {sku!r}; there are {', '.join(_UNITS)}.")
    return _UNITS[sku]


@tool(effect="once", timeout=10)
async def order(
    sku: Annotated[str, "article number such as A-17"],
    units: Annotated[int, "how many"],
) -> str:
    """Order units of an article from the supplier."""
    return f"Ordered {units} of {sku}."


tools = (stock, order)
