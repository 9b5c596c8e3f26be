-- One request over and over; counts the answers by what they say.
-- wrk ... -s wrk.lua URL -- BODY HEADERS PATTERN EXPECTED PATH...; HEADERS are lines.
local threads = {}

function setup(thread)
  table.insert(threads, thread)
end

function init(args)
  local file = assert(io.open(args[1], "rb"))
  local body = file:read("*a")
  file:close()
  pattern, expected = args[3], args[4]
  local headers = {}
  for name, value in args[2]:gmatch("([^\n:]+): ([^\n]*)") do
    headers[name] = value
  end
  requests = {}
  for at = 5, #args do
    table.insert(requests, wrk.format("POST", args[at], headers, body))
  end
  turn, right, wrong, refused = 0, 0, 0, 0
end

function request()
  turn = turn + 1
  return requests[turn % #requests + 1]
end

function response(status, _, body)
  if status ~= 200 then
    refused = refused + 1
    return
  end
  local said = ""
  for label in body:gmatch(pattern) do
    said = said .. label:gsub("%D", "")
  end
  if said == expected then
    right = right + 1
  else
    wrong = wrong + 1
  end
end

function done(summary, latency)
  local total = { right = 0, wrong = 0, refused = 0 }
  for _, thread in ipairs(threads) do
    for name in pairs(total) do
      total[name] = total[name] + thread:get(name)
    end
  end
  local errors = summary.errors
  io.write(string.format(
    '\nRESULT {"right":%d,"wrong":%d,"refused":%d,"failed":%d,"seconds":%f,"p50Ms":%f,"p99Ms":%f}\n',
    total.right, total.wrong, total.refused, errors.connect + errors.read + errors.write + errors.timeout,
    summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3
  ))
end
