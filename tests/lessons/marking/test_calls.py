"""Which functions of a file a function or a class calls."""

import pytest

from minigan.gradcheck.files.student import loaded
from minigan.lessons.marking.calls import called

FILE = """
from json import dumps as given

def one(x):
    return x

def two(x):
    return [one(y) for y in x]

def again(x):
    return again(two(x))

def apart(x):
    return given(x)

class Base:
    def forward(self, x):
        return (lambda y: two(y))(x)

class Layer(Base):
    @staticmethod
    def backward(x):
        return apart(x)

number = 3
"""


@pytest.fixture
def student(tmp_path):
    (tmp_path / "answer.py").write_text(FILE)
    with loaded(tmp_path / "answer.py") as module:
        yield module


def among(name, student):
    return called(name, student) & {"one", "two", "again", "apart", "given", "Layer"}


def test_by_themselves_and_by_way_of_others(student):
    assert among("one", student) == set()
    assert among("two", student) == {"one"}
    assert among("again", student) == {"again", "two", "one"}
    assert among("Layer", student) == {"two", "one", "apart", "given"}


def test_what_is_not_written_in_the_file_calls_nothing(student):
    assert among("apart", student) == {"given"}  # and not what json.dumps calls
    assert called("given", student) == called("number", student) == called("not there", student) == set()
