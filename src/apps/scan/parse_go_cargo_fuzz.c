/* Modules of Go, crates of Rust, packages of Elixir, Swift and C++: any bytes. */
#include "apps/scan/parse_fuzz.h"

static const struct fuzz_row rows[] = {
	{ parse_go_mod, "go.mod" },
	{ parse_go_sum, "go.sum" },
	{ parse_cargo, "Cargo.toml" },
	{ parse_cargo_lock, "Cargo.lock" },
	{ parse_mix, "mix.exs" },
	{ parse_mix, "mix.lock" },
	{ parse_swift, "Package.swift" },
	{ parse_swift, "Package.resolved" },
	{ parse_cmake, "CMakeLists.txt" },
	{ parse_cmake, ".gitmodules" },
};

PARSE_FUZZ(rows)
