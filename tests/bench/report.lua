-- Reports of one item; every device counts its own sequence numbers.
local tokens, ids, seq, n = {}, {}, {}, 0
local at = 0
local zeros = string.rep("0", 64)
local start = 0

function init(args)
  start = tonumber(args[2])
  for line in io.lines(args[1]) do
    n = n + 1
    tokens[n], ids[n] = line:match("^(%S+) (%S+)")
    seq[n] = start
  end
end

function request()
  at = at % n + 1
  seq[at] = seq[at] + 1
  local body = string.format(
    "{\"v\":1,\"id\":\"%s\",\"items\":[{\"seq\":%d,\"attempt\":null,\"plan\":null,\"image\":null,"
      .. "\"step\":\"booted\",\"code\":\"\",\"running\":\"%s\",\"counter\":1}]}",
    ids[at], seq[at], zeros)
  return wrk.format("POST", "/v1/reports", {
    ["Authorization"] = "Bearer " .. tokens[at],
    ["Content-Type"] = "application/json",
  }, body)
end

function done(summary, latency)
  io.write(string.format("RESULT %d %d %d %d\n", summary.requests, summary.duration,
    latency:percentile(99), summary.errors.status + summary.errors.read + summary.errors.timeout))
end
