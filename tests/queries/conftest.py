import sys
from pathlib import Path

# the server for chat
sys.path.insert(0, str(Path(__file__).parents[1] / "models"))
