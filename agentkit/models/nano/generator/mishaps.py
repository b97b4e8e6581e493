"""Files that are not there, and values that no file holds."""

from random import Random

from agentkit.models.nano.generator import results
from agentkit.models.nano.generator.files import value_file
from agentkit.models.nano.generator.lines import LINES
from agentkit.models.nano.generator.phrases import expand, pick, polite, quoted
from agentkit.models.nano.generator.task import Dialogue, Task
from agentkit.models.nano.generator.values import LOOKUP_ITEMS
from agentkit.models.nano.generator.words import choose, file_name, pseudo_word


def missing_file(rng: Random, *, held_out: bool) -> Task:
    """The file is not there: say so, or take the one that was clearly meant."""
    file = value_file(rng, held_out=held_out, kind="items")
    name = rng.choice(file.names)
    folder, _, base = file.path.rpartition("/")
    prefix = f"{folder}/" if folder else ""
    stem, dot, suffix = base.rpartition(".")
    lookup_words = pick(rng, LOOKUP_ITEMS, held_out=held_out)
    counting = rng.random() < 0.4
    if counting:
        lookup_words = pick(rng, LINES, held_out=held_out)
    near = bool(stem) and rng.random() < 0.5
    if near:  # a slip of the pen in the name
        wrong_stem = rng.choice(
            (
                stem + "s",
                stem[:-1] or stem + "x",
                stem + stem[-1],
                stem.upper() if stem.islower() else stem.lower(),
            )
        )
        wrong = prefix + (
            wrong_stem + dot + suffix
            if rng.random() < 0.6
            else stem + dot + rng.choice(("txt", "md", "csv", "cfg", "dat"))
        )
        near = wrong != file.path
    files = {file.path: file.text}
    if not near:
        wrong = file_name(rng, held_out=held_out)
        if wrong == file.path:
            return missing_file(rng, held_out=held_out)
    tool = "count_lines" if counting else "read_file"
    error = results.missing(files, wrong)
    talk = Dialogue(polite(rng, expand(rng, lookup_words, k=name, p=quoted(rng, wrong))))
    talk.call("I count the lines." if counting else "I read the file.", (tool, {"path": wrong}))
    talk.result(error)
    if file.path not in error or not near:
        talk.answer("The file is not there.", f"I can't answer that: there is no file {wrong}.")
        return talk.task("missing file", "no file", files=files)
    talk.call(f"There is {file.path}.", (tool, {"path": file.path}))
    if counting:
        count = str(len(file.text.splitlines()))
        talk.result(count)
        talk.answer("That is the result.", f"There is no {wrong}. {file.path} has {count} lines.")
        return talk.task("nearby file", count, files=files)
    talk.result(results.read_file(files, file.path))
    talk.answer(f"I look up {name}.", f"There is no {wrong}. {file.path}: {file.line(name)}")
    return talk.task("nearby file", file.values[name], files=files)


def missing_value(rng: Random, *, held_out: bool) -> Task:
    """The file says nothing about what was asked."""
    file = value_file(rng, held_out=held_out, kind="items")
    while (
        name := choose(rng, ("elephants", "gold", "moon", "wisdom", *file.names), held_out=held_out)
    ) in file.values:
        name = pseudo_word(rng, held_out=held_out)
        if name not in file.text:
            break
    if name in file.text:
        return missing_value(rng, held_out=held_out)
    talk = Dialogue(
        polite(
            rng,
            expand(
                rng, pick(rng, LOOKUP_ITEMS, held_out=held_out), k=name, p=quoted(rng, file.path)
            ),
        )
    )
    talk.call("I read the file.", ("read_file", {"path": file.path}))
    talk.result(results.read_file({file.path: file.text}, file.path))
    talk.answer(f"I look up {name}. It is not there.", f"{file.path} says nothing about {name}.")
    return talk.task("missing value", "nothing", files={file.path: file.text})
