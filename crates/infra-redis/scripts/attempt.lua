-- Begins an attempt, on the server's clock.
-- KEYS[1]: counter, a hash of failures and the end of the wait.
-- ARGV: free failures, first and longest wait in microseconds, failures to stop at, milliseconds to
-- keep the counter. Answers 0 (go on), microseconds to wait, or -1 (stopped).
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local known = redis.call('HMGET', KEYS[1], 'count', 'until')
local count = tonumber(known[1] or 0)
local blocked = tonumber(known[2] or 0)
if count >= tonumber(ARGV[4]) then
  return -1
end
if blocked > now then
  return blocked - now
end

count = count + 1
local wait = 0
local doublings = count - tonumber(ARGV[1]) - 1
if doublings >= 0 then
  wait = math.min(tonumber(ARGV[2]) * 2 ^ doublings, tonumber(ARGV[3]))
end
redis.call('HSET', KEYS[1], 'count', count, 'until', string.format('%.0f', now + wait))
redis.call('PEXPIRE', KEYS[1], ARGV[5])
return 0
