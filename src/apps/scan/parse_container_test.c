/* Images in Dockerfiles, compose files, Kubernetes and pipelines. */
#include "apps/scan/parse_case.h"
#include "apps/scan/parse_tables.h"

static const struct parse_case parse_dockerfile_cases[] = {
	{ "bases", "Dockerfile",
	    "# FROM owner/zero\n"
	    "ARG BASE=owner/one:1\n"
	    "FROM --platform=linux/amd64 owner/two:2 AS b\n"
	    "FROM scratch\n"
	    "from registry.example:5000/owner/three@sha256:00\n"
	    "COPY --from=owner/four:4 /a /b\n"
	    "COPY --from=b /a /b\n"
	    "FROM ${REGISTRY}/owner/five\n"
	    "FROM ${BASE:-owner/six:6}\n",
	    "image used docker owner/one 1 :2\n"
	    "image used docker owner/two 2 :3\n"
	    "image used docker owner/three = registry.example:5000 :5\n"
	    "image used docker owner/four 4 :6\n"
	    "image used docker owner/five :8\n"
	    "image used docker owner/six 6 :9\n" },
	{ "commands", "Dockerfile",
	    "RUN npm i -g one two@2 \\\n"
	    "  three && pip install four==4\n"
	    "RUN [\"npm\", \"install\", \"five\"]\n"
	    "CMD node .\n",
	    "package used npm one :1\n"
	    "package used npm two 2 :1\n"
	    "package used npm three :2\n"
	    "package used pypi four :2\n"
	    "package used npm five :3\n" },
	{ "lines that go on", "Dockerfile",
	    "RUN npm install \\\n"
	    "    --registry \\\n"
	    "    https://npm.example.org one \\\n"
	    "  # of the team\n"
	    "\n"
	    "    two\n"
	    "RUN npm \\\n"
	    "  --silent \\\n"
	    "  install\\\n"
	    "  three\n"
	    "RUN pip install \\\r\n"
	    "  -r \\\r\n"
	    "  four.txt five\r\n"
	    "# npm i \\\n"
	    "RUN npm i six\n"
	    "FROM \\\n"
	    "  owner/seven:1\n",
	    "package used npm one :3\n"
	    "package used npm two :6\n"
	    "package used npm three :10\n"
	    "package used pypi five :13\n"
	    "package used npm six :15\n"
	    "image used docker owner/seven 1 :17\n" },
	{ "exec forms", "Dockerfile",
	    "CMD [\"npx\", \"@s/one\", \"-p\", \"80\"]\n"
	    "ENTRYPOINT [\"docker\", \"run\", \"owner/two:2\"]\n"
	    "CMD [\"node\", \"three.js\"]\n"
	    "RUN [ -f four ] && pip install five\n",
	    "package used npm @s/one :1\n"
	    "image used docker owner/two 2 :2\n"
	    "package used pypi five :4\n" },
};

static void test_parse_dockerfile(void **state)
{
	(void)state;
	PARSE_CASES_RUN(parse_dockerfile, parse_dockerfile_cases);
}

static const struct parse_case parse_hcl_cases[] = {
	{ "resources", "main.tf",
	    "resource \"x\" \"y\" {\n"
	    "  image = \"owner/one:1\"\n"
	    "  image_name=\"owner/two\"\n"
	    "  name  = \"owner/three\"\n"
	    "  image = var.image\n"
	    "}\n",
	    "image used docker owner/one 1 :2\n"
	    "image used docker owner/two :3\n"
	    "0\n" },
};

static const struct parse_case assigned_cases[] = {
	{ "inside a line", "main.tf",
	    "x = jsonencode([{ name = \"a\", image = \"owner/one:1\" }])\n"
	    "  # image = \"owner/zero\"\n"
	    "image_id = \"ami-0\"; images: 'owner/two'\n",
	    "image used docker owner/one 1 :1\n"
	    "image used docker owner/two :3\n"
	    "0\n" },
	{ "Nix", "a.nix", "containers.a = { image = \"owner/one:1\"; };\n",
	    "image used docker owner/one 1 :1\n"
	    "0\n" },
};

static void test_assigned(void **state)
{
	(void)state;
	PARSE_CASES_RUN(parse_hcl, assigned_cases);
}

static void test_parse_hcl(void **state)
{
	(void)state;
	PARSE_CASES_RUN(parse_hcl, parse_hcl_cases);
}

static const struct parse_case parse_container_yaml_cases[] = {
	{ "compose", "compose.yml",
	    "services:\n"
	    "  a:\n"
	    "    image: owner/one:1\n"
	    "  b: {image: \"docker.io/owner/two\"}\n"
	    "  c:\n"
	    "    build: .\n"
	    "    image: ghcr.io/owner/three\n"
	    "# image: owner/four\n",
	    "image used docker owner/one 1 :3\n"
	    "image used docker owner/two :4\n"
	    "image used docker owner/three = ghcr.io :7\n"
	    "0\n" },
	{ "Kubernetes", "k.yaml",
	    "---\n"
	    "kind: Pod\n"
	    "spec:\n"
	    "  containers:\n"
	    "  - name: a\n"
	    "    image: owner/one:1\n"
	    "    command: [\"sh\", \"-c\", \"npx two\"]\n"
	    "  - image: owner/three\n"
	    "---\n"
	    "image: owner/four\n",
	    "image used docker owner/one 1 :6\n"
	    "package used npm two :7\n"
	    "image used docker owner/three :8\n"
	    "image used docker owner/four :10\n"
	    "0\n" },
	{ "values of a chart", "values.yaml",
	    "image:\n"
	    "  registry: quay.example\n"
	    "  repository: owner/one\n"
	    "  tag: 1\n"
	    "other:\n"
	    "  image:\n"
	    "    repository: owner/two\n",
	    "image used docker owner/one 1 = quay.example :3\n"
	    "image used docker owner/two :7\n"
	    "0\n" },
	{ "templates", "t.yaml",
	    "{{- if .Values.x }}\n"
	    "image: \"{{ .Values.image }}:{{ .Values.tag }}\"\n"
	    "{{- end }}\n"
	    "spec:\n"
	    "  image: owner/one\n",
	    "image used docker owner/one :5\n"
	    "0\n" },
	{ "pipelines", "ci.yml",
	    "jobs:\n"
	    "  a:\n"
	    "    container: owner/one:1\n"
	    "    steps:\n"
	    "      - uses: docker://owner/two:2\n"
	    "      - run: |\n"
	    "          npm install three\n"
	    "          echo npm install four\n",
	    "image used docker owner/one 1 :3\n"
	    "image used docker owner/two 2 :5\n"
	    "package used npm three :7\n"
	    "0\n" },
	{ "no images", "x.yml",
	    "image: A sentence with Words\n"
	    "name: owner/one\n",
	    "0\n" },
};

static void test_parse_container_yaml(void **state)
{
	(void)state;
	PARSE_CASES_RUN(parse_container_yaml, parse_container_yaml_cases);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse_dockerfile),
		cmocka_unit_test(test_parse_hcl),
		cmocka_unit_test(test_assigned),
		cmocka_unit_test(test_parse_container_yaml),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
