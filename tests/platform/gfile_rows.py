"""Programs on files; `f` is tf.gfile, `d` an empty directory. Results under TensorFlow 1.15 are in
tests/golden/gfile.json, those of tf.io.gfile of 2.21 in gfile_v2.json."""

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
    "readline": "(write(f, d + '/x', 'a\\nb'), lines(f.GFile(d + '/x')))",
    "next": "(write(f, d + '/x', 'a\\nb'), nexts(f.GFile(d + '/x')))",
    "next_past_end": "(write(f, d + '/x', ''), next(f.GFile(d + '/x')))",
    "binary_lines": "(write(f, d + '/x', b'a\\nb\\n', 'wb'), f.GFile(d + '/x', 'rb').readlines())",
    "seek_from_here": "(write(f, d + '/x', 'abcdef'), seeks(f.GFile(d + '/x'), [(3, 0), (1, 1), (-2, 2)]))",
    "seek_bad_whence": "(write(f, d + '/x', 'abcdef'), f.GFile(d + '/x').seek(0, 7))",
    "seek_past_end": "(write(f, d + '/x', 'abc'), seeks(f.GFile(d + '/x'), [(9, 0)]))",
    "seek_negative": "(write(f, d + '/x', 'abc'), f.GFile(d + '/x').seek(-1))",
    "seek_nowhere": "(write(f, d + '/x', 'abc'), f.GFile(d + '/x').seek())",
    "read_zero": "(write(f, d + '/x', 'abc'), f.GFile(d + '/x').read(0))",
    "tell_of_writer": "told(f.GFile(d + '/x', 'w'))",
    "append_tell": "(write(f, d + '/x', 'abc'), told(f.GFile(d + '/x', 'a')))",
    "plus_read": "(write(f, d + '/x', 'abc'), f.GFile(d + '/x', 'r+').read())",
    "plus_write": "(write(f, d + '/x', 'abc'), write(f, d + '/x', 'z', 'r+'), f.GFile(d + '/x').read())",
    "w_plus": "(write(f, d + '/x', 'abc'), f.GFile(d + '/x', 'w+').read())",
    "a_plus": "(write(f, d + '/x', 'abc'), write(f, d + '/x', 'd', 'a+'), f.GFile(d + '/x', 'r').read())",
    "write_number": "write(f, d + '/x', 3)",
    "write_gives": "f.GFile(d + '/x', 'w').write('abc')",
    "closed_twice": "closed(f.GFile(d + '/x', 'w'))",
    "read_again_after_close": "(write(f, d + '/x', 'abc'), reopened(f.GFile(d + '/x')))",
    "flush_shows": "flushed(f, d + '/x')",
    "name_and_mode": "(f.GFile(d + '/x', 'rb').name[-2:], f.GFile(d + '/x', 'rb').mode)",
    "copy_dir": "(f.MkDir(d + '/a'), f.Copy(d + '/a', d + '/b'))",
    "copy_to_missing": "(write(f, d + '/x', 'a'), f.Copy(d + '/x', d + '/no/y'))",
    "copy_to_dir": "(write(f, d + '/x', 'a'), f.MkDir(d + '/a'), f.Copy(d + '/x', d + '/a', True))",
    "rename_dir": "(f.MkDir(d + '/a'), write(f, d + '/a/x', 'q'), f.Rename(d + '/a', d + '/b'), f.GFile(d + '/b/x').read(), f.Exists(d + '/a'))",
    "rename_to_missing": "(write(f, d + '/x', 'a'), f.Rename(d + '/x', d + '/no/y'))",
    "list": "(f.MkDir(d + '/a'), write(f, d + '/x', 'q'), sorted(f.ListDirectory(d)))",
    "stat": "(write(f, d + '/x', 'abc'), described(f.Stat(d + '/x')))",
    "glob_deep": "(f.MakeDirs(d + '/a/b'), write(f, d + '/a/b/x', ''), [p[len(d):] for p in f.Glob(d + '/*/*/x')])",
    "glob_question": "([write(f, d + '/' + n, 'a') for n in ('b1', 'a1', 'c22')], sorted(p[len(d):] for p in f.Glob(d + '/?1')))",
    "glob_set": "([write(f, d + '/' + n, 'a') for n in ('b1', 'a1', 'c2')], sorted(p[len(d):] for p in f.Glob(d + '/[ac]*')))",
    "glob_exact": "(write(f, d + '/x', ''), [p[len(d):] for p in f.Glob(d + '/x')])",
    "glob_hidden": "(write(f, d + '/.x', ''), [p[len(d):] for p in f.Glob(d + '/*')])",
    "glob_stars": "(f.MakeDirs(d + '/a/b'), write(f, d + '/a/b/x', ''), [p[len(d):] for p in f.Glob(d + '/**/x')])",
    "walk_files_only": "(write(f, d + '/x', ''), [(t[len(d):], s, n) for t, s, n in f.Walk(d + '/x')])",
    "rmtree_then_list": "(f.MakeDirs(d + '/a/b'), f.DeleteRecursively(d + '/a/b'), f.ListDirectory(d + '/a'))",
    "path_object": "(write(f, d + '/x', 'a'), f.GFile(__import__('pathlib').Path(d + '/x')).read())",
    "trailing_slash": "(f.MkDir(d + '/a/'), f.IsDirectory(d + '/a/'), f.Exists(d + '/a'))",
    "empty_name": "f.Exists('')",
    "bytes_path": "(write(f, d + '/x', 'a'), f.Exists((d + '/x').encode()), f.GFile((d + '/x').encode()).read())",
}


def write(f, path, content, mode="w"):
    with f.GFile(path, mode) as file:
        file.write(content)


def touch(f, path):
    with f.GFile(path, "w"):
        pass


def lines(file):
    return [file.readline(), file.readline(), file.readline()]


def nexts(file):
    return [next(file), next(file)]


def seeks(file, moves):
    out = []
    for offset, whence in moves:
        file.seek(offset, whence)
        out += [file.tell(), file.read(1)]
    return out


def told(file):
    with file:
        first = file.tell()
        file.write("12345")
        return [first, file.tell(), file.size()]


def closed(file):
    file.write("a")
    file.close()
    file.close()


def reopened(file):
    first = file.read()
    file.close()
    return [first, file.read()]


def flushed(f, path):
    file = f.GFile(path, "w")
    file.write("abc")
    file.flush()
    return f.GFile(path).read()


def described(found):
    return [found.length, found.is_directory, found.mtime_nsec > 0]


def parts(file):
    return [file.read(2), file.tell(), file.read(), file.read()]


def sought(file):
    out = [file.read(1)]
    file.seek(3)
    out += [file.read(1), file.tell()]
    file.seek(0)
    return out + [file.read(), file.seekable()]


_CALLS = (write, touch, lines, nexts, seeks, told, closed, reopened, flushed, described, parts, sought)
_V2 = {
    "Exists": "exists",
    "IsDirectory": "isdir",
    "ListDirectory": "listdir",
    "MakeDirs": "makedirs",
    "MkDir": "mkdir",
    "Remove": "remove",
    "DeleteRecursively": "rmtree",
    "Copy": "copy",
    "Rename": "rename",
    "Stat": "stat",
    "Glob": "glob",
    "Walk": "walk",
}


def v2(program):
    """The program in TensorFlow 2's spelling."""
    for old, new in _V2.items():
        program = program.replace(f"f.{old}(", f"f.{new}(")
    return program.replace("in_order=", "topdown=")


def outcome(f, row, directory, spelling=str):
    """What a program gives: ["value", text] or ["error", class name]. `spelling` is str or `v2`."""
    space = {"f": f, "d": str(directory), "os": os, **{call.__name__: call for call in _CALLS}}
    try:
        return ["value", repr(eval(spelling(ROWS[row]), space)).replace(str(directory), "DIR")]
    except Exception as e:  # every type of exception is a recorded result
        return ["error", type(e).__name__]
