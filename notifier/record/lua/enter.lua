-- A bell is answered: its work begins. Keys: see plan.lua.  ARGV: name time-to-live(ms) bell most.
-- Returns 1; 0 where it was forgotten meanwhile, and as many as may be are at it in its place.
local bells = KEYS[1] .. 'bells:' .. ARGV[1]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', bells, '-inf', now)
if redis.call('ZREM', bells, ARGV[3], AT_WORK .. ARGV[3]) == 0 and redis.call('ZCARD', bells) >= tonumber(ARGV[4]) then return 0 end
redis.call('ZADD', bells, now + tonumber(ARGV[2]), AT_WORK .. ARGV[3])
return 1
