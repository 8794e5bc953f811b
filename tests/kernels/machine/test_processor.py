"""What config.json says of the machine."""

import pytest

from minigan.kernels.machine import processor, threads
from minigan.kernels.machine.target import vectors


def test_the_machine_is_described():
    found = processor.describe()
    assert found["model"] and found["model"] == found["model"].strip()
    assert (found["vector_bits"], found["fma"]) == (vectors().bits, vectors().fused)
    assert found["threads"] == threads.count()


@pytest.mark.parametrize(
    "text, model",
    [("processor\t: 0\nmodel\t\t: 2\nmodel name\t: EPYC 9B14 \nprocessor\t: 1\nmodel name\t: another\n", "EPYC 9B14"),
     ("processor\t: 0\nBogoMIPS\t: 50.00\nHardware\t: BCM2711\nModel\t\t: Raspberry Pi 4\n", "Raspberry Pi 4"),
     ("processor\t: 0\nCPU implementer\t: 0x41\n", ""), ("model name\t: \n", ""), (None, "")],
)  # fmt: skip
def test_the_model_in_proc_cpuinfo(text, model, tmp_path):
    file = tmp_path / "cpuinfo"
    if text is not None:
        file.write_text(text)
    assert processor.from_proc(file) == model


def test_a_system_that_tells_no_model(monkeypatch):
    monkeypatch.setattr(processor, "from_proc", lambda file: "")
    monkeypatch.setattr(processor, "from_sysctl", lambda: "")
    monkeypatch.setattr(processor.platform, "processor", lambda: "")
    monkeypatch.setattr(processor.platform, "machine", lambda: "s390x")
    assert processor.model.__wrapped__() == "s390x"
