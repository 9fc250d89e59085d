"""Fine-grained negative queries: true elements of a scene, false ones beside them, and the questions made of both."""
