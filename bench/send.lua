-- One utility template to a random person from a random number; the parameter is never the same twice, so that no send is a duplicate of another.
local people = tonumber(os.getenv("BENCH_PEOPLE") or "1000000")
local numbers = tonumber(os.getenv("BENCH_NUMBERS") or "64")
local key = os.getenv("BENCH_KEY") or "none"
local threads = 0

function setup(thread)
	thread:set("id", threads)
	threads = threads + 1
end

function init(args)
	math.randomseed(os.time() * 10 + id)
	count = 0
	headers = { ["Content-Type"] = "application/json", ["Authorization"] = "Bearer " .. key }
	stamp = string.format("%d%d", os.time() % 100000, id)
end

function request()
	count = count + 1
	local body = string.format(
		'{"messaging_product":"whatsapp","recipient_type":"individual","to":"+39333%07d","type":"template","template":{"name":"order_shipped","language":{"code":"it"},"components":[{"type":"body","parameters":[{"type":"text","text":"%s-%d"}]}]}}',
		math.random(0, people - 1), stamp, count)
	return wrk.format("POST", string.format("/v25.0/9001%06d/messages", math.random(0, numbers - 1)), headers, body)
end
