-- What wrk is asked to send and how it tells what it saw (test/bench/wrk.ts). Paths given behind the address are asked
-- in turn, and one that ends in '=' gets a number of its own each time. With none, nothing of this runs during a call.

function init(args)
  if #args == 0 then return end
  local sent = 0
  request = function()
    sent = sent + 1
    local path = args[(sent - 1) % #args + 1]
    if path:sub(-1) == '=' then path = path .. sent end
    return wrk.format('GET', path)
  end
end

function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    '\n{"calls":%d,"seconds":%.6f,"failed":%d,"p50":%.3f,"p75":%.3f,"p90":%.3f,"p99":%.3f,"p999":%.3f}\n',
    summary.requests, summary.duration / 1e6,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout,
    latency:percentile(50) / 1e3, latency:percentile(75) / 1e3, latency:percentile(90) / 1e3,
    latency:percentile(99) / 1e3, latency:percentile(99.9) / 1e3))
end
