"""The public names of files, flags, logging, text."""

from mainstem.api.rows import both, v1, v2
from mainstem.platform import flags as platform_flags
from mainstem.platform import gfile, logging, text
from mainstem.train import meta_graph

both(meta_graph.write_graph, "io.write_graph")

# mainstem.platform.gfile
v1(gfile.Copy, "gfile.Copy")
v1(gfile.DeleteRecursively, "gfile.DeleteRecursively")
v1(gfile.Exists, "gfile.Exists")
v2(gfile.GFile, "io.gfile.GFile")
v1(gfile.Glob, "gfile.Glob")
v1(gfile.IsDirectory, "gfile.IsDirectory")
v1(gfile.ListDirectory, "gfile.ListDirectory")
v1(gfile.MakeDirs, "gfile.MakeDirs")
v1(gfile.MkDir, "gfile.MkDir")
v1(gfile.Remove, "gfile.Remove")
v1(gfile.Rename, "gfile.Rename")
v1(gfile.Stat, "gfile.Stat")
v1(gfile.Walk, "gfile.Walk")
both(gfile.copy_v2, "io.gfile.copy")
both(gfile.exists_v2, "io.gfile.exists")
both(gfile.glob_v2, "io.gfile.glob")
both(gfile.isdir_v2, "io.gfile.isdir")
v2(gfile.get_registered_schemes, "io.gfile.get_registered_schemes")
v2(gfile.join, "io.gfile.join")
both(gfile.listdir_v2, "io.gfile.listdir")
both(gfile.makedirs_v2, "io.gfile.makedirs")
both(gfile.mkdir_v2, "io.gfile.mkdir")
both(gfile.remove_v2, "io.gfile.remove")
both(gfile.rename_v2, "io.gfile.rename")
both(gfile.rmtree_v2, "io.gfile.rmtree")
both(gfile.stat_v2, "io.gfile.stat")
both(gfile.walk_v2, "io.gfile.walk")

# mainstem.platform.logging
v1(logging.TaskLevelStatusMessage, "logging.TaskLevelStatusMessage")
v1(logging.debug, "logging.debug")
v1(logging.error, "logging.error")
v1(logging.fatal, "logging.fatal")
v1(logging.flush, "logging.flush")
v1(logging.get_verbosity, "logging.get_verbosity")
v1(logging.info, "logging.info")
v1(logging.log, "logging.log")
v1(logging.log_every_n, "logging.log_every_n")
v1(logging.log_first_n, "logging.log_first_n")
v1(logging.log_if, "logging.log_if")
v1(logging.set_verbosity, "logging.set_verbosity")
v1(logging.vlog, "logging.vlog")
v1(logging.warn, "logging.warn")
v1(logging.warning, "logging.warning")

# platform
v1(logging.DEBUG, "logging.DEBUG")
v1(logging.INFO, "logging.INFO")
v1(logging.WARN, "logging.WARN")
v1(logging.ERROR, "logging.ERROR")
v1(logging.FATAL, "logging.FATAL")
v1(gfile.GFile, "gfile.GFile", "gfile.Open", "io.gfile.GFile")
v1(gfile.FastGFile, "gfile.FastGFile")
v1(platform_flags.run, "app.run")
v1(platform_flags, "flags", "app.flags")
for _name in [
    "as_bytes",
    "as_text",
    "as_str",
    "as_str_any",
    "path_to_str",
    "integral_types",
    "real_types",
    "complex_types",
    "bytes_or_text_types",
    "forward_compatible",
]:
    both(getattr(text, _name), f"compat.{_name}")
