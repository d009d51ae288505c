"""Ops that read a checkpoint or vocabularies from files: a test runs them on a directory."""

ELSEWHERE = dict.fromkeys(("GenerateVocabRemapping", "LoadAndRemapMatrix"), "dialects/test_remapping.py")

CASES = []
