"""The file tools read what is under their root, say what a model needs, and never lead outside."""

import os
import socket
import threading
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agentkit.errors import ToolError
from agentkit_tools import rooted, searching
from agentkit_tools.files import file_tools

SECRET = "the secret outside"
needs_links = pytest.mark.skipif(os.name == "nt", reason="the system has no links and pipes")


class Reader:
    """The four tools of one root, by name."""

    def __init__(self, root: Path) -> None:
        self.list_files, self.read_file, self.find_text, self.count_lines = (
            found.function for found in file_tools(root)
        )


@pytest.fixture(params=["held open", "resolved"])
def root(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder beside a secret, read in the way of Linux and in the way of Windows."""
    if request.param == "resolved":
        monkeypatch.setattr(rooted, "_HELD_OPEN", False)
    (tmp_path / "secret.txt").write_text(SECRET)
    root = tmp_path / "root"
    (root / "dir").mkdir(parents=True)
    (root / "a.txt").write_text("alpha\nbeta\n")
    (root / "dir" / "b.txt").write_text("Beta again")
    return root


@pytest.fixture
def reader(root: Path) -> Reader:
    return Reader(root)


def refusal(function: Callable[..., Any], *arguments: Any) -> str:
    with pytest.raises(ToolError) as error:
        function(*arguments)
    assert SECRET not in str(error.value)
    return str(error.value)


def test_a_folder_is_listed_with_its_count_and_its_folders_marked(
    root: Path, reader: Reader
) -> None:
    (root / ".hidden").touch()
    (root / ".git").mkdir()

    assert reader.list_files() == "3 entries\n.hidden\na.txt\ndir/"
    assert reader.list_files("dir") == "1 entry\nb.txt"


def test_a_long_listing_says_how_many_names_are_left_out(root: Path, reader: Reader) -> None:
    for number in range(250):
        (root / "dir" / f"{number:03}").touch()

    lines = reader.list_files("dir/").split("\n")

    assert lines[0] == "251 entries"
    assert lines[1:201] == [f"{number:03}" for number in range(200)]
    assert lines[201:] == ["[51 more]"]


def test_a_file_is_read_as_it_is(root: Path, reader: Reader) -> None:
    (root / "raw.txt").write_bytes("\x1b[31mé\r\n\t".encode() + b"\xff\n")

    assert reader.read_file("a.txt") == "alpha\nbeta\n"
    assert reader.read_file("a.txt", 2) == "beta\n"
    assert reader.read_file("raw.txt") == "\x1b[31mé\r\n\t\xff\n"


def test_a_name_is_found_however_its_letters_are_composed(root: Path, reader: Reader) -> None:
    composed, apart = (unicodedata.normalize(form, "Bücher.txt") for form in ("NFC", "NFD"))
    (root / apart).write_text("x", encoding="utf-8")
    assert reader.read_file(composed) == "x"
    (root / composed).write_text("y", encoding="utf-8")
    assert reader.read_file(composed) == "y"
    assert reader.read_file(apart) == "x"


def test_a_long_file_is_read_in_parts_that_join_to_the_whole(root: Path, reader: Reader) -> None:
    text = "".join(f"line {number}\n" for number in range(1, 951))
    (root / "long.txt").write_text(text)

    first = reader.read_file("long.txt")
    assert first.endswith("line 200\n[lines 1 to 200 of 950; go on with first_line=201]")
    parts = [reader.read_file("long.txt", line) for line in range(1, 951, 200)]
    assert "".join(part.partition("[lines")[0] for part in parts) == text


def test_a_file_of_wide_lines_is_cut_by_characters(root: Path, reader: Reader) -> None:
    (root / "wide.txt").write_text(("é" * 2999 + "\n") * 5, encoding="utf-8")

    assert reader.read_file("wide.txt").endswith("[lines 1 to 2 of 5; go on with first_line=3]")
    assert reader.read_file("wide.txt", 4) == ("é" * 2999 + "\n") * 2


def test_a_long_line_is_read_whole_and_a_longer_one_is_cut(root: Path, reader: Reader) -> None:
    (root / "one.txt").write_text("😀" * 100_000 + "\nend", encoding="utf-8")
    (root / "two.txt").write_text("a\n" + "b" * 500_001, encoding="utf-8")
    (root / "three.txt").write_text("c" * 20_000 + "\nsecond\nthird\n", encoding="utf-8")

    assert reader.read_file("one.txt") == (
        "😀" * 100_000 + "\n[line 1 of 2 is long; go on with first_line=2]"
    )
    assert reader.read_file("one.txt", 2) == "end"
    assert reader.read_file("three.txt") == (
        "c" * 20_000 + "\n[line 1 of 3 is long; go on with first_line=2]"
    )
    assert reader.read_file("two.txt", 2) == (
        "b" * 500_000 + "\n[line 2 of 2 is cut after 500000 characters]"
    )


def test_a_text_is_found_however_its_letters_are_composed(root: Path, reader: Reader) -> None:
    (root / "mac.txt").write_text(unicodedata.normalize("NFD", "Bücher im Café"), encoding="utf-8")

    assert "mac.txt:1" in reader.find_text("bücher")


def test_files_that_are_no_text_are_named_where_nothing_is_found(
    root: Path, reader: Reader
) -> None:
    (root / "picture").write_bytes(b"hello\0")

    assert reader.find_text("hello", "picture") == "0 matches\n[not searched, binary: picture]"


def test_text_in_another_encoding_is_read_or_named(root: Path, reader: Reader) -> None:
    (root / "western.txt").write_text("one\nMüller – Söhne\nCafé", encoding="cp1252")
    (root / "wide.txt").write_text("Müller", encoding="utf-16")
    (root / "mixed.txt").write_bytes("Müller\nM".encode() + b"\xfcller")

    assert reader.read_file("western.txt") == "one\nMüller – Söhne\nCafé"
    assert reader.find_text("café").startswith("1 match\nwestern.txt:3: Café")
    assert reader.find_text("müller").split("\n") == [
        "3 matches",
        "mixed.txt:1: Müller",
        "mixed.txt:2: Müller",
        "western.txt:2: Müller – Söhne",
        "[not searched, text in UTF-16, not in UTF-8: wide.txt]",
    ]
    assert "text in UTF-16" in refusal(reader.read_file, "wide.txt")


def test_a_single_file_may_be_large_and_a_larger_one_is_named(
    root: Path, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "LARGEST_SEARCHED", 100)
    (root / "dir" / "log").write_text("fine\n" * 100 + "needle\n")

    assert reader.find_text("needle", "dir/log") == "1 match\ndir/log:101: needle"
    assert reader.find_text("needle") == "0 matches\n[not searched, more than 0 MB: dir/log]"
    monkeypatch.setattr(searching, "MOST_SEARCHED_BYTES", 300)
    assert "more than 0 MB: dir/log" in reader.find_text("needle", "dir/log")


def test_a_line_that_is_too_long_is_named(
    root: Path, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "LARGEST_SEARCHED", 100)
    (root / "dir" / "log").write_text("x" * 195 + "needle" + "x" * 195)

    found = reader.find_text("needle", "dir/log")

    assert found == "0 matches\n[not searched, a line too long: dir/log]"


def test_matches_are_counted_where_a_line_has_several(root: Path, reader: Reader) -> None:
    (root / "dir" / "c.txt").write_text("needle needle\nneedle\n")

    found = reader.find_text("needle").split("\n")

    assert found[0] == "3 matches in 2 lines"
    assert len(found) == 3


@pytest.mark.parametrize("before", ["ß" * 600, "u\u0308" * 600, "\u1e9e\u0301" * 600])
def test_the_excerpt_has_the_match_whatever_stands_before(
    root: Path, reader: Reader, before: str
) -> None:
    (root / "dir" / "c.txt").write_text(f"{before} needle {'x' * 1000}")

    assert " needle x" in reader.find_text("needle")


def test_marks_without_end_are_read_in_linear_time(root: Path, reader: Reader) -> None:
    (root / "dir" / "marks.txt").write_text("a" + "\u0301\u0316" * 200_000 + "\nneedle\n")

    # Putting so many in order takes hours, in which nothing can interrupt it.
    assert reader.find_text("needle") == "1 match\ndir/marks.txt:2: needle"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes")
def test_what_is_written_to_a_pipe_is_not_taken(root: Path, reader: Reader) -> None:
    os.mkfifo(root / "orders")
    end = os.open(root / "orders", os.O_RDONLY | os.O_NONBLOCK)
    writer = os.open(root / "orders", os.O_WRONLY | os.O_NONBLOCK)
    os.write(writer, b"order")
    with pytest.raises(ToolError, match="pipe"):
        reader.read_file("orders")
    assert os.read(end, 10) == b"order"
    os.close(writer)
    os.close(end)


@pytest.mark.parametrize("line", [0, -1, 3, 10**30])
def test_a_line_that_is_not_there_is_refused_with_the_number_of_lines(
    reader: Reader, line: int
) -> None:
    assert "from 1 to 2" in refusal(reader.read_file, "a.txt", line)


def test_an_empty_file_is_said_to_be_empty(root: Path, reader: Reader) -> None:
    (root / "empty").touch()

    assert reader.read_file("empty") == "[the file is empty]"
    assert reader.count_lines("empty") == 0


def test_lines_are_counted_with_a_last_one_that_has_no_end(reader: Reader) -> None:
    assert reader.count_lines("a.txt") == 2
    assert reader.count_lines("dir/b.txt") == 1


def test_a_large_file_is_counted_block_by_block(root: Path, reader: Reader) -> None:
    with (root / "large.txt").open("wb") as stream:
        for _ in range(100):
            stream.write(b"x" * 49_999 + b"\n")

    assert reader.count_lines("large.txt") == 100
    assert reader.read_file("large.txt", 100) == "x" * 49_999 + "\n"


def test_a_binary_file_is_refused(root: Path, reader: Reader) -> None:
    (root / "binary").write_bytes(b"abc\0def")

    assert "binary" in refusal(reader.read_file, "binary")
    assert "binary" in refusal(reader.count_lines, "binary")


def test_a_text_is_found_in_all_files_whatever_its_case(reader: Reader) -> None:
    expected = "2 matches\na.txt:2: beta\ndir/b.txt:1: Beta again"

    assert reader.find_text("BETA") == expected
    assert reader.find_text("beta", "dir") == "1 match\ndir/b.txt:1: Beta again"
    assert reader.find_text("beta", "a.txt") == "1 match\na.txt:2: beta"
    assert reader.find_text("gamma") == "0 matches"


def test_matches_beyond_fifty_are_counted_and_a_long_line_shows_its_match(
    root: Path, reader: Reader
) -> None:
    (root / "dir" / "many.txt").write_text(("x" * 5000 + " needle " + "y" * 5000 + "\n") * 60)

    lines = reader.find_text("needle").split("\n")

    assert lines[0] == "60 matches"
    assert len(lines) == 52
    assert all("needle" in line and len(line) <= 230 for line in lines[1:51])
    assert lines[51] == "[10 more]"


@needs_links
def test_a_search_passes_by_what_is_not_text_of_the_project(root: Path, reader: Reader) -> None:
    for folder in (".git", "__pycache__", ".venv", "node_modules"):
        (root / folder).mkdir()
        (root / folder / "x.txt").write_text("beta")
    (root / "binary").write_bytes(b"beta\0")
    (root / "link").symlink_to("..")
    os.mkfifo(root / "pipe")
    (root / "huge.txt").write_bytes(b"beta" * 600_000)

    found = reader.find_text("beta").split("\n")

    assert found[0] == "2 matches"
    assert found[3:] == [
        "[not searched, a folder of other programs: .venv, __pycache__, node_modules]",
        "[not searched, more than 2 MB: huge.txt]",
        "[not searched, a link: link]",
    ]


def test_a_search_in_too_many_files_says_that_it_stopped(
    root: Path, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "MOST_SEARCHED", 20)
    for number in range(20):
        (root / "dir" / f"n{number}").touch()

    found = reader.find_text("beta")

    assert found.endswith("[stopped after 20 names; search in a smaller folder]")


@pytest.mark.parametrize("text", ["", "a\nb"])
def test_a_text_that_no_line_can_contain_is_refused(reader: Reader, text: str) -> None:
    assert "within one line" in refusal(reader.find_text, text)


def test_a_missing_file_is_answered_with_names_nearby(root: Path, reader: Reader) -> None:
    (root / "notes.md").touch()

    assert refusal(reader.read_file, "note.md") == 'No file "note.md". Files nearby: notes.md.'
    assert refusal(reader.read_file, "dir/c.txt").endswith("Files nearby: dir/b.txt.")
    assert refusal(reader.list_files, "dirs").endswith("Files nearby: dir/.")
    assert refusal(reader.count_lines, "dri/b.txt").endswith("Files nearby: dir/.")
    assert refusal(reader.read_file, "zzzz").endswith("Files nearby: a.txt, dir/, notes.md.")


def test_a_file_and_a_folder_are_not_taken_for_each_other(reader: Reader) -> None:
    assert "list_files" in refusal(reader.read_file, "dir")
    assert "list_files" in refusal(reader.read_file, "")
    assert "list_files" in refusal(reader.count_lines, ".")
    assert "read_file" in refusal(reader.list_files, "a.txt")
    assert "a.txt/b" in refusal(reader.read_file, "a.txt/b")


@pytest.mark.parametrize(
    "path", ["dir/../a.txt", "./a.txt", ".//dir//..//a.txt", "dir/./../dir/../a.txt"]
)
def test_a_path_that_stays_inside_is_followed(reader: Reader, path: str) -> None:
    assert reader.read_file(path) == "alpha\nbeta\n"


@pytest.mark.parametrize("name", ["...", "😀.txt", "a b;rm -rf x.txt", "~", "$HOME", "..a", "-n"])
def test_any_printable_name_is_ordinary(root: Path, reader: Reader, name: str) -> None:
    (root / name).write_text("plain")

    assert reader.read_file(name) == "plain"
    assert name in reader.list_files()


@pytest.mark.parametrize(
    "path",
    [
        "..",
        "../secret.txt",
        "dir/../../secret.txt",
        "/etc/passwd",
        "/proc/self/fd/3",
        "//etc/passwd",
    ],
)
def test_a_path_that_leads_outside_is_refused(reader: Reader, path: str) -> None:
    for function in (reader.read_file, reader.list_files, reader.count_lines):
        assert "leads out" in refusal(function, path)
    assert "leads out" in refusal(reader.find_text, "secret", path)


@needs_links
def test_a_path_that_leads_outside_and_back_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.txt").touch()

    assert "leads out" in refusal(Reader(tmp_path).read_file, f"../{tmp_path.name}/a.txt")


@pytest.mark.parametrize("path", ["~/.ssh/id_rsa", "~root", "file:///etc/passwd", "..\\secret.txt"])
def test_a_path_means_its_characters_and_nothing_more(reader: Reader, path: str) -> None:
    assert "No file" in refusal(reader.read_file, path)


@pytest.mark.parametrize(
    "path", ["a.txt\0", "\x1b[31mred.txt", "a\nb", "a\x7f", "a\x9bb", "\ud800", "x" * 5000]
)
def test_a_path_of_characters_that_no_name_should_have_is_refused(
    reader: Reader, path: str
) -> None:
    message = refusal(reader.read_file, path)

    assert message.isprintable()
    assert len(message) < 500


def test_names_with_control_characters_can_not_forge_a_listing(root: Path, reader: Reader) -> None:
    (root / "dir" / "x\n3 entries\x1b[2J").write_text("beta")

    assert reader.list_files("dir") == "2 entries\nb.txt\nx\\x0a3 entries\\x1b[2J"
    assert "dir/x\\x0a3 entries\\x1b[2J:1: beta" in reader.find_text("beta")


def test_an_absolute_path_is_accepted_when_it_spells_out_the_root(
    root: Path, reader: Reader
) -> None:
    assert reader.read_file(str(root / "a.txt")) == "alpha\nbeta\n"
    assert reader.list_files(str(root)) == reader.list_files(f"{root}/") == reader.list_files()
    assert "leads out" in refusal(reader.read_file, f"{root}/../secret.txt")
    assert "leads out" in refusal(reader.list_files, f"{root}er")


def test_a_relative_root_is_the_working_directory_of_the_call(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = Reader(Path())
    monkeypatch.chdir(root)
    assert reader.list_files() == "2 entries\na.txt\ndir/"
    monkeypatch.chdir("dir")
    assert reader.list_files() == "1 entry\nb.txt"


def test_a_root_that_is_gone_is_a_tool_error(tmp_path: Path) -> None:
    refusal(Reader(tmp_path / "gone").list_files)


@needs_links
def test_links_are_followed_inside_only(root: Path, reader: Reader) -> None:
    (root / "dir" / "up").symlink_to("../a.txt")
    (root / "folder").symlink_to("dir")
    (root / "parent").symlink_to("..")
    (root / "out").symlink_to("dir/../../secret.txt")
    (root / "dangling").symlink_to("nothing")

    assert reader.read_file("folder/up") == "alpha\nbeta\n"
    assert reader.read_file("folder/../a.txt") == "alpha\nbeta\n"
    assert reader.list_files("folder").startswith("2 entries")
    assert "leads out" in refusal(reader.read_file, "parent/secret.txt")
    assert "leads out" in refusal(reader.read_file, "out")
    assert "No file" in refusal(reader.read_file, "dangling")


@needs_links
def test_an_absolute_link_is_never_followed(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("inside")
    (tmp_path / "absolute").symlink_to(tmp_path / "a.txt")

    assert "absolute target" in refusal(Reader(tmp_path).read_file, "absolute")


@needs_links
def test_a_link_that_leads_nowhere_is_said_to_be_one(root: Path, reader: Reader) -> None:
    (root / "gone.txt").symlink_to("dir/gone.txt.1")
    (root / "folder").symlink_to("dir")

    told = refusal(reader.read_file, "gone.txt")
    wanted = "is a link to" if rooted._HELD_OPEN else "Files nearby"  # resolved, none is told
    assert wanted in told
    assert 'No file "folder/c.txt". Files nearby: dir/b.txt' in refusal(
        reader.read_file, "folder/c.txt"
    )


def test_names_nearby_are_those_that_can_be_used(root: Path, reader: Reader) -> None:
    (root / "dir" / "ReadMe.md").touch()
    (root / "dir" / "re\x01dme.md").touch()

    told = refusal(reader.read_file, "dir/README.MD")
    assert "Files nearby: dir/ReadMe.md." in told
    assert "Write / between folders." in refusal(reader.read_file, "dir\\a.txt")


@needs_links
def test_a_loop_of_links_ends(root: Path, reader: Reader) -> None:
    (root / "loop_a").symlink_to("loop_b")
    (root / "loop_b").symlink_to("loop_a")
    (root / "grows").symlink_to("grows/grows")

    refusal(reader.read_file, "loop_a")
    refusal(reader.read_file, "grows")


@needs_links
def test_pipes_sockets_and_devices_are_refused_without_waiting(
    root: Path, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(root / "pipe")
    monkeypatch.chdir(root)  # the name of a socket must be short
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket")
        for name in ("pipe", "socket"):
            refusal(reader.read_file, name)
            refusal(reader.count_lines, name)
            refusal(reader.find_text, "x", name)
    assert "device" in refusal(Reader(Path("/dev")).read_file, "null")


@needs_links
def test_a_search_survives_what_it_may_not_read(root: Path, reader: Reader) -> None:
    (root / "dir" / "deep").mkdir()
    (root / "dir" / "deep" / "system").symlink_to("/")

    assert reader.find_text("beta").startswith("2 matches")


def test_folders_nested_without_end_are_refused(root: Path, reader: Reader) -> None:
    here = root
    for _ in range(80):
        here = here / "d"
        here.mkdir()
    (here / "x.txt").write_text("beta")

    if rooted._HELD_OPEN:
        assert "nested" in refusal(reader.read_file, "d/" * 80 + "x.txt")
    assert "not readable" in reader.find_text("beta")


def answered(function: Callable[..., Any], *arguments: Any) -> str:
    """What a model would read, whether it is a result or a refusal."""
    try:
        return str(function(*arguments))
    except ToolError as error:
        return str(error)


def open_descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts descriptors as Linux does")
def test_nothing_stays_open(root: Path, reader: Reader) -> None:
    (root / "link").symlink_to("dir/../dir/b.txt")
    before = open_descriptors()

    for path in ("a.txt", "dir/b.txt", "link", "dir/../../x", "none", "dir/none", "a.txt/b", "dir"):
        for function in (reader.read_file, reader.list_files, reader.count_lines):
            answered(function, path)
    reader.find_text("beta")

    assert open_descriptors() == before


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=50
)
@given(
    st.lists(
        st.sampled_from(["..", ".", "", "dir", "up", "out", "a.txt", "secret.txt", "root", "/"])
    ).map("/".join)
    | st.text(max_size=20)
)
@needs_links
def test_no_path_reaches_the_secret(root: Path, path: str) -> None:
    if not (root / "up").is_symlink():
        (root / "up").symlink_to("..")
        (root / "dir" / "out").symlink_to("../up/secret.txt")
    reader = Reader(root)
    for function in (reader.read_file, reader.list_files, lambda p: reader.find_text("e", p)):
        assert SECRET not in answered(function, path)


@contextmanager
def swapping(first: Path, second: Path) -> Iterator[None]:
    """Exchange two names as fast as possible, in another thread."""
    stop, spare = threading.Event(), first.with_name("spare")

    def swap() -> None:
        while not stop.is_set():
            first.rename(spare)
            second.rename(first)
            spare.rename(second)

    thread = threading.Thread(target=swap)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def read_while_swapped(tmp_path: Path, times: int) -> None:
    """Read through a folder that is a link to the outside every other moment."""
    root, outside = tmp_path / "root", tmp_path / "outside"
    (root / "dir").mkdir(parents=True)
    (root / "dir" / "x").write_text("inside")
    outside.mkdir()
    (outside / "x").write_text(SECRET)
    (root / "link").symlink_to("../outside")
    reader, seen = Reader(root), {"inside": 0, "refused": 0}
    with swapping(root / "dir", root / "link"):
        while sum(seen.values()) < times or not all(seen.values()):
            answer = answered(reader.read_file, "dir/x")
            assert SECRET not in answer
            seen["inside" if answer == "inside" else "refused"] += 1
            assert sum(seen.values()) < 1000 * times, "the threads never met"


@needs_links
def test_a_folder_swapped_for_a_link_meanwhile_never_leads_outside(tmp_path: Path) -> None:
    read_while_swapped(tmp_path, 2_000)


@needs_links
@pytest.mark.slow
def test_a_folder_swapped_a_million_times_never_leads_outside(tmp_path: Path) -> None:
    read_while_swapped(tmp_path, 1_000_000)
