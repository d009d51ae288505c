"""Programs on files; `f` is tf.gfile, `d` an empty directory. Results under TensorFlow 1.15 are in tests/golden/gfile.json."""

import os

ROWS = {
    "missing_read": "f.GFile(d + '/no').read()",
    "missing_size": "f.GFile(d + '/no').size()",
    "missing_iter": "list(f.GFile(d + '/no'))",
    "missing_fast": "f.FastGFile(d + '/no', 'rb').read()",
    "missing_open_only": "f.GFile(d + '/no').name[-3:]",
    "missing_stat": "f.Stat(d + '/no')",
    "missing_list": "f.ListDirectory(d + '/no')",
    "missing_remove": "f.Remove(d + '/no')",
    "missing_rmtree": "f.DeleteRecursively(d + '/no')",
    "missing_copy": "f.Copy(d + '/no', d + '/x')",
    "missing_rename": "f.Rename(d + '/no', d + '/x')",
    "missing_parent_write": "write(f, d + '/no/x', 'a')",
    "missing_parent_mkdir": "f.MkDir(d + '/a/b')",
    "missing_glob": "f.Glob(d + '/no*')",
    "missing_walk": "list(f.Walk(d + '/no'))",
    "missing_exists": "(f.Exists(d + '/no'), f.IsDirectory(d + '/no'))",
    "mkdir_twice": "(f.MkDir(d + '/a'), f.MkDir(d + '/a'))",
    "makedirs_twice": "(f.MakeDirs(d + '/a/b'), f.MakeDirs(d + '/a/b'), f.IsDirectory(d + '/a/b'))",
    "makedirs_on_file": "(write(f, d + '/x', 'a'), f.MakeDirs(d + '/x'))",
    "list_file": "(write(f, d + '/x', 'a'), f.ListDirectory(d + '/x'))",
    "remove_dir": "(f.MkDir(d + '/a'), f.Remove(d + '/a'))",
    "rmtree_file": "(write(f, d + '/x', 'a'), f.DeleteRecursively(d + '/x'))",
    "rmtree": "(f.MakeDirs(d + '/a/b'), write(f, d + '/a/x', 'a'), f.DeleteRecursively(d + '/a'), f.Exists(d + '/a'))",
    "read_dir": "f.GFile(d).read()",
    "copy_over": "(write(f, d + '/x', 'a'), write(f, d + '/y', 'b'), f.Copy(d + '/x', d + '/y'))",
    "copy_overwrite": "(write(f, d + '/x', 'a'), write(f, d + '/y', 'b'), f.Copy(d + '/x', d + '/y', True), f.GFile(d + '/y').read())",
    "rename_over": "(write(f, d + '/x', 'a'), write(f, d + '/y', 'b'), f.Rename(d + '/x', d + '/y'))",
    "rename_overwrite": "(write(f, d + '/x', 'a'), write(f, d + '/y', 'b'), f.Rename(d + '/x', d + '/y', True), sorted(f.ListDirectory(d)))",
    "text": "(write(f, d + '/x', 'h\\u00e9\\nb\\n'), f.GFile(d + '/x').read(), f.GFile(d + '/x').readlines())",
    "binary": "(write(f, d + '/x', b'a\\xff', 'wb'), f.GFile(d + '/x', 'rb').read(), f.Stat(d + '/x').length)",
    "text_of_bytes": "(write(f, d + '/x', b'abc', 'w'), f.GFile(d + '/x').read())",
    "binary_of_text": "(write(f, d + '/x', 'abc', 'wb'), f.GFile(d + '/x', 'rb').read())",
    "text_invalid": "(write(f, d + '/x', b'a\\xff', 'wb'), f.GFile(d + '/x', 'r').read())",
    "newlines_kept": "(write(f, d + '/x', b'a\\r\\nb', 'wb'), f.GFile(d + '/x', 'r').read())",
    "append": "(write(f, d + '/x', 'a'), write(f, d + '/x', 'b', 'a'), f.GFile(d + '/x').read())",
    "read_n": "(write(f, d + '/x', 'abcdef'), parts(f.GFile(d + '/x')))",
    "seek": "(write(f, d + '/x', 'abcdef'), sought(f.GFile(d + '/x')))",
    "iterate": "(write(f, d + '/x', 'a\\nb\\nc'), list(f.GFile(d + '/x')))",
    "write_of_reader": "(write(f, d + '/x', 'a'), f.GFile(d + '/x', 'r').write('b'))",
    "read_of_writer": "f.GFile(d + '/x', 'w').read()",
    "bad_mode": "f.GFile(d + '/x', 'x')",
    "bad_mode_2": "f.GFile(d + '/x', 'rz')",
    "empty_made": "(touch(f, d + '/x'), f.Exists(d + '/x'))",
    "size": "(write(f, d + '/x', 'abc'), f.GFile(d + '/x').size())",
    "glob": "([write(f, d + '/' + n, 'a') for n in ('b1', 'a1', 'c2')], [os.path.basename(p) for p in sorted(f.Glob(d + '/*1'))])",
    "glob_list": "([write(f, d + '/' + n, 'a') for n in ('b1', 'a1', 'c2')], len(f.Glob([d + '/a*', d + '/c*'])))",
    "walk": "(f.MakeDirs(d + '/a/b'), write(f, d + '/a/x', ''), [(t[len(d):], sorted(s), n) for t, s, n in f.Walk(d)])",
    "walk_up": "(f.MakeDirs(d + '/a/b'), write(f, d + '/a/x', ''), [(t[len(d):], sorted(s), n) for t, s, n in f.Walk(d, in_order=False)])",
    "stat_dir": "f.Stat(d).is_directory",
    "bytes_path": "(write(f, d + '/x', 'a'), f.Exists((d + '/x').encode()), f.GFile((d + '/x').encode()).read())",
}


def write(f, path, content, mode="w"):
    with f.GFile(path, mode) as file:
        file.write(content)


def touch(f, path):
    with f.GFile(path, "w"):
        pass


def parts(file):
    return [file.read(2), file.tell(), file.read(), file.read()]


def sought(file):
    out = [file.read(1)]
    file.seek(3)
    out += [file.read(1), file.tell()]
    file.seek(0)
    return out + [file.read(), file.seekable()]


def outcome(f, row, directory):
    """What a program gives: ["value", text] or ["error", class name]."""
    space = {"f": f, "d": str(directory), "os": os, "write": write, "touch": touch, "parts": parts, "sought": sought}
    try:
        return ["value", repr(eval(ROWS[row], space))]
    except Exception as e:  # every type of exception is a recorded result
        return ["error", type(e).__name__]
