from pathlib import Path

import pytest

from sightline.errors import DataError
from sightline.scenes import read_yolo

BOX = "0.5 0.5 0.1 0.1"


def folder_with(place: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return place


FILES = {
    "data.yaml": "train: images/train\nnames:\n  0: person\n  1: dog\n",
    "images/train/a.jpg": "",
    "images/val/b.PNG": "",
    "images/val/c.jpg": "",
    "labels/train/a.txt": f"1 {BOX}\n0 {BOX}\n1 {BOX}\n",
    "labels/val/b.txt": "0 0.1 0.1 0.2 0.1 0.2 0.2\n\n",
}


def test_objects_keep_their_order_and_an_image_without_labels_holds_none(tmp_path: Path) -> None:
    scenes = read_yolo(folder_with(tmp_path, FILES))
    assert [(s.image.name, s.objects) for s in scenes] == [
        ("a.jpg", ("dog", "person")),
        ("b.PNG", ("person",)),
        ("c.jpg", ()),
    ]


def test_images_and_labels_may_stand_within_their_parts(tmp_path: Path) -> None:
    files = {"data.yaml": "names: [dog]", "train/images/a.jpg": "", "train/labels/a.txt": f"0 {BOX}"}
    assert read_yolo(folder_with(tmp_path, files))[0].objects == ("dog",)


def test_names_may_come_from_a_text_file_with_one_a_line(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, FILES | {"names.txt": "man\nfire hydrant\n"})
    assert read_yolo(folder, folder / "names.txt")[0].objects == ("fire hydrant", "man")


def test_classes_txt_among_the_labels_names_the_classes(tmp_path: Path) -> None:
    files = {"labels/classes.txt": "cat\n", "images/a.jpg": "", "labels/a.txt": f"0 {BOX}"}
    assert read_yolo(folder_with(tmp_path, files))[0].objects == ("cat",)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (
            {"labels/train/a.txt": f"0 {BOX}\n80 {BOX}\n"},
            "labels/train/a.txt:2: class 80 has no name. The named classes are 0 to 1",
        ),
        (
            {"labels/train/a.txt": "0 0.5 0.5 0.1\n"},
            "labels/train/a.txt:1: this line is '0 0.5 0.5 0.1'. Expected a class",
        ),
        ({"labels/train/a.txt": f"dog {BOX}\n"}, f"labels/train/a.txt:1: this line is 'dog {BOX}'."),
        ({"labels/val/d.txt": f"0 {BOX}\n"}, "labels/val/d.txt: no image belongs to this label file."),
        ({"images/val/a.jpg": ""}, "images/val/a.jpg: there is another image of this name, "),
        ({"classes.txt": "dog"}, "data.yaml and classes.txt all name the classes. Say which file to take (--names)"),
        ({"data.yaml": "names: [dog, no]"}, "data.yaml: the name of class 1 is False. Expected names as a list"),
        ({"data.yaml": "names: coco.names"}, "data.yaml: names is 'coco.names'."),
        ({"data.yaml": "names: [dog"}, "data.yaml: not YAML: while parsing"),
    ],
)
def test_a_broken_folder_is_refused_with_file_and_row(tmp_path: Path, files: dict[str, str], message: str) -> None:
    with pytest.raises(DataError) as error:
        read_yolo(folder_with(tmp_path, FILES | files))
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"a.jpg": ""}, "there is no folder of images. A YOLO folder holds images/ and labels/"),
        ({"images/a.jpg": "", "data.yaml": "names: [dog]"}, "there is no folder of labels beside images."),
        ({"images/a.jpg": "", "labels/a.txt": ""}, "no file here names the classes."),
        ({"images/a.doc": "", "labels/x": "", "data.yaml": "names: [dog]"}, "there are no images."),
    ],
)
def test_what_is_not_a_yolo_folder_is_refused(tmp_path: Path, files: dict[str, str], message: str) -> None:
    with pytest.raises(DataError) as error:
        read_yolo(folder_with(tmp_path, files))
    assert message in str(error.value)


def test_an_empty_line_among_the_names_is_refused(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, FILES | {"names.txt": "person\n\ndog\n"})
    with pytest.raises(DataError, match=r"names.txt:2: this line names no class. One name a line is expected."):
        read_yolo(folder, folder / "names.txt")
