"""Scene graphs: from annotations of several formats, and from texts."""

from sightline.scenes.scene_graphs.captions import CaptionedImage, CaptionedImages, captioned_graph, read_captions
from sightline.scenes.scene_graphs.graph import SEVERAL, GraphObject, GraphRelation, SceneGraph
from sightline.scenes.scene_graphs.plain import write_scene_graphs
from sightline.scenes.scene_graphs.read_graphs import LeftOut, ReadGraphs
from sightline.scenes.scene_graphs.reading import read_scene_graphs

__all__ = [
    "SEVERAL",
    "CaptionedImage",
    "CaptionedImages",
    "GraphObject",
    "GraphRelation",
    "LeftOut",
    "ReadGraphs",
    "SceneGraph",
    "captioned_graph",
    "read_captions",
    "read_scene_graphs",
    "write_scene_graphs",
]
