-- A file of 1 KB, with the headers of a check-in.
local tokens, n, id = {}, 0, 0
local counter = 0

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
  return wrk.format("GET", "/1k.json", {
    ["Authorization"] = "Bearer " .. tokens[id],
    ["Content-Type"] = "application/json",
  })
end

function done(summary, latency)
  io.write(string.format("RESULT %d %d %d %d\n", summary.requests, summary.duration,
    latency:percentile(99), summary.errors.status + summary.errors.read + summary.errors.timeout))
end
