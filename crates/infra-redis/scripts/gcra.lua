-- Generic cell rate algorithm on the server's clock.
-- KEYS[1]: bucket; ARGV: period in microseconds, burst.
-- Answers {microseconds to wait or 0, calls left, microseconds until the bucket is full again}.
local period = tonumber(ARGV[1])
local burst = tonumber(ARGV[2])
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])

-- The time at which the bucket is full again.
local full = math.max(tonumber(redis.call('GET', KEYS[1]) or now), now)
local wait = full - (burst - 1) * period - now
if wait > 0 then
  return {wait, 0, full - now}
end

full = full + period
local lifetime = math.max(1, math.ceil((full - now) / 1000))
redis.call('SET', KEYS[1], string.format('%.0f', full), 'PX', string.format('%.0f', lifetime))
local left = math.floor((burst * period - (full - now)) / period)
return {0, math.max(0, left), full - now}
