-- Takes one attempt back with the wait it brought.
-- KEYS[1]: counter.
local count = tonumber(redis.call('HGET', KEYS[1], 'count') or 0)
if count > 1 then
  redis.call('HSET', KEYS[1], 'count', count - 1, 'until', 0)
else
  redis.call('DEL', KEYS[1])
end
return 0
