-- Idle check-ins: each request is one device's, in turn.
local tokens, n, id = {}, 0, 0
local counter = 0
local base = {
  "{\"v\":1,\"nonce\":\"bench\",\"root\":1,\"ts\":9007199254740991,\"running\":{\"sha256\":\"",
  string.rep("0", 64),
  "\",\"version\":\"1.0.0\",\"counter\":1},\"want\":null,\"plan\":null,\"attempt\":null}",
}
local body = table.concat(base)

function setup(thread)
  thread:set("id", counter)
  counter = counter + 1
end

function init(args)
  for line in io.lines(args[1]) do
    n = n + 1
    tokens[n] = line:match("^%S+")
  end
end

function request()
  id = id % n + 1
  return wrk.format("POST", "/v1/checkin", {
    ["Authorization"] = "Bearer " .. tokens[id],
    ["Content-Type"] = "application/json",
  }, body)
end

function done(summary, latency)
  io.write(string.format("RESULT %d %d %d %d\n", summary.requests, summary.duration,
    latency:percentile(99), summary.errors.status + summary.errors.read + summary.errors.timeout))
end
