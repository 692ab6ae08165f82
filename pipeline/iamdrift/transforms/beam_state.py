"""How a stateful step reaches its state quicker than Beam would: the one place where we reach into Beam.

*Weights.* Beam 2.77 sizes every value it puts into its state cache with `objsize`, which walks the globals of all
loaded modules each time: over four fifths of the time of a stateful job on the local runner. Our state is one cell of
bytes a key, whose size is its length, so lists of bytes are weighed by that; anything else is left to Beam. The weights
only decide what the cache evicts. `bench/state_cache.py` measures the job with and without this.

*Reading ahead.* On a cluster the first read of a key in a bundle is a question to the runner and a wait for its
answer, a millisecond, in which four threads wake each other up. `read_ahead` asks without waiting, so that the
questions of many keys travel together; the read that comes later takes the answer.

*Writing together.* At the end of a bundle Beam writes cell after cell and waits for each. Here all are sent, then all
are waited for. `bench/flink.py` measures both.

Where Beam has changed so that one of these does not fit, it is left as Beam has it, with a warning.
"""

from __future__ import annotations

import logging
import threading
from typing import Any

from apache_beam.portability.api import beam_fn_api_pb2 as api
from apache_beam.runners.worker import bundle_processor, sdk_worker, statecache

_LOGGER = logging.getLogger(__name__)
_OVERHEAD = 64  # of a list or a bytes object, about

_deep_size = getattr(statecache, "get_deep_size", None)
_context_commit = bundle_processor.FnApiUserStateContext.commit
_bag_commit = bundle_processor.SynchronousBagRuntimeState.commit
_get_raw = sdk_worker.GrpcStateHandler.get_raw
_asked = threading.local()
_sent = threading.local()


def size_of_bytes(*values: Any) -> int:
    """Return the size of lists of bytes from their lengths, and of anything else as Beam does."""
    size = 0
    for value in values:
        if type(value) is list and all(type(one) is bytes for one in value):
            size += _OVERHEAD + sum(len(one) + _OVERHEAD for one in value)
        elif _deep_size is not None:
            size += _deep_size(value)
    return size


def install() -> None:
    """Change Beam's state in this process, once."""
    if _deep_size is None:
        _LOGGER.warning("this Beam has no statecache.get_deep_size; its state cache is left as it is")
    else:
        statecache.get_deep_size = size_of_bytes
    sdk_worker.GrpcStateHandler.get_raw = _get_answer
    bundle_processor.SynchronousBagRuntimeState.commit = _send
    bundle_processor.FnApiUserStateContext.commit = _commit_together


def read_ahead(cell: Any) -> bool:
    """Begin to read the cell of a key where the runner is asked over a wire; says whether the answer is on its way."""
    try:
        bag = cell._underlying_bag_state
        handler, key = bag._state_handler, bag._state_key
        asked = handler._underlying
        if bag._cleared or not isinstance(asked, sdk_worker.GrpcStateHandler):
            return False
        token = handler._get_cache_token(key)
        if token and handler._state_cache.peek((handler._convert_to_cache_key(key), token)) is not None:
            return False
        answers, name = _answers(asked), key.SerializeToString()
        if name not in answers:
            answers[name] = asked._request(api.StateRequest(state_key=key, get=api.StateGetRequest()))
    except AttributeError:
        _LOGGER.debug("this Beam keeps state in another way; nothing is read ahead", exc_info=True)
        return False
    return True


def _answers(handler: Any) -> dict[bytes, Any]:
    """Return what this thread asked for in its bundle; what another bundle asked for is forgotten."""
    bundle = handler._context.process_instruction_id
    if getattr(_asked, "bundle", None) != bundle:
        _asked.bundle, _asked.answers = bundle, {}
    answers: dict[bytes, Any] = _asked.answers
    return answers


def _get_answer(handler: Any, state_key: Any, continuation_token: bytes | None = None) -> Any:
    answers = _answers(handler)
    future = answers.pop(state_key.SerializeToString(), None) if answers and continuation_token is None else None
    if future is None:
        return _get_raw(handler, state_key, continuation_token)
    while not future.wait(timeout=1):
        if handler._exception:
            raise handler._exception
        if handler._done:
            raise RuntimeError("the runner ended the state channel")
    response = future.get()
    if response.error:
        raise RuntimeError(response.error)
    return response.get.data, response.get.continuation_token


def _send(bag: Any) -> None:
    """Send what a cell has to write; inside a bundle's commit the wait comes later."""
    sent: list[Any] | None = getattr(_sent, "futures", None)
    if sent is None:
        _bag_commit(bag)
        return
    if bag._cleared:
        sent.append(bag._state_handler.clear(bag._state_key))
    if bag._added_elements:
        sent.append(bag._state_handler.extend(bag._state_key, bag._value_coder.get_impl(), bag._added_elements))


def _commit_together(context: Any) -> None:
    _sent.futures = []
    try:
        _context_commit(context)
        for future in _sent.futures:
            response = future.get()
            if response is not None and response.error:
                raise RuntimeError(f"the runner refused a write of state: {response.error}")
    finally:
        _sent.futures = None
