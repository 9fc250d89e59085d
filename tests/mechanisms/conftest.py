import sys
from pathlib import Path

# tiny families, and plain hooks on them
sys.path.insert(0, str(Path(__file__).parents[1] / "models"))
