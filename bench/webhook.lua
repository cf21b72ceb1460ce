-- An inbound text of about 2 KB, signed bodies made beforehand by the bench and cycled: each line of BENCH_BODIES is "signature TAB body".
local bodies, signatures = {}, {}
local threads = 0

function setup(thread)
	thread:set("id", threads)
	threads = threads + 1
end

function init(args)
	for line in io.lines(os.getenv("BENCH_BODIES")) do
		local tab = line:find("\t")
		signatures[#signatures + 1] = line:sub(1, tab - 1)
		bodies[#bodies + 1] = line:sub(tab + 1)
	end
	at = math.floor(#bodies * id / 2)
end

function request()
	at = at % #bodies + 1
	return wrk.format("POST", "/webhooks/meta",
		{ ["Content-Type"] = "application/json", ["X-Hub-Signature-256"] = signatures[at] }, bodies[at])
end
