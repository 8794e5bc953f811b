"""Small files of each kind, good and bad, and a web server on this machine."""

import functools
import gzip
import http.server
import threading

import numpy as np
import pytest


def idx_bytes(array, *, shape=None, kind=8):
    """The bytes of an IDX file; `shape` and `kind` let the header lie."""
    shape = array.shape if shape is None else shape
    header = bytes([0, 0, kind, len(shape)]) + b"".join(int(side).to_bytes(4, "big") for side in shape)
    return header + array.tobytes()


@pytest.fixture
def write_idx():
    """Function (path, array, shape=None, kind=8): write an IDX file, gzipped if the name ends in .gz."""

    def write(path, array, **lies):
        content = idx_bytes(np.asarray(array, np.uint8), **lies)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress(content, mtime=0) if path.suffix == ".gz" else content)
        return path

    return write


@pytest.fixture
def noise():
    """Function (*shape): uint8 noise, the same on every run."""
    return lambda *shape: np.random.default_rng(7).integers(0, 256, size=shape, dtype=np.uint8)


@pytest.fixture
def write_mnist(write_idx, noise):
    """Function (folder, part, count=5, suffix=".gz"): write a pair of small files with MNIST's names."""

    def write(folder, part, count=5, suffix=".gz"):
        stem = {"train": "train", "test": "t10k"}[part]
        write_idx(folder / f"{stem}-images-idx3-ubyte{suffix}", noise(count, 28, 28))
        write_idx(folder / f"{stem}-labels-idx1-ubyte{suffix}", np.arange(count) % 10)

    return write


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args):
        self.server.requested.append(self.path)

    def send_header(self, keyword, value):
        if self.server.truncate and keyword.lower() == "content-length":
            value = str(int(value) + 100)  # promises more than it sends
        super().send_header(keyword, value)


@pytest.fixture
def server(tmp_path):
    """A web server on 127.0.0.1 for .folder, with .url, .requested; set .truncate to cut its answers."""
    folder = tmp_path / "served"
    folder.mkdir()
    handler = functools.partial(_Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        running.folder, running.requested, running.truncate = folder, [], False
        running.url = f"http://127.0.0.1:{running.server_port}"
        thread = threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield running
        running.shutdown()


@pytest.fixture
def one_line_error():
    """Function (*words): like pytest.raises(ValueError), and the message is one line with all the words."""

    class Catcher:
        def __init__(self, words):
            self.words = words

        def __enter__(self):
            return self

        def __exit__(self, kind, error, traceback):
            assert kind is not None, "expected a ValueError, nothing was raised"
            if not issubclass(kind, ValueError):
                return False
            self.message = str(error)
            assert "\n" not in self.message
            for word in self.words:
                assert word in self.message, f"{word!r} is not in: {self.message}"
            return True

    return lambda *words: Catcher(words)
