-- How wrk tells what it saw: one line of JSON. With ORDER set it places orders, each under a key of its own; with ANEW
-- set it asks for each address once.
local order, anew, counter = os.getenv("ORDER"), os.getenv("ANEW"), 0

if order then
  request = function()
    counter = counter + 1
    wrk.headers["Idempotency-Key"] = string.format("%s-%d", os.getenv("ORDER_KEYS"), counter)
    return wrk.format("POST", nil, nil, order)
  end
elseif anew then
  request = function()
    counter = counter + 1
    return wrk.format("GET", string.format("%s?%s=%d", wrk.path, anew, counter))
  end
end

done = function(summary, latency)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.timeout + errors.status
  local line = '{"requests": %d, "seconds": %.6f, "failed": %d, "p50_ms": %.3f, "p99_ms": %.3f}\n'
  io.write(string.format(line, summary.requests, summary.duration / 1e6, failed,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
