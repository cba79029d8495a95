-- The script that wrk runs: it prints what was measured as one line of JSON.
-- With ORDER set it places orders, each with a new idempotency key.
-- With NEW_URLS set it requests each URL once.
local order, new_urls, counter = os.getenv("ORDER"), os.getenv("NEW_URLS"), 0

if order then
  request = function()
    counter = counter + 1
    wrk.headers["Idempotency-Key"] = string.format("%s-%d", os.getenv("ORDER_KEYS"), counter)
    return wrk.format("POST", nil, nil, order)
  end
elseif new_urls then
  request = function()
    counter = counter + 1
    return wrk.format("GET", string.format("%s?%s=%d", wrk.path, new_urls, counter))
  end
end

done = function(summary, latency)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.timeout + errors.status
  local line = '{"requests": %d, "seconds": %.6f, "failed": %d, "p50_ms": %.3f, "p99_ms": %.3f}\n'
  io.write(string.format(line, summary.requests, summary.duration / 1e6, failed,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
