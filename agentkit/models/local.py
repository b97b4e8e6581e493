"""A Qwen3.5 model in this process: the async face of the engine.

    LocalModel.stream  ->  one worker thread  ->  Engine.reply  ->  events back to the loop

Making one is cheap; torch is imported and the weights are loaded with the first reply. The event
loop never waits for the model, and closing the stream stops it before its next token.
"""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import os
import threading
import weakref
from collections.abc import AsyncGenerator, Callable, Sequence
from concurrent.futures import Future
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from agentkit.errors import ConfigError, ModelError
from agentkit.events import ModelEvent
from agentkit.messages import Message
from agentkit.model import Sampling
from agentkit.tools import Toolset

if TYPE_CHECKING:
    from agentkit.models.local_engine import Engine


class LocalModel:
    """Qwen3.5-0.8B, 2B, 4B or 9B by hub name or folder, or the embedded "nano".

    `device` is a torch device such as "cuda" or "cpu"; None takes the best there is. States of
    conversations are kept for reuse up to `cache_bytes`. With `constrained` a call, once opened,
    can only name a tool that exists and values of its schema's types. Raises ConfigError if that
    needs a package that is not installed.
    """

    def __init__(
        self,
        name: str = "nano",
        *,
        device: str | None = None,
        cache_bytes: int = 2 * 1024**3,
        constrained: bool = False,
    ) -> None:
        if not isinstance(name, str) or not name.strip():
            raise ConfigError(
                f'Expected the name of a model such as "nano" or the path of a folder as a text, '
                f"found {name!r}."
            )
        if not isinstance(cache_bytes, int) or cache_bytes < 0:
            raise ConfigError(
                f"Expected cache_bytes to be a number of bytes, found {cache_bytes!r}."
            )
        if constrained and importlib.util.find_spec("xgrammar") is None:
            raise ConfigError(
                "Constrained calls need the package xgrammar, which is not installed. Run "
                '`pip install "agentkit[constrained]"`, or leave constrained out.'
            )
        self.name = name
        self._device = device
        self._cache_bytes = cache_bytes
        self._constrained = constrained
        self._engine: Engine | None = None
        self._worker = _Worker(f"agentkit model {name}")

    async def load(self) -> None:
        """Load the weights now. Raises ModelError with what to do if they can't be loaded."""
        await asyncio.wrap_future(self._worker.submit(self._loaded))

    async def stream(
        self, transcript: Sequence[Message], tools: Toolset, sampling: Sampling
    ) -> AsyncGenerator[ModelEvent, None]:
        """One reply. Runs that share this model take turns, reply by reply.

        Raises ModelError, among them ContextOverflow for a conversation beyond the window.
        """
        loop = asyncio.get_running_loop()
        queue: asyncio.Queue[ModelEvent | BaseException | None] = asyncio.Queue()
        stopped = threading.Event()
        messages = tuple(transcript)

        def put(item: ModelEvent | BaseException | None) -> None:
            loop.call_soon_threadsafe(queue.put_nowait, item)

        def work() -> None:
            try:
                for event in self._loaded().reply(messages, tools, sampling, stopped):
                    put(event)
            except BaseException as error:
                put(error)
            put(None)

        job = self._worker.submit(work)
        try:
            while (item := await queue.get()) is not None:
                if isinstance(item, BaseException):
                    raise item
                yield item
        finally:
            stopped.set()
            # A load can't be stopped, and is of use to the next run; a reply ends with its token.
            if not job.cancel() and self._engine is not None:
                await asyncio.wait([asyncio.wrap_future(job)])

    def _loaded(self) -> Engine:
        if self._engine is None:
            # By name, because importing torch takes seconds and most of agentkit does without it.
            module = cast(Any, importlib.import_module("agentkit.models.local_engine"))
            self._engine = module.Engine.load(
                self.name, self._device, self._cache_bytes, self._guides()
            )
        return self._engine

    def _guides(self) -> Any:
        """What makes the guides of replies, if there are to be any."""
        if not self._constrained:
            return None
        return cast(Any, importlib.import_module("agentkit.models.local_grammar")).CallGuides


class _Worker:
    """Does one job after the other in a thread that does not keep the program from ending.

    The threads of `concurrent.futures` do, and to load a model, or to fetch it first, takes long.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._jobs: _Jobs = SimpleQueue()
        self._lock = threading.Lock()  # runs may be in loops of several threads
        self._process = 0  # in which the thread runs: one that is forked has none

    def submit(self, work: Callable[[], Any]) -> Future[Any]:
        """What will come of a job, behind those that were submitted before."""
        with self._lock:
            if self._process != os.getpid():
                self._start()
        future: Future[Any] = Future()
        self._jobs.put((future, work))
        return future

    def _start(self) -> None:
        self._jobs = SimpleQueue()
        thread = threading.Thread(target=_do, args=(self._jobs,), name=self._name, daemon=True)
        try:
            thread.start()
        except RuntimeError as error:
            raise ModelError(
                f"The system has no thread left for the model: {error}. Let other work end first."
            ) from error
        weakref.finalize(self, self._jobs.put, None)
        self._process = os.getpid()


_Jobs: TypeAlias = "SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None]"


def _do(jobs: _Jobs) -> None:
    while (job := jobs.get()) is not None:
        future, work = job
        del job
        if future.set_running_or_notify_cancel():
            result, error = _outcome(work)
            # Let go of before anybody hears of it: once the program ends, the last to hold a tensor
            # must not be this thread, which would abort it.
            del work
            if error is None:
                future.set_result(result)
            else:
                future.set_exception(error)
            del result, error
        else:
            del work
        del future  # what it holds is not kept until the next one


def _outcome(work: Callable[[], Any]) -> tuple[Any, BaseException | None]:
    try:
        return work(), None
    except BaseException as error:
        return None, error
