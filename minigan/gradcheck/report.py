"""What a check found, as data and as text."""

from dataclasses import dataclass, field


@dataclass
class Finding:
    """One thing that is wrong, or could not be checked."""

    where: str  # "dx", a parameter's name, or "forward"
    message: str
    max_rel_error: float = float("nan")
    worst: list = field(default_factory=list)  # (index, analytic, numeric), the worst first


@dataclass
class Report:
    """The outcome of a check: `ok`, the findings, the largest relative error of each gradient, what was left out."""

    name: str
    findings: list = field(default_factory=list)
    errors: dict = field(default_factory=dict)  # where -> largest relative error among the entries checked
    checked: int = 0
    kinks: int = 0  # entries left out because the function has no derivative there
    seconds: float = 0.0

    @property
    def ok(self):
        return not self.findings

    def __str__(self):
        lines = [f"{self.name}: {'ok' if self.ok else 'WRONG'} ({self.checked} derivatives, {self.seconds:.2f} s)"]
        lines += [f"  {where:<12} largest relative error {error:.1e}" for where, error in self.errors.items()]
        if self.kinks:
            lines.append(f"  {self.kinks} entries lie on a kink and were left out")
        for finding in self.findings:
            lines.append(f"  {finding.where}: {finding.message}")
            lines += [f"    at {i}: backward says {a:+.6e}, differences say {n:+.6e}" for i, a, n in finding.worst]
        return "\n".join(lines)
