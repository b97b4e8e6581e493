"""What is in a folder, and where a text stands in it; and texts to be counted."""

import json
from random import Random

from agentkit.models.nano.generator import results
from agentkit.models.nano.generator.files import text_lines
from agentkit.models.nano.generator.phrases import expand, listing, pick, polite, wordings
from agentkit.models.nano.generator.task import Dialogue, Task
from agentkit.models.nano.generator.words import file_names, folder_name, pseudo_word

_WORDINGS = wordings("folders")


def list_folder(rng: Random, *, held_out: bool) -> Task:
    counting = rng.random() < 0.5
    here = rng.random() < 0.3
    folder = "." if here else folder_name(rng, held_out=held_out)
    wanted = (
        rng.choice((1, 2, 3, 3, 4, 5, 6, 8, 10)) if counting else rng.choice((1, 2, 3, 3, 4, 5, 6))
    )
    names = file_names(rng, wanted, held_out=held_out)
    files = {name if here else f"{folder}/{name}": "text\n" for name in names}
    shown = (
        rng.choice(
            ("this folder", "the current folder", "the working directory", "here", "this directory")
        )
        if here
        else rng.choice(
            (
                folder,
                f"the folder {folder}",
                f"{folder}/",
                f"`{folder}`",
                f'"{folder}"',
                f"the {folder} folder",
                f"the directory {folder}",
            )
        )
    )
    request = (
        expand(
            rng,
            pick(
                rng,
                _WORDINGS["folder_count"] if counting else _WORDINGS["folder_list"],
                held_out=held_out,
            ),
            f=shown,
        )
        .replace("in here", "here")
        .replace("of here", "here")
    )
    talk = Dialogue(polite(rng, request))
    asked = folder + "/" if f"{folder}/" == shown else folder
    talk.call("I list the files.", ("list_files", {} if here else {"folder": asked}))
    listed = results.list_files(files, folder)
    talk.result(listed)
    head, *found = listed.splitlines()
    subject = "This folder" if here else asked
    if counting:
        talk.answer("That is the result.", f"{subject} has {head}.")
        return talk.task("folder, how many", head.split()[0], files=files)
    talk.answer("That is the result.", f"{subject} contains {listing(found)}.")
    return talk.task("folder, which", *found, files=files)


def find(rng: Random, *, held_out: bool) -> Task:
    counting = rng.random() < 0.5
    here = rng.random() < 0.3
    folder = "." if here else folder_name(rng, held_out=held_out)
    needle = (
        rng.choice(("TODO", "FIXME", "error", "import", "version", "timeout", "password"))
        if rng.random() < 0.3
        else pseudo_word(rng, held_out=held_out)
    )
    if rng.random() < 0.15:
        needle += " " + pseudo_word(rng, held_out=held_out)
    files: dict[str, str] = {}
    matches = (
        rng.choice((0, 1, 1, 2, 2, 3, 4, 6)) if counting else rng.choice((0, 1, 1, 1, 2, 2, 3))
    )
    names = file_names(rng, rng.randint(1, 3), held_out=held_out)
    contents = {name: text_lines(rng, rng.randint(4, 40), held_out=held_out) for name in names}
    for _ in range(matches):
        lines = contents[rng.choice(sorted(contents))]
        place = rng.randrange(len(lines))
        if needle not in lines[place]:
            lines[place] = rng.choice(
                (
                    f"{lines[place]} {needle}",
                    f"{needle}: {lines[place]}",
                    f"# {needle} {lines[place]}",
                )
            )
    files = {
        name if here else f"{folder}/{name}": "\n".join(lines) + "\n"
        for name, lines in contents.items()
    }
    shown = (
        rng.choice(
            (
                "this folder",
                "this project",
                "the current folder",
                "all files here",
                "the files here",
            )
        )
        if here
        else rng.choice((folder, f"the folder {folder}", f"`{folder}`", f"the files of {folder}"))
    )
    text = rng.choice(
        (
            needle,
            f'"{needle}"',
            f"`{needle}`",
            f"'{needle}'",
            f"the word {needle}",
            f"the text {needle}",
        )
    )
    talk = Dialogue(
        polite(
            rng,
            expand(
                rng,
                pick(
                    rng,
                    _WORDINGS["find_count"] if counting else _WORDINGS["find_where"],
                    held_out=held_out,
                ),
                t=text,
                f=shown,
            ),
        )
    )
    arguments = {"text": needle} if here else {"text": needle, "folder": folder}
    talk.call("I search for the text.", ("find_text", arguments))
    found = results.find_text(files, needle, folder)
    talk.result(found)
    head, *hits = found.splitlines()
    total = head.split()[0]
    if not hits:
        talk.answer("There is nothing.", f"I found no match for {needle}.")
        return talk.task("find, nothing", "no match", files=files)
    if counting:
        talk.answer("That is the result.", f"I found {head} for {needle}.")
        return talk.task("find, how many", total, files=files)
    places = []
    for hit in hits:
        path, line, _ = hit.split(":", 2)
        places.append(f"{path} line {line}")
    talk.answer("That is the result.", f"{needle}: {listing(places)}.")
    return talk.task("find, where", *places, files=files)


def statistics(rng: Random, *, held_out: bool) -> Task:
    lines = text_lines(rng, 1, held_out=held_out)
    text = lines[0].capitalize() + rng.choice((".", "", "!", "?"))
    if rng.random() < 0.3:
        text += " " + text_lines(rng, 1, held_out=held_out)[0].capitalize() + "."
    counted = json.loads(results.text_statistics(text))
    wanted = rng.choice(
        [
            name
            for name in ("characters", "words", "sentences", "words", "characters")
            if name in counted
        ]
    )
    shown = (
        rng.choice(("letters and signs", "characters", "characters"))
        if wanted == "characters"
        else wanted
    )
    mark = rng.choice(('"', '"', '"', "'", "`"))
    talk = Dialogue(
        polite(
            rng,
            expand(
                rng,
                pick(rng, _WORDINGS["statistics"], held_out=held_out),
                s=shown,
                t=f"{mark}{text}{mark}",
            ),
        )
    )
    talk.call("I count in the text.", ("text_statistics", {"text": text}))
    talk.result(results.text_statistics(text))
    noun = wanted if counted[wanted] != 1 else wanted[:-1]
    talk.answer("That is the result.", f"The text has {counted[wanted]} {noun}.")
    return talk.task("text statistics", str(counted[wanted]))
