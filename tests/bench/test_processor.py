"""The processor's name."""

from minigan.bench.processor import from_proc, model


def test_the_name_is_read_or_something_else_says_which_processor_it_is(tmp_path):
    file = tmp_path / "cpuinfo"
    file.write_text("processor\t: 0\nmodel name\t: Abacus 9 @ 1 Hz \nprocessor\t: 1\nmodel name\t: Other\n")
    assert from_proc(file) == "Abacus 9 @ 1 Hz"
    file.write_text("CPU implementer\t: 0x41\n")
    assert from_proc(file) == "" == from_proc(tmp_path / "none")
    assert model()
