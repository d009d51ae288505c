"""`slim.summaries`: summaries named by prefix and tensor, perhaps printed as well."""

from mainstem.graph.keys import GraphKeys
from mainstem.surface import framework, host, nn
from mainstem.train import summary


def _name(tensor, name, prefix, postfix=None):
    return "/".join(part for part in (prefix, name or tensor.op.name, postfix) if part)


def add_histogram_summary(tensor, name=None, prefix=None):
    """Adds a histogram of a tensor, named `prefix/name` (default: the tensor's name); gives the summary."""
    return summary.histogram(_name(tensor, name, prefix), tensor)


def add_image_summary(tensor, name=None, prefix=None, print_summary=False):
    """Adds an image summary of a tensor [batch, height, width, channels]; gives the summary, printed when it runs."""
    title = _name(tensor, name, prefix)
    made = summary.image(name=title, tensor=tensor)
    return host.print_v1(made, [tensor], title) if print_summary else made


def add_scalar_summary(tensor, name=None, prefix=None, print_summary=False):
    """Adds a summary of a scalar tensor; gives the summary, printed when it runs with `print_summary`."""
    collections = [] if print_summary else None
    title = _name(tensor, name, prefix)
    made = summary.scalar(name=title, tensor=tensor, collections=collections)
    if print_summary:
        made = host.print_v1(made, [tensor], title)
        framework.add_to_collection(GraphKeys.SUMMARIES, made)
    return made


def add_zero_fraction_summary(tensor, name=None, prefix=None, print_summary=False):
    """Adds a summary of the share of zeros in a tensor; gives the summary."""
    title = _name(tensor, name, prefix, "Fraction_of_Zero_Values")
    return add_scalar_summary(nn.zero_fraction(tensor), title, print_summary=print_summary)


def add_histogram_summaries(tensors, prefix=None):
    """`add_histogram_summary` of several tensors."""
    return [add_histogram_summary(t, prefix=prefix) for t in tensors]


def add_image_summaries(tensors, prefix=None):
    """`add_image_summary` of several tensors."""
    return [add_image_summary(t, prefix=prefix) for t in tensors]


def add_scalar_summaries(tensors, prefix=None, print_summary=False):
    """`add_scalar_summary` of several tensors."""
    return [add_scalar_summary(t, prefix=prefix, print_summary=print_summary) for t in tensors]


def add_zero_fraction_summaries(tensors, prefix=None):
    """`add_zero_fraction_summary` of several tensors."""
    return [add_zero_fraction_summary(t, prefix=prefix) for t in tensors]
