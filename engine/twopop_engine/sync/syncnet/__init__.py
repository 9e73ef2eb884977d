"""SyncNet as published: crops, cepstra, both towers on onnxruntime, and its figures."""
