-- Events that waited for the directory are due: they await their return to the stream. Keys: see plan.lua.
-- ARGV: most.  Returns how many.
local P = KEYS[1]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local due = redis.call('ZRANGEBYSCORE', P .. 'deferred', '-inf', now, 'LIMIT', 0, ARGV[1])
for _, key in ipairs(due) do
  redis.call('ZREM', P .. 'deferred', key)
  redis.call('ZADD', P .. 'reopened', now, key)
end
return #due
