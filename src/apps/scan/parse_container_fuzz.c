/* Images in Dockerfiles, compose files, Kubernetes and pipelines: any bytes. */
#include "apps/scan/parse_fuzz.h"

static const struct fuzz_row rows[] = {
	{ parse_dockerfile, "Dockerfile" },
	{ parse_hcl, "main.tf" },
	{ parse_container_yaml, "compose.yml" },
	{ parse_container_yaml, "k.yaml" },
	{ parse_container_yaml, "values.yaml" },
	{ parse_container_yaml, "t.yaml" },
	{ parse_container_yaml, "ci.yml" },
	{ parse_container_yaml, "x.yml" },
};

PARSE_FUZZ(rows)
