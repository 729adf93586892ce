"""Files of Keras 3: `.keras` models and `.weights.h5` weights, read without running code, written.

====================  ==========================================================================
``archive``           the zip archive of a model
``hdf5``              the arrays of layers (h5py)
``paths``             where each layer's are, and in which order
``weights``           from a model, and into one, all or none
``vocabularies``      what layers know before they are called
``optimizer``         the state of an optimizer
``names``             what Keras calls classes and functions
``operations``        what it has between layers, and `nn.ops`
``decoding``          configs from JSON, without trust
``graphs``            models from configs: their calls are made again
``encoding``          configs as JSON
``graph_encoding``    the calls of a functional model
``reading``           `load_model`, `load_weights`
``writing``           `save`, `save_weights`
====================  ==========================================================================
"""
