"""`mainstem doctor` and the command line itself."""

import pytest

import mainstem
from mainstem.cli import doctor, main


@pytest.mark.parametrize(
    "driver, capabilities, extra",
    [
        ("580.65.06", [9.0], "cuda13"),
        ("590.10", [7.5, 12.0], "cuda13"),
        ("580.65.06", [7.0], "cuda12"),
        ("580.65.06", [9.0, 6.1], "cuda12"),
        ("579.99", [9.0], "cuda12"),
        ("525.60.13", [8.0], "cuda12"),
        ("524.0", [8.0], None),
        ("470.256.02", [3.7], None),
    ],
)
def test_fitting_extra(driver, capabilities, extra):
    assert doctor.fitting_extra(driver, capabilities) == extra


def test_report_with_a_gpu_and_without_its_plugin(monkeypatch):
    monkeypatch.setattr(doctor, "nvidia", lambda: ("580.65.06", [("Big GPU", 9.0)]))
    monkeypatch.setattr(doctor, "_version", lambda name: None if name.startswith("jax-cuda") else "1.0")
    text = "\n".join(doctor.report()[0])
    assert "Big GPU (compute capability 9.0), driver 580.65.06" in text and "pip install 'mainstem[cuda13]'" in text


def test_an_old_driver_is_told(monkeypatch):
    monkeypatch.setattr(doctor, "nvidia", lambda: ("450.80.02", [("Old GPU", 6.1)]))
    assert "older than 525" in "\n".join(doctor.report()[0])


def test_doctor_tells_versions_devices_and_cache(capsys, monkeypatch, tmp_path):
    monkeypatch.setattr(doctor, "nvidia", lambda: None)
    (tmp_path / "program").write_bytes(b"x" * 2**20)
    assert doctor._cache_line(str(tmp_path)) == f"cache      {tmp_path}: 1 files, 1.0 MiB"
    assert doctor._cache_line(None).endswith("off (MAINSTEM_CACHE_DIR=off)")
    assert main.main(["doctor"]) == 0
    out = capsys.readouterr().out
    for words in (f"mainstem   {mainstem.__version__}", "jaxlib", "device     /job:localhost", "cache", "nothing is missing"):
        assert words in out


def test_doctor_names_what_is_missing(capsys, monkeypatch):
    monkeypatch.setattr(doctor, "REQUIRED", (*doctor.REQUIRED, "no-such-package"))
    assert main.main(["doctor"]) == 1
    assert "missing: no-such-package; pip install no-such-package" in capsys.readouterr().out


def test_the_command_line(capsys):
    assert main.main([]) == 0 and "usage: mainstem COMMAND" in capsys.readouterr().out
    assert main.main(["--version"]) == 0 and capsys.readouterr().out.strip() == mainstem.__version__
    assert main.main(["fly"]) == 2 and "there is no command 'fly'" in capsys.readouterr().err
    assert main.main(["doctor", "--fast"]) == 2
