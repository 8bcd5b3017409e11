-- Evaluate an event again because a definition failed on it: forget the failure, await the event's return.
-- Keys: see plan.lua.  The event goes to P reopened (zset); whoever appends it to the stream removes it there.
-- ARGV: delivery id.  Returns the event's key, or nil when the delivery isn't on the desk.
local P, id = KEYS[1], ARGV[1]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if redis.call('ZREM', P .. 'desk', id) == 0 then return nil end
local key = redis.call('HGET', P .. 'delivery:' .. id, 'event')
local event = P .. 'event:' .. key
redis.call('DEL', P .. 'delivery:' .. id)
redis.call('LREM', event .. ':deliveries', 0, id)
redis.call('HINCRBY', event, 'open', -1)
redis.call('HDEL', event, 'planned', 'deferrals', 'deferred_since')
redis.call('ZADD', P .. 'reopened', now, key)
return key
