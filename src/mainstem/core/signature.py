"""The one-line dtype signature of an op entry: `"T, T -> T"`, `"N * T, axis:int32 -> T"`, `"*Tin -> y:T, idx:int32"`.

An item is `[name:]TYPE`. TYPE is a lower-case dtype name, an upper-case or declared type variable (which becomes the NodeDef
attr of that name), `N * T` (a list of N tensors of one type), `*Tin` (a list of tensors with the types listed in attr Tin), or
`ref T` (a variable's own tensor).
"""

from dataclasses import dataclass

from mainstem.base import dtypes


@dataclass(frozen=True)
class Arg:
    """One input or output argument of an op.

    `type` is a DType, or the name of the type attr. `number` names the length attr of `N * T`; `type_list` names the attr of
    `*Tin`.
    """

    name: str
    type: object = None
    number: str | None = None
    type_list: str | None = None
    is_ref: bool = False

    @property
    def is_list(self):
        return self.number is not None or self.type_list is not None


def _item(text, name, variables):
    if ":" in text:
        name, text = (part.strip() for part in text.split(":"))
    if text.startswith("*"):
        return Arg(name, type_list=text[1:].strip())
    number = None
    if " * " in text:
        number, text = (part.strip() for part in text.split(" * "))
    is_ref = text.startswith("ref ")
    kind = text.removeprefix("ref ").strip()
    if not kind[0].isupper() and kind not in variables:
        kind = dtypes.as_dtype(kind)
    return Arg(name, kind, number, None, is_ref)


def parse(text, input_names, variables):
    """Gives (input Args, output Args) of a signature. Raises ValueError when inputs and kernel parameters do not match."""
    left, _, right = text.partition("->")
    items = [i.strip() for i in left.split(",") if i.strip()]
    outs = [o.strip() for o in right.split(",") if o.strip()]
    if len(items) != len(input_names):
        raise ValueError(f"signature {text!r} has {len(items)} inputs, the kernel takes {list(input_names)}")
    default = ["output"] if len(outs) == 1 else [f"output{i}" for i in range(len(outs))]
    return (
        tuple(_item(i, n, variables) for i, n in zip(items, input_names, strict=True)),
        tuple(_item(o, n, variables) for o, n in zip(outs, default, strict=True)),
    )
