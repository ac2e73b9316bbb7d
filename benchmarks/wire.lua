-- One line of the wire: prepare, status or sale. done() prints one line of JSON.
local authorization = os.getenv("BENCH_AUTHORIZATION")
local run = os.getenv("BENCH_RUN")
local line = os.getenv("BENCH_LINE")
local token = os.getenv("BENCH_TOKEN")
local count = 0
local thread_count = 0

function setup(thread)
  thread:set("id", thread_count)
  thread_count = thread_count + 1
end

function init(args)
  math.randomseed(os.time() + id)
end

local function headers()
  return { ["Authorization"] = authorization, ["Content-Type"] = "application/json" }
end

function request()
  if line == "status" then
    return wrk.format("GET", "/payment/" .. token .. "/status?apiVersion=002.73", headers())
  end
  count = count + 1
  local order = run .. "-" .. id .. "-" .. count
  local email = "shopper" .. math.random(1, 10000) .. "@example.com"
  if line == "prepare" then
    local body = '{"apiVersion":"002.73","currency":"EUR","amount":1000,"paymentMode":"Single"'
      .. ',"paymentMethod":"CreditCard","order":{"id":"' .. order .. '"}'
      .. ',"shopper":{"email":"' .. email .. '","firstName":"Ada","lastName":"Lovelace"}'
      .. ',"ctrlRedirectURL":"https://shop.example/back","shipping":{}}'
    return wrk.format("POST", "/payment/prepare", headers(), body)
  end
  local body = '{"customerIP":"192.0.2.17","amount":1000,"currency":"EUR","orderID":"' .. order
    .. '","cardNumber":"4111111111111111","cardSecurityCode":"123","cardHolderName":"Ada Lovelace"'
    .. ',"cardExpireMonth":"10","cardExpireYear":"2030","shopperName":"Ada Lovelace"'
    .. ',"shopperAddress":"NA","shopperZipcode":"NA","shopperCity":"NA","shopperState":"NA"'
    .. ',"shopperCountryCode":"ES","shopperPhone":"NA","shopperEmail":"' .. email .. '"}'
  return wrk.format("POST", "/transaction/sale/creditcard", headers(), body)
end

local wanted = { prepare = '"code":"200"', status = '"status":"Authorized"', sale = '"errorCode":"000"' }
local wrong = 0

function response(status, _, body)
  if status ~= 200 or not string.find(body, wanted[line], 1, true) then
    wrong = wrong + 1
    wrk.thread:set("wrong", wrong)
  end
end

local threads = {}
local first_setup = setup
function setup(thread)
  first_setup(thread)
  table.insert(threads, thread)
end

function done(summary, latency, requests)
  local errors = summary.errors
  local bad = 0
  for _, thread in ipairs(threads) do
    bad = bad + (thread:get("wrong") or 0)
  end
  io.write(string.format(
    '\n{"requests":%d,"microseconds":%d,"p50":%.3f,"p99":%.3f,"bad":%d,"lost":%d}\n',
    summary.requests, summary.duration, latency:percentile(50) / 1000,
    latency:percentile(99) / 1000, bad,
    errors.connect + errors.read + errors.write + errors.timeout))
end
