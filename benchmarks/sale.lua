-- Each request is a new sale under its own key; done() prints one line of JSON.
local authorization = os.getenv("BENCH_AUTHORIZATION")
local run = os.getenv("BENCH_RUN")
local count = 0
local statuses = {}
local thread_count = 0

function setup(thread)
  thread:set("id", thread_count)
  thread_count = thread_count + 1
end

function init(args)
  math.randomseed(os.time() + id)
end

function request()
  count = count + 1
  local order = run .. "-" .. id .. "-" .. count
  local shopper = math.random(1, 10000)
  local body = '{"amount":1000,"currency":"EUR","order_id":"' .. order
    .. '","card":{"number":"4111111111111111","expiry_month":10,"expiry_year":2030,"cvc":"123"}'
    .. ',"shopper":{"email":"shopper' .. shopper .. '@example.com","country":"ES"'
    .. ',"ip":"192.0.2.17"}}'
  return wrk.format("POST", "/api/v1/payments", {
    ["Authorization"] = authorization,
    ["Content-Type"] = "application/json",
    ["Idempotency-Key"] = order,
  }, body)
end

function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    '\n{"requests":%d,"microseconds":%d,"p50":%.3f,"p99":%.3f,"bad":%d,"lost":%d}\n',
    summary.requests, summary.duration, latency:percentile(50) / 1000,
    latency:percentile(99) / 1000, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout))
end
