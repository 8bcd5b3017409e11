-- A bell's work is still going on: it isn't forgotten yet. Keys: see plan.lua.  ARGV: name time-to-live(ms) bell.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
return redis.call('ZADD', KEYS[1] .. 'bells:' .. ARGV[1], 'XX', now + tonumber(ARGV[2]), AT_WORK .. ARGV[3])
