# The suite of .mlir tests. The build writes lit.site.cfg.py, which says where its tools are and loads this file.

import os

import lit.formats

config.name = "tilewright"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir"]
config.environment["PATH"] = os.pathsep.join([*config.tool_dirs, config.environment["PATH"]])
