"""Tools from installed packages: entry points of the group `agentkit.tools`.

An entry point names an iterable of tools. A plugin that fails to load is reported with the reason
and does not stop the others; no plugin can take the name of another plugin's tool.
"""

from __future__ import annotations

import difflib
import importlib.util
import sys
import traceback
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType

from agentkit.errors import ConfigError, PluginError
from agentkit.long_results import READ_MORE
from agentkit.masking import without_secrets
from agentkit.tools import Tool, Toolset

GROUP = "agentkit.tools"
_OWN = "agentkit"
_LOADERS = {Path(importlib.__file__).parent, Path(__file__).parent}


@dataclass(frozen=True)
class Plugin:
    """One entry point: its package, and its tools or the reason why it failed to load."""

    name: str
    package: str
    tools: tuple[Tool, ...] = ()
    error: str | None = None


def find_plugins(names: Collection[str] | None = None) -> tuple[Plugin, ...]:
    """Return the installed plugins, sorted by name, including those that failed to load.

    With `names`, return only these. Besides them, only agentkit's own are loaded.
    """
    plugins: list[Plugin] = []
    owners: dict[str, str] = {}
    # Our own plugins come first, so that no other can take the name of a shipped tool.
    for entry in sorted(entry_points(group=GROUP), key=_own_first):
        is_wanted = names is None or entry.name in names
        if not is_wanted and _package(entry) != _OWN:
            continue
        plugin = _load_beside(plugins, owners, entry)
        owners.update({item.name: plugin.name for item in plugin.tools})
        if is_wanted:
            plugins.append(plugin)
    return tuple(sorted(plugins, key=lambda plugin: plugin.name))


def load_tools(names: Iterable[str] | None = None) -> Toolset:
    """Return the tools of the named plugins, or of all that load.

    Raises PluginError for a name that is not installed or a plugin that fails to load, ConfigError
    for a single name that is not in a list.
    """
    if isinstance(names, str):
        raise ConfigError(f"Expected a list of names, found a single name. Write [{names!r}].")
    if names is None:
        return Toolset(item for plugin in find_plugins() for item in plugin.tools)
    wanted = tuple(dict.fromkeys(map(str, names)))
    installed = sorted(entry_points(group=GROUP).names)
    if unknown := [name for name in wanted if name not in installed]:
        raise PluginError(_not_installed(unknown[0], installed))
    by_name: dict[str, Plugin] = {}
    for plugin in find_plugins(wanted):
        by_name.setdefault(plugin.name, plugin)
    chosen: list[Tool] = []
    for name in wanted:
        found = by_name[name]
        if found.error is not None:
            reason = found.error.rstrip(".")
            raise PluginError(f"The plugin {name!r} of {found.package} failed: {reason}.")
        chosen += found.tools
    return Toolset(chosen)


def find_tools(name: str) -> tuple[Tool, ...]:
    """Return the tools of an installed toolset, one installed tool, or those in a Python file.

    A name that ends in `.py` means a file. Raises PluginError if nothing has that name.
    """
    tools = _file_tools(Path(name)) if name.endswith(".py") else _installed_tools(name)
    if not tools:
        raise PluginError(f"{name} has no tools. Decorate functions with @tool.")
    return tools


def _installed_tools(name: str) -> tuple[Tool, ...]:
    if name in entry_points(group=GROUP).names:
        return tuple(load_tools([name]).values())
    plugins = find_plugins()
    found = {item.name: item for plugin in plugins for item in plugin.tools}
    if name not in found:
        known = tuple(dict.fromkeys([*(plugin.name for plugin in plugins), *found]))
        near = [f"{name}.py"] if Path(f"{name}.py").is_file() else None
        near = near or difflib.get_close_matches(name, known, n=1)
        hint = f"Did you mean {near[0]!r}?" if near else f"There are {', '.join(known)}."
        raise PluginError(
            f"No toolset or tool is called {name!r}. {hint} To use a Python file with tools, give "
            f"its full name, such as my_tools.py."
        )
    return (found[name],)


def _file_tools(path: Path) -> tuple[Tool, ...]:
    """Import a file and return its `tools` if it defines them, else every tool at top level."""
    if not path.is_file():
        raise PluginError(f"There is no file {str(path)!r}. Expected a Python file with tools.")
    module = _imported(path)
    listed = getattr(module, "tools", None)
    if listed is None:  # each tool once, whatever it is called
        listed = dict.fromkeys(each for each in vars(module).values() if isinstance(each, Tool))
    try:
        found = Toolset(listed)
        if own := next((name for name in found if _looks(name) == READ_MORE), None):
            raise ConfigError(f"{own!r} is a name reserved for reading on in long results")
        return tuple(found.values())
    except ConfigError as error:
        raise PluginError(f"The tools of {path} can't be offered: {error}") from error
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raise PluginError(f"The tools of {path} can't be listed: {_words(error)}") from error


def _imported(path: Path) -> ModuleType:
    """Import a file as a module of its own name; it may import modules from its folder."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise PluginError(f"{path} can't be imported. Expected a Python file with tools.")
    module = importlib.util.module_from_spec(spec)
    folder = str(path.resolve().parent)
    sys.path.insert(0, folder)
    known = sys.modules.get(path.stem)
    sys.modules[path.stem] = module  # annotations are looked up there
    try:
        spec.loader.exec_module(module)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # third-party code may raise anything when imported
        raise PluginError(f"{path} failed to load: {_words(error)}") from error
    finally:
        sys.path.remove(folder)
        if folder not in sys.path:
            sys.path.append(folder)  # last, for imports that its tools make later
        if known is not None:
            sys.modules[path.stem] = known
    return module


def _load_beside(others: Sequence[Plugin], owners: Mapping[str, str], entry: EntryPoint) -> Plugin:
    """Load a plugin unless a tool's name is taken; if its own name is, don't even import it."""
    package = _package(entry)
    for other in others:
        if other.name == entry.name:
            reason = f"it has the same name as a plugin of {other.package!r}"
            return Plugin(entry.name, package, error=reason)
    plugin = _load(entry)
    clash = _clash(plugin, owners)
    return plugin if clash is None else Plugin(entry.name, package, error=clash)


def _load(entry: EntryPoint) -> Plugin:
    package = _package(entry)
    try:
        found = entry.load()
        if isinstance(found, Tool) or not isinstance(found, Iterable):
            found = "one tool; put it in a list" if isinstance(found, Tool) else f"{found!r:.80}"
            reason = f"expected a list of tools in {entry.value}, found {without_secrets(found)}"
            return Plugin(entry.name, package, error=reason)
        tools = tuple(found.values() if isinstance(found, Toolset) else found)
        wrong = [item for item in tools if not isinstance(item, Tool)]
        if wrong:
            found = without_secrets(f"{wrong[0]!r:.80}")
            reason = f"expected tools in {entry.value}, found {found}; decorate it with @tool"
            return Plugin(entry.name, package, error=reason)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # listing the tools may raise anything, too
        return Plugin(entry.name, package, error=_words(error))
    return Plugin(entry.name, package, tools)


def _words(error: BaseException) -> str:
    try:
        return without_secrets(f"{type(error).__name__}: {error}{_place(error)}")
    except KeyboardInterrupt:
        raise
    except BaseException:  # even its text can fail
        return type(error).__name__


def _place(error: BaseException) -> str:
    """The last line of the plugin's own files in the traceback; a SyntaxError names its own."""
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith("<") and _LOADERS.isdisjoint(Path(frame.filename).parents)
    ]
    if isinstance(error, SyntaxError) or not frames:
        return ""
    first = Path(frames[0].filename)  # code elsewhere is not the author's
    own_folder = first.parent if (first.parent / "__init__.py").exists() else first
    own = [
        frame for frame in frames if own_folder in (p := Path(frame.filename)).parents or p == first
    ]
    return f" ({Path(own[-1].filename).name}, line {own[-1].lineno})"


def _clash(plugin: Plugin, owners: Mapping[str, str]) -> str | None:
    """Say which name of the plugin's tools is already taken; None if none is."""
    names: set[str] = set()
    taken = {_looks(name): owner for name, owner in owners.items()}
    for item in plugin.tools:
        looks = _looks(item.name)
        if looks == READ_MORE:
            return f"its tool {item.name!r} has a name reserved for reading on in long results"
        if looks in taken:
            return f"its tool {item.name!r} has the same name as a tool of {taken[looks]!r}"
        if looks in names:
            return f"two of its tools are called {item.name!r}"
        names.add(looks)
    return None


def _looks(name: str) -> str:
    """The name without differences that a person may not see, such as case."""
    return unicodedata.normalize("NFKC", name).casefold()


def _own_first(entry: EntryPoint) -> tuple[bool, str]:
    return _package(entry) != _OWN, entry.name


def _package(entry: EntryPoint) -> str:
    return entry.dist.name if entry.dist else "?"


def _not_installed(name: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    if Path(f"{name}.py").is_file():
        hint = f" Did you mean the file {name}.py?"
    return f"No toolset is called {name!r}.{hint} Installed: {', '.join(known) or 'none'}."
