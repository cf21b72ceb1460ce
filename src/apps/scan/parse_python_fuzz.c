/* Requirements, manifests and lock files of Python: any bytes. */
#include "apps/scan/parse_fuzz.h"

static const struct fuzz_row rows[] = {
	{ parse_requirements, "requirements.txt" },
	{ parse_pyproject, "pyproject.toml" },
	{ parse_pipfile, "Pipfile" },
	{ parse_pipfile_lock, "Pipfile.lock" },
	{ parse_python_lock, "uv.lock" },
	{ parse_python_lock, "pylock.toml" },
	{ parse_setup_py, "setup.py" },
	{ parse_setup_cfg, "setup.cfg" },
	{ parse_conda, "environment.yml" },
};

PARSE_FUZZ(rows)
