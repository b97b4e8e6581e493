"""Finding and loading the files of a model, and saying in one sentence why that fails.

Only safetensors are read and no code that comes with a model is run.
"""

from __future__ import annotations

import contextlib
import difflib
import errno
import json
import os
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import huggingface_hub
import torch
import transformers
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    LocalEntryNotFoundError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
)

from agentkit.errors import ModelError, ModelUnavailable
from agentkit.models.nano import weights_folder

_HUB_NAME = re.compile(r"\w[\w.-]*/\w[\w.-]*")
_SMALL_BYTES = 200 * 1024**2  # of weights, below which one thread is fastest
_LAYER = re.compile(r"(?:model\.)?(?:language_model\.)?layers\.\d+\.")
_FILES = ["*.safetensors", "*.safetensors.index.json", "config.json", "tokenizer.json"]
_MODEL_TYPES = ("qwen3_5", "qwen3_5_text")
_KNOWN = ("Qwen/Qwen3.5-0.8B", "Qwen/Qwen3.5-2B", "Qwen/Qwen3.5-4B", "Qwen/Qwen3.5-9B")


def find_folder(name: str) -> Path:
    """The folder of a model by name; downloads it if it is on the hub and not here yet.

    Raises ModelError, or ModelUnavailable where trying again may help.
    """
    if name == "nano":
        return _checked(name, weights_folder())
    folder = Path(os.path.expanduser(name))  # noqa: PTH111 - Path raises for unknown users
    if os.path.isdir(folder):  # noqa: PTH112 - Path raises for long names
        return _checked(name, folder)
    if not _HUB_NAME.fullmatch(name):
        raise ModelError(
            f"No model is called {name!r} and there is no such folder.{_meant(name)} Expected "
            f'"nano", a folder, or a hub name such as {", ".join(_KNOWN)}.'
        )
    return _checked(name, _download(name))


def find_tokenizer(name: str) -> Path:
    """A folder with the tokenizer of a model by name; its weights are not downloaded."""
    return weights_folder() if name == "nano" else _download(name, ["tokenizer.json"])


def _download(name: str, files: list[str] = _FILES) -> Path:
    try:
        return Path(huggingface_hub.snapshot_download(name, allow_patterns=files))
    except GatedRepoError as error:
        raise ModelError(
            f"{name} asks for permission first. Open its page on the hub, agree, and log in with "
            f"`hf auth login`."
        ) from error
    except RepositoryNotFoundError as error:
        raise ModelError(
            f"The hub has no model called {name!r}. Qwen3.5 models are {', '.join(_KNOWN)}."
        ) from error
    except (LocalEntryNotFoundError, OfflineModeIsEnabled):
        raise ModelUnavailable(_offline(name)) from None  # a hundred lines say no more
    except HfHubHTTPError as error:
        raise ModelUnavailable(_offline(name)) from error
    except OSError as error:
        if error.errno == errno.ENOSPC:
            cache = huggingface_hub.constants.HF_HUB_CACHE
            raise ModelError(
                f"The disk is full: {name} could not be downloaded to {cache}. Free some space, "
                f"or set HF_HOME to another disk."
            ) from error
        raise ModelUnavailable(_offline(name)) from error
    except Exception as error:  # transports raise errors of their own for a missing network
        raise ModelUnavailable(_offline(name)) from error


def _offline(name: str) -> str:
    return (
        f"{name} is not on this machine and the hub can't be reached.{_meant(name)} Connect to the "
        f"network once, or copy the model's folder here and pass its path."
    )


def _meant(name: str) -> str:
    """What may have been meant by a name with a mistake in it."""
    known = {each.lower(): each for each in ("nano", *_KNOWN)}
    known |= {each.rpartition("/")[2].lower(): each for each in _KNOWN}
    near = difflib.get_close_matches(name.lower(), known, n=1, cutoff=0.85)
    return f" Did you mean {known[near[0]]!r}?" if near and known[near[0]] != name else ""


def _checked(name: str, folder: Path) -> Path:
    """The folder, if it holds a Qwen3.5 model."""
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ModelError(
            f"The folder {folder} has no config.json. Expected the files of a Qwen3.5 model."
        ) from error
    except (ValueError, OSError) as error:
        raise ModelError(f"The config.json in {folder} can't be read: {error}") from error
    kind = config.get("model_type") if isinstance(config, dict) else None
    if kind not in _MODEL_TYPES:
        raise ModelError(
            f"{name} is a {kind or 'unknown'} model. Expected a Qwen3.5 model "
            f"({', '.join(_KNOWN)}, or nano)."
        )
    if not list(folder.glob("*.safetensors")):
        raise ModelError(
            f"The folder {folder} has no .safetensors file. Other formats are not loaded; get the "
            f"safetensors files of {name}."
        )
    return folder


def load_weights(name: str, folder: Path, device: str | None) -> Any:
    """The model, ready to run. Raises ModelError if it does not fit or can't be read."""
    place, free = _device(device)
    size = sum(file.stat().st_size for file in folder.glob("*.safetensors"))
    if free is not None and size > free:
        raise ModelError(
            f"{name} needs {_gigabytes(size)} of memory on {place}, and {_gigabytes(free)} are "
            f"free. Use a smaller model, or close other programs."
        )
    is_small = size < _SMALL_BYTES
    if is_small:
        # More threads than one make a small model slower, and on a busy machine they stall.
        torch.set_num_threads(1)
    with _quiet(is_small):
        model, found = _read(name, folder, place, is_small)
    _require_all_weights(name, folder, found)
    return model


def _device(name: str | None) -> tuple[torch.device, int | None]:
    """The device to run on, and its free memory in bytes, if that can be told."""
    try:
        place = torch.device(name or _best_device())
        return place, _free_bytes(place)
    except (RuntimeError, AssertionError) as error:  # of torch, which knows what there is
        raise ModelError(
            f"Expected a device that torch can use here, found {name!r}: {_first_line(error)}. "
            f'Leave it out for the best there is, or take "cpu".'
        ) from error


@contextlib.contextmanager
def _quiet(is_small: bool) -> Iterator[None]:
    """Without the progress bars and the advice that a user of this program has no use for."""
    messages: Any = transformers.utils.logging
    had_bars = messages.is_progress_bar_enabled()
    if is_small:
        # It needs no advice about kernels for large models. That comes with its first token, so
        # it stays off.
        messages.set_verbosity_error()
    if is_small or not sys.stderr.isatty():
        messages.disable_progress_bar()
    try:
        yield
    finally:
        if had_bars:  # others use the library, too
            messages.enable_progress_bar()


def _read(
    name: str, folder: Path, place: torch.device, is_small: bool
) -> tuple[Any, dict[str, Any]]:
    """The model on its device, and what was found of it in the files."""
    try:
        loaded: Any = transformers.AutoModelForCausalLM.from_pretrained(
            folder,
            # A small model is faster and more exact in float32 wherever it runs.
            dtype=torch.float32 if is_small else "auto",
            trust_remote_code=False,
            use_safetensors=True,
            local_files_only=True,
            output_loading_info=True,
        )
        model, found = loaded
        return model.to(place).eval(), found
    except (torch.OutOfMemoryError, MemoryError) as error:
        raise ModelError(
            f"{name} does not fit into the memory of {place}. Use a smaller model."
        ) from error
    except ImportError as error:
        raise ModelError(
            f"The weights in {folder} need a package that is not installed, as quantized ones do: "
            f"{_first_line(error)}. Take the model as it was published."
        ) from error
    except Exception as error:  # a broken file or setting can break anything
        raise ModelError(
            f"The weights in {folder} can't be loaded: {type(error).__name__}: "
            f"{_first_line(error)}. If a file is not whole, download it again."
        ) from error


def _require_all_weights(name: str, folder: Path, found: Mapping[str, Any]) -> None:
    """Raise ModelError unless the files hold the layers of the model: no fewer, and no others."""
    missing = sorted(found["missing_keys"])
    if missing:  # they would be random numbers
        raise ModelError(
            f"{len(missing)} weights of {name} are missing in {folder}, the first of them "
            f"{missing[0]}. Expected those of a whole Qwen3.5 model; download it again."
        )
    # Those of pictures and of drafts are not used here, and are none of these layers.
    odd = sorted(each for each in found["unexpected_keys"] if _LAYER.match(each))
    if odd:
        raise ModelError(
            f"{len(odd)} weights in {folder} have no place in the model of its config.json, the "
            f"first of them {odd[0]}. Expected those that belong to it; download both again."
        )


def _first_line(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0][:300].rstrip(".")


def _best_device() -> str:
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def _free_bytes(device: torch.device) -> int | None:
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvail"))
    except (OSError, ValueError, StopIteration):  # only Linux tells
        return None


def _gigabytes(size: int) -> str:
    return f"{size / 1024**3:.1f} GiB"
